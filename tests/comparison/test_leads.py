"""Who is tested against whom, and on which seeds."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from quatrain.comparison.leads import lead, leads
from quatrain.comparison.statistics import paired_test


@dataclass(frozen=True)
class Named:
    word: str
    is_counted: bool = False


A, B, C = Named("a"), Named("b"), Named("c")
COUNTED, BASELINE = Named("ngram", is_counted=True), Named("majority", is_counted=True)
VALUES = {word: np.random.default_rng(i).normal(i, 1.0, (3, 40)) for i, word in enumerate("abc")} | {
    "ngram": np.full((1, 40), 2.5),
    "majority": np.full((1, 40), 9.0),
}


def trainings(**ended: list[int]) -> Any:
    return SimpleNamespace(
        about={"items": "texts"},
        ended=lambda entrant: ended.get(entrant.word, [0, 1, 2]),
        blocks=lambda entrant, seeds: VALUES[entrant.word][seeds],
    )


def test_the_best_is_tested_against_the_second_and_the_best_that_is_counted() -> None:
    found = leads(trainings(), [A, B, C, COUNTED, BASELINE])
    assert [(found[name]["best"], found[name]["second"]) for name in ("test", "counted_test")] == [
        ("a", "b"),
        ("a", "ngram"),
    ]
    assert found["test"]["p"] == paired_test(VALUES["a"], VALUES["b"]).p
    assert found["counted_test"]["difference"] == pytest.approx(float(VALUES["a"].mean()) - 2.5)


def test_a_counted_one_that_is_second_is_tested_once() -> None:
    assert leads(trainings(), [A, COUNTED, B])["counted_test"] is None


@pytest.mark.parametrize("ranked", [[], [A]], ids=["none", "one"])
def test_without_a_second_there_is_no_test(ranked: list[Any]) -> None:
    assert leads(trainings(), ranked) == {"test": None, "counted_test": None}


def test_only_seeds_that_both_have_ended_are_compared() -> None:
    found = lead(trainings(a=[0, 2], b=[1, 2]), A, B)
    assert found is not None
    assert found["seeds"] == [2]
    assert lead(trainings(a=[0], b=[1]), A, B) is None


def test_a_counted_one_stands_for_every_seed() -> None:
    found = lead(trainings(a=[1, 2]), A, COUNTED)
    assert found is not None
    assert found["seeds"] == [1, 2]
    assert found["p"] == paired_test(VALUES["a"][[1, 2]], VALUES["ngram"]).p
    both = lead(trainings(), COUNTED, BASELINE)
    assert both is not None
    assert both["seeds"] == [0]
