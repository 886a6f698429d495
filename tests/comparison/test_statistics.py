"""Intervals and the paired test: against tables, formulas and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

from quatrain.comparison.statistics import in_blocks, interval, paired_test, t_cdf, t_quantile


@pytest.mark.parametrize(
    ("freedom", "level", "value"),
    [(1, 0.975, 12.7062), (2, 0.975, 4.30265), (10, 0.975, 2.22814), (30, 0.95, 1.69726), (1000, 0.975, 1.96234)],
)
def test_quantiles_are_those_of_the_table(freedom: float, level: float, value: float) -> None:
    assert t_quantile(level, freedom) == pytest.approx(value, rel=1e-4)
    assert t_cdf(value, freedom) == pytest.approx(level, abs=1e-5)
    assert t_cdf(-value, freedom) == pytest.approx(1 - level, abs=1e-5)


def test_blocks_are_means_of_neighbours() -> None:
    values = np.arange(40.0).reshape(1, 40)
    assert in_blocks(values, 2)[0].tolist() == [0.5 + 2 * i for i in range(20)]
    assert in_blocks(values, 1).shape == (1, 40)
    assert in_blocks(values, 1000).shape == (1, 20)  # never fewer than 20, while there are as many items
    assert in_blocks(values[:, :3], 256).tolist() == [[0.0, 1.0, 2.0]]


def test_without_differences_between_items_the_test_is_the_t_test_over_seeds() -> None:
    first = np.repeat([[1.0], [2.0], [4.0]], 50, axis=1)
    second = np.zeros((3, 50))
    outcome = paired_test(first, second)
    error = math.sqrt(np.var([1, 2, 4], ddof=1) / 3)
    assert outcome.difference == pytest.approx(7 / 3)
    assert outcome.interval[1] - outcome.difference == pytest.approx(4.30265 * error, rel=1e-4)
    assert outcome.p == pytest.approx(2 * (1 - t_cdf(7 / 3 / error, 2)), abs=1e-9)


def test_with_one_seed_it_is_the_t_test_over_blocks() -> None:
    draw = np.random.default_rng(0)
    first, second = draw.normal(size=(1, 31)), draw.normal(size=(1, 31))
    outcome = paired_test(first, second)
    differences = (first - second)[0]
    error = differences.std(ddof=1) / math.sqrt(31)
    assert outcome.interval[0] == pytest.approx(differences.mean() - t_quantile(0.975, 30) * error)


def test_a_model_against_itself_is_no_difference() -> None:
    values = np.random.default_rng(0).normal(size=(3, 40))
    assert paired_test(values, values).to_dict() == {"difference": 0.0, "interval": [0.0, 0.0], "p": 1.0}


def test_one_row_of_a_counted_model_stands_for_every_seed() -> None:
    draw = np.random.default_rng(0)
    first, counted = draw.normal(size=(3, 40)), draw.normal(size=(1, 40))
    assert paired_test(first, counted) == paired_test(first, np.repeat(counted, 3, axis=0))


def test_equal_models_are_told_apart_no_more_often_than_chance_allows() -> None:
    draw = np.random.default_rng(1)
    n_false = 0
    for _ in range(200):
        text = draw.normal(size=(1, 60))
        first, second = (
            text + draw.normal(scale=0.3, size=(3, 1)) + draw.normal(scale=0.5, size=(3, 60)) for _ in range(2)
        )
        n_false += paired_test(first, second).p < 0.05
    assert n_false <= 20  # 10 expected; the variance of seeds and blocks overlaps, so the test errs on the safe side


def test_the_interval_covers_the_truth() -> None:
    draw = np.random.default_rng(2)
    n_covered = 0
    for _ in range(100):
        blocks = draw.normal(scale=0.2, size=(3, 1)) + draw.normal(size=(1, 80))
        low, high = interval(blocks)
        n_covered += low <= 0 <= high
    assert n_covered >= 85  # 95 expected with many seeds; three tell less about how seeds vary


def test_the_interval_is_the_same_every_time() -> None:
    blocks = np.random.default_rng(3).normal(size=(2, 30))
    assert interval(blocks) == interval(blocks)
