"""How a share of every class is kept for validation, and how labels are left out."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from quatrain.data.classes import keep_labels, split_parts
from quatrain.data.hashes import content_hashes
from quatrain.data.labelled.texts import LabelledTexts
from quatrain.errors import DataError


def split(parts: dict[str, LabelledTexts], share: float) -> tuple[dict[str, LabelledTexts], str]:
    def hashes(part: LabelledTexts) -> np.ndarray:
        return content_hashes(text.encode() for text in part.texts)

    return split_parts(parts, share, hashes, example="example", content="text")


def made(texts: list[str], labels: list[str]) -> LabelledTexts:
    return LabelledTexts.of_file("train", (texts,), labels, "a.csv", range(1, len(texts) + 1))


def uneven(n: int = 400) -> LabelledTexts:
    return made([f"text {i}" for i in range(n)], ["rare" if i % 10 == 0 else "usual" for i in range(n)])


def test_every_class_gives_the_same_share() -> None:
    parts, sentence = split({"train": uneven()}, 0.2)
    assert Counter(parts["val"].labels) == {"usual": 72, "rare": 8}
    assert len(parts["train"]) == 320
    assert "80 of 400 examples, the same share of each class" in sentence


def test_equal_texts_never_fall_into_two_parts() -> None:
    texts = [f"text {i % 50}" for i in range(200)]
    labels = ["x" if i % 50 < 30 else "y" for i in range(199)] + ["x"]
    parts, _ = split({"train": made(texts, labels)}, 0.3)
    assert not {*parts["train"].texts} & {*parts["val"].texts}


def test_the_same_examples_in_another_order_are_split_the_same_way() -> None:
    part = uneven()
    turned = made(part.texts[::-1], part.labels[::-1])
    one, two = (split({"train": found}, 0.1)[0]["val"] for found in (part, turned))
    assert {*one.texts} == {*two.texts}


def test_a_given_validation_part_is_kept_as_it_is() -> None:
    parts, _ = split({"train": uneven(), "val": uneven(20)}, 0.5)
    assert (len(parts["train"]), len(parts["val"])) == (400, 20)


def test_without_a_training_part_nothing_is_split() -> None:
    with pytest.raises(DataError, match=r"no example to train on; parts and examples: test 20\. Give a training part"):
        split({"test": uneven(20)}, 0.5)


def test_fewer_labels_are_a_share_of_every_class_and_another_with_another_seed() -> None:
    kept = [keep_labels(uneven(), 50, seed) for seed in (0, 0, 1)]
    assert [len(part) for part in kept] == [50, 50, 50]
    assert 4 <= Counter(kept[0].labels)["rare"] <= 6
    assert kept[0].texts == kept[1].texts != kept[2].texts


def test_fewer_labels_have_one_of_every_class() -> None:
    labels = [str(i % 5) if i < 500 else "rare" for i in range(501)]
    kept = keep_labels(made([f"text {i}" for i in range(501)], labels), 8, 3)
    assert len({*kept.labels}) == 6
    assert len(kept) == 8


def test_fewer_labels_than_classes_are_refused() -> None:
    with pytest.raises(DataError, match="less than one for each of the 2 classes"):
        keep_labels(made(["a", "b", "c"], ["x", "y", "x"]), 1, 0)


def test_all_labels_are_kept_where_more_are_asked_for() -> None:
    part = uneven(20)
    assert keep_labels(part, None, 0) is part
    assert keep_labels(part, 20, 0) is part
    assert np.array_equal(keep_labels(part, 5, 0).lines, np.sort(keep_labels(part, 5, 0).lines))
