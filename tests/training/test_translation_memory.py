"""The translation memory against the cosine of tf-idf vectors written out in loops."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path

from quatrain.data import PairsConfig, TokenizerConfig, open_pairs
from quatrain.data.pairs import PairData
from quatrain.training.baselines.translation_memory import recall


def opened(tmp_path: Path, train: list[tuple[str, str]], val: list[tuple[str, str]]) -> PairData:
    for part, pairs in (("train", train), ("val", val)):
        text = "\n".join(["src\ttgt", *("\t".join(pair) for pair in pairs)])
        (tmp_path / f"{part}.tsv").write_text(text + "\n", encoding="utf-8")
    return open_pairs(PairsConfig(path=str(tmp_path), tokenizer=TokenizerConfig(name="word")))


def nearest(data: PairData, query: list[int]) -> float:
    """The largest cosine there is, and of which sources."""
    documents = [data.train.src(i) for i in range(len(data.train))]
    seen = Counter(token for document in documents for token in set(document))
    rarity = {token: math.log(len(documents) / n) for token, n in seen.items()}

    def vector(tokens: list[int]) -> dict[int, float]:
        return {token: n * rarity.get(token, 0.0) for token, n in Counter(tokens).items()}

    def cosine(a: dict[int, float], b: dict[int, float]) -> float:
        lengths = [math.sqrt(sum(x * x for x in v.values())) for v in (a, b)]
        return sum(a[t] * b.get(t, 0.0) for t in a) / max(lengths[0] * lengths[1], 1e-12)

    return max(range(len(documents)), key=lambda i: round(cosine(vector(query), vector(documents[i])), 9))


def test_the_most_similar_source_is_recalled(tmp_path: Path) -> None:
    draw = random.Random(3)
    words = [f"w{i}" for i in range(25)] * 2 + ["the"] * 20
    sentence = lambda: " ".join(draw.choices(words, k=draw.randint(2, 9)))  # noqa: E731
    data = opened(tmp_path, [(sentence(), f"t{i}") for i in range(60)], [(sentence(), "x") for _ in range(30)])
    expected = [data.train.tgt_texts[nearest(data, data.val.src(i))] for i in range(len(data.val))]
    assert recall(data.train, data.val) == expected


def test_a_source_that_was_learned_brings_its_own_target(tmp_path: Path) -> None:
    data = opened(tmp_path, [("a dog runs", "d"), ("a man waits", "m"), ("a dog waits", "w")], [("a dog waits", "?")])
    assert recall(data.train, data.val) == ["w"]
