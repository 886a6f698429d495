"""Intervals of shares against statsmodels, and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from quatrain.training.scores.classes import score_classes
from quatrain.training.scores.shares import paired_shares, wilson


@pytest.mark.parametrize(("right", "n"), [(0, 8), (8, 8), (1, 1), (37, 60), (9320, 10_000)])
def test_wilson_is_that_of_statsmodels_and_has_a_width_at_the_ends(right: int, n: int) -> None:
    low, high = wilson(right, n)
    np.testing.assert_allclose((low, high), proportion_confint(right, n, method="wilson"), atol=1e-12)
    assert 0 <= low < high <= 1


def test_two_that_are_right_about_the_same_few_examples_are_not_equal_beyond_doubt() -> None:
    low, high = paired_shares(np.zeros(8))
    assert low == -high
    assert 0.1 < high < 0.3
    low, high = paired_shares(np.ones(2))
    assert low < 0 < high == 1.0, "two examples show nothing"
    assert paired_shares(-np.ones(2)) == (-high, -low)


@pytest.mark.parametrize(("n", "first", "second"), [(20, 0.3, 0.1), (50, 0.05, 0.05), (400, 0.2, 0.12)])
def test_the_difference_lies_within_as_often_as_it_should(n: int, first: float, second: float) -> None:
    draw = np.random.default_rng(0)
    held = 0
    for _ in range(2000):
        low, high = paired_shares(draw.choice([1.0, -1.0, 0.0], n, p=[first, second, 1 - first - second]))
        held += low <= first - second <= high
    assert 0.935 < held / 2000 < 0.99


def test_a_rare_class_that_is_never_found_keeps_macro_f1_low() -> None:
    labels = np.array([1] + [0] * 99)
    score, _ = score_classes(np.tile([0.99, 0.01], (100, 1)), labels, ("ham", "spam"))
    low, high = score.macro_f1_interval
    assert score.macro_f1 == pytest.approx(0.4975, abs=1e-3)
    assert 0.48 < low < high <= 0.5
