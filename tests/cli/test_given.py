"""What a person gives to `predict` and `embed`: the same is understood by runs of every kind, and refused by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
import torch

import quatrain as qt
from quatrain.errors import DataError

from . import test_classify, test_masked, test_pictures, test_tag, test_windows
from .conftest import TINY


@dataclass(frozen=True)
class Kind:
    """A kind of run, and what it is given."""

    words: Callable[[Path], list[str]]
    """What is typed to train one, in a folder of its own."""
    one: Any
    other: Any
    verbs: tuple[str, ...] = ("predict", "embed")


def classifier(folder: Path) -> list[str]:
    return [str(test_classify.write(folder / "reviews.tsv", test_classify.reviews(0, 60))), *test_classify.TINY]


def pairs(folder: Path) -> list[str]:
    rows = [(text, text if i % 2 else "else", str(i % 2)) for i, (text, _) in enumerate(test_classify.reviews(0, 60))]
    header = "sentence1\tsentence2\tlabel"
    return [str(test_classify.write(folder / "pairs.tsv", rows, header)), *test_classify.TINY]  # type: ignore[arg-type]


def masked(folder: Path) -> list[str]:
    path = folder / "boats.txt"
    path.write_text("\n".join(" ".join(test_masked.WORDS[i % 7 :][:6]) for i in range(200)), encoding="utf-8")
    return [str(path), *test_masked.SMALL]


def tagger(folder: Path) -> list[str]:
    path = folder / "towns.conll"
    path.write_text(test_tag.conll(60), encoding="utf-8")
    return [str(path), *test_tag.TINY]


def language(folder: Path) -> list[str]:
    path = folder / "poems.txt"
    path.write_text("the quick brown fox\n" * 60, encoding="utf-8")
    return [str(path), *TINY]


def translator(folder: Path) -> list[str]:
    path = folder / "pairs.tsv"
    lines = ["en\tde", *(f"a dog runs {n}\tein Hund rennt {n}" for n in "abcdefghijklmnopqrstuvwxyz")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [str(path), "--size", "tiny", "--set", "model.d_model=8", "--set", "model.encoder.n_layers=1"]


def pictures(folder: Path) -> list[str]:
    return [str(test_pictures.paint(folder / "squares")), *test_pictures.SMALL, *test_pictures.TINY["convnet"]]


def windows(folder: Path) -> list[str]:
    return [
        str(test_windows.write(folder / "Slopes_TRAIN.tsv", 20)),
        *("--task", "classify"),
        *test_windows.SMALL,
        *test_windows.TINY["fcn"],
    ]


ROW = np.array(test_windows.draw("up", 1))
KINDS = {
    "classifier": Kind(classifier, "a fine film", "dull plot"),
    "pairs": Kind(pairs, ("fine film", "fine film"), ("dull plot", "else")),
    "masked": Kind(masked, "small [MASK] boats", "gulls [MASK] over"),
    "tagger": Kind(tagger, ["Ann", "left", "Rome"], ["Bob", "left"]),
    "language": Kind(language, "the quick", "fox", ("embed",)),
    "translator": Kind(translator, "a dog", "runs", ("embed",)),
    "pictures": Kind(pictures, np.full((8, 8), 240, np.uint8), np.zeros((8, 8), np.uint8)),
    "windows": Kind(windows, ROW, ROW[::-1].copy()),
}
OF_TEXT = {name: kind for name, kind in KINDS.items() if name not in ("pictures", "windows")}
SINGLE = ("classifier", "masked", "language", "translator")


def answers(run: qt.Run, verb: str, *given: Any) -> list[Any]:
    """As numbers and words that can be compared."""
    found = []
    for answer in getattr(run, verb)(*given):
        vectors = getattr(answer, "vectors", None)
        found.append(np.asarray(answer if vectors is None else vectors) if verb == "embed" else answer)
    return found


def same(ours: list[Any], theirs: list[Any]) -> None:
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(one, np.ndarray):
            np.testing.assert_allclose(one, other, atol=1e-5)
        elif isinstance(one, dict):
            assert one == pytest.approx(other, abs=1e-5)
        elif isinstance(one, list):
            assert [(e.text, e.type, e.start) for e in one] == [(e.text, e.type, e.start) for e in other]
        else:
            assert one.text == other.text


every_kind = pytest.mark.parametrize("name", KINDS)


@every_kind
def test_a_list_holds_as_many_examples_as_there_are_in_it(runs: dict[str, qt.Run], name: str) -> None:
    kind, run = KINDS[name], runs[name]
    for verb in kind.verbs:
        expected = [*answers(run, verb, kind.one), *answers(run, verb, kind.other)]
        same(answers(run, verb, [kind.one, kind.other]), expected)
        same(answers(run, verb, kind.one, kind.other), expected)
        same(answers(run, verb, [kind.one]), expected[:1])
        for several in ([kind.one, kind.other, kind.one], (kind.one, kind.other, kind.one)):
            same(answers(run, verb, several), [*expected, expected[0]])


@every_kind
def test_no_examples_have_no_answers(runs: dict[str, qt.Run], name: str) -> None:
    for verb in KINDS[name].verbs:
        assert len(answers(runs[name], verb)) == 0
        assert len(answers(runs[name], verb, [])) == (1 if name == "tagger" else 0)  # a sentence without words


@pytest.mark.parametrize("name", SINGLE)
def test_a_column_and_an_array_hold_several_texts(runs: dict[str, qt.Run], name: str) -> None:
    kind, run = KINDS[name], runs[name]
    for verb in kind.verbs:
        expected = answers(run, verb, kind.one, kind.other)
        for several in (np.array([kind.one, kind.other]), polars.Series([kind.one, kind.other])):
            same(answers(run, verb, several), expected)


def test_a_column_holds_several_sentences_of_a_tagger(runs: dict[str, qt.Run]) -> None:
    told = runs["tagger"].predict(polars.Series(["Ann left Rome", "Bob left"]))
    same(told, runs["tagger"].predict("Ann left Rome", "Bob left"))


def test_arrays_hold_several_pictures_and_windows(runs: dict[str, qt.Run]) -> None:
    for name in ("pictures", "windows"):
        kind = KINDS[name]
        stacked = np.stack([kind.one, kind.other])
        several = stacked[..., None] if name == "pictures" else stacked
        for verb in kind.verbs:
            expected = answers(runs[name], verb, kind.one, kind.other)
            same(answers(runs[name], verb, several), expected)
            if name == "windows":
                same(answers(runs[name], verb, stacked[..., None]), expected)


def test_a_pair_is_two_strings_where_pairs_are_read(runs: dict[str, qt.Run]) -> None:
    for verb in ("predict", "embed"):
        run = runs["pairs"]
        same(answers(run, verb, ["fine film", "else"]), answers(run, verb, ("fine film", "else")))
        with pytest.raises(DataError, match=r"example 1: a str .'alone'. stands where a pair of texts is needed"):
            answers(run, verb, "alone")
        assert len(answers(runs["masked"], "embed", ("small boats", "gulls cried"))) == 1


NO_TEXTS: dict[str, tuple[Any, str]] = {
    "None": (None, "None"),
    "number": (3, r"an int \(3\)"),
    "nan": (float("nan"), r"a float \(nan\)"),
    "path": (Path("new.txt"), "a PosixPath"),
    "dict": ({"text": "a film"}, "a dict"),
    "frame": (polars.DataFrame({"number": [1], "said": ["a film"]}), "a DataFrame"),
    "generator": ((text for text in ["a film"]), "a generator"),
}


@pytest.mark.parametrize("what", NO_TEXTS)
@pytest.mark.parametrize("name", OF_TEXT)
def test_what_is_no_text_is_refused_and_named(runs: dict[str, qt.Run], name: str, what: str) -> None:
    given, called = NO_TEXTS[what]
    for verb in KINDS[name].verbs:
        with pytest.raises(DataError, match=called):
            answers(runs[name], verb, given)
        with pytest.raises(DataError, match=called):
            answers(runs[name], verb, KINDS[name].one, given)


@pytest.mark.parametrize("name", OF_TEXT)
def test_half_a_character_and_an_empty_text_are_refused(runs: dict[str, qt.Run], name: str) -> None:
    half: Any = {"pairs": ("fine", "\ud800"), "tagger": ["Ann", "\ud800"]}.get(name, "a \ud800")
    empty: Any = {"pairs": ("fine", ""), "tagger": ["Ann", "", "left"]}.get(name, "")
    for verb in KINDS[name].verbs:
        with pytest.raises(DataError, match="half of a surrogate pair"):
            answers(runs[name], verb, half)
        with pytest.raises(DataError, match=r"is empty|is no word|nothing is hidden"):
            answers(runs[name], verb, empty)


@pytest.mark.parametrize("what", NO_TEXTS)
def test_a_prompt_and_a_source_are_texts(runs: dict[str, qt.Run], what: str) -> None:
    given, called = NO_TEXTS[what]
    for write in (runs["language"].generate, runs["translator"].translate):
        with pytest.raises(DataError, match=called):
            write(given)
        with pytest.raises(DataError, match="Give its strings one by one"):
            write(["a dog", "a man"])


def test_the_column_that_an_error_names_is_read(runs: dict[str, qt.Run]) -> None:
    table = polars.DataFrame({"number": [1, 2], "text": ["a fine film", "dull plot"]})
    with pytest.raises(DataError, match=r"Give its column: table\['text'\]\."):
        runs["classifier"].predict(table)
    assert len(runs["classifier"].predict(table["text"])) == 2
    both = polars.DataFrame({"sentence1": ["fine", "dull"], "sentence2": ["film", "plot"]})
    with pytest.raises(DataError, match=r"list\(zip\(table\['sentence1'\], table\['sentence2'\]\)\)"):
        runs["pairs"].predict(both)
    assert len(runs["pairs"].predict(list(zip(both["sentence1"], both["sentence2"], strict=True)))) == 2


def test_texts_are_not_taken_for_the_words_of_a_sentence(runs: dict[str, qt.Run]) -> None:
    with pytest.raises(DataError, match=r"Give each text by itself: predict\(\*texts\)"):
        runs["tagger"].predict(["Ann left Rome", "Bob left"])
    assert len(runs["tagger"].predict(*["Ann left Rome", "Bob left"])) == 2
    assert torch.is_tensor(runs["language"].embed("the")[0].vectors)
