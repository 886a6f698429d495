"""Baselines, scores and tests of forecasts, held against loops, statsmodels and scipy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from statsmodels.stats.proportion import proportion_confint
from statsmodels.tsa.ar_model import AutoReg

from quatrain.data import SeriesConfig, SeriesData, open_series
from quatrain.models import Forecaster
from quatrain.models.forecasters import Window, forecaster_of
from quatrain.training.evaluation import Scored, bootstrap
from quatrain.training.forecasting import (
    PlainScore,
    clark_west,
    diebold_mariano,
    judge_walk,
    plain_baselines,
    plain_forecasts,
    score_forecasts,
)
from quatrain.training.forecasting.autoregression import fit_autoregression
from quatrain.training.forecasting.student import student_tail
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.scores.shares import wilson

N, INPUT_LEN, HORIZON = 400, 12, 6
Opened = Callable[..., SeriesData]


def ar(phi: float, n: int, seed: int, scale: float = 1.0) -> np.ndarray:
    noise, values = np.random.default_rng(seed).normal(size=n) * scale, np.zeros(n)
    for row in range(1, n):
        values[row] = phi * values[row - 1] + noise[row]
    return values


def season(n: int, seed: int) -> np.ndarray:
    return np.sin(2 * np.pi * np.arange(n) / 24) * 3 + np.random.default_rng(seed).normal(size=n)


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """A series of columns, hour by hour."""

    def write(columns: dict[str, np.ndarray], **settings: object) -> SeriesData:
        n = len(next(iter(columns.values())))
        stamps = np.datetime_as_string(np.datetime64("2024-01-01T00") + np.arange(n), unit="m")
        rows = [",".join(["date", *columns])]
        rows += [
            ",".join([stamp, *map(repr, map(float, row))])
            for stamp, *row in zip(stamps, *columns.values(), strict=True)
        ]
        path = tmp_path / "s.csv"
        path.write_text("\n".join(rows) + "\n")
        return open_series(SeriesConfig(path=str(path), **{"input_len": INPUT_LEN, "horizon": HORIZON, **settings}))

    return write


@pytest.fixture
def data(opened: Opened) -> SeriesData:
    return opened({"a": season(N, 0), "b": 5 + ar(0.7, N, 1)})


def model_of(data: SeriesData, word: str = "dlinear") -> Forecaster:
    series = data.series
    window = Window(series.columns, series.targets, data.train.input_len, data.train.horizon, series.returns != "none")
    torch.manual_seed(0)
    model = forecaster_of(word)(window, 8, 1, 2).build()
    model.take_scale(torch.from_numpy(series.inputs[: data.train.stop]))
    return model.eval()


def test_the_baselines_are_those_that_were_meant(data: SeriesData) -> None:
    part, values = data.tests["test"], data.series.inputs
    last, drift, seasonal, _ = plain_forecasts(part)
    assert [one.name for one in (last, drift, seasonal)] == ["last value", "drift", "seasonal naive (24 rows)"]
    for origin in (part.origins[0], part.origins[-1]):
        where = np.array([origin])
        for step in range(1, HORIZON + 1):
            np.testing.assert_allclose(last.at(where, step)[0], values[origin - 1])
            slope = (values[origin - 1] - values[0]) / (origin - 1)
            np.testing.assert_allclose(drift.at(where, step)[0], values[origin - 1] + step * slope)
            np.testing.assert_allclose(seasonal.at(where, step)[0], values[origin - 1 + step - 24])


def test_a_season_shorter_than_the_horizon_repeats(data: SeriesData) -> None:
    part = replace(data.tests["test"], horizon=60)
    seasonal, origin = plain_forecasts(part)[2], int(part.origins[0])
    np.testing.assert_allclose(seasonal.at(np.array([origin]), 60)[0], data.series.inputs[origin + 59 - 72])


def test_no_baseline_looks_at_what_is_to_come(data: SeriesData) -> None:
    part = data.tests["test"]
    where = np.array([part.start])
    values = data.series.inputs.copy()
    values[part.start :] += 100
    other = replace(part, series=replace(data.series, inputs=values))
    for one, two in zip(plain_forecasts(part), plain_forecasts(other), strict=True):
        for step in (1, HORIZON):
            np.testing.assert_array_equal(one.at(where, step), two.at(where, step), err_msg=one.name)


@pytest.mark.parametrize("order", [1, 3])
def test_the_autoregression_is_that_of_statsmodels(order: int) -> None:
    values = ar(0.6, 300, 4) + 2
    reference = AutoReg(values, lags=order).fit()
    from quatrain.training.forecasting.autoregression import _fit

    lags = np.stack([values[order - i - 1 : len(values) - i - 1] for i in range(order)], axis=1)
    _, found = _fit(lags, values[order:])
    np.testing.assert_allclose([found.constant, *found.coefficients], reference.params, atol=1e-9)
    constants, weights = found.ahead(7)
    told = constants + weights @ values[::-1][:order]
    np.testing.assert_allclose(told, reference.predict(len(values), len(values) + 6), atol=1e-9)


def test_the_order_follows_the_data() -> None:
    lagged = np.zeros(2000)
    noise = np.random.default_rng(0).normal(size=2000)
    for row in range(6, 2000):
        lagged[row] = 0.9 * lagged[row - 6] + noise[row]
    assert len(fit_autoregression(lagged, 30).coefficients) >= 6
    assert len(fit_autoregression(ar(0.9, 2000, 1), 30).coefficients) < 6
    assert fit_autoregression(np.zeros(2), 30).coefficients.tolist() == [1.0]


def test_returns_have_a_random_walk_first(opened: Opened) -> None:
    data = opened({"close": 100 * np.exp(np.cumsum(0.01 * ar(0.0, N, 2)))}, horizon=2)
    walk, drift, _ = plain_forecasts(data.tests["test"])
    where = np.array([300])
    assert (walk.name, drift.name) == ("random walk", "random walk with drift")
    assert walk.at(where, 2).tolist() == [[0.0]]
    np.testing.assert_allclose(drift.at(where, 2)[0, 0], data.series.inputs[:300, 0].mean())


def test_scores_are_those_of_loops(data: SeriesData) -> None:
    model, part = model_of(data), data.tests["test"]
    model.widening.fill_(0.2)
    score, by_window = score_forecasts(model, part)
    errors, inside, paid = [], {0: 0, 1: 0}, 0.0
    with torch.inference_mode():
        for window in range(len(part)):
            batch = part.windows(np.array([window]))
            found = model.calibrated(model(*batch.inputs))
            truth = (batch.targets - model.scale.mean) / model.scale.std
            errors.append((found.mean.double() - truth)[0].numpy())
            quantiles = found.quantiles.double()
            for pair in inside:
                inside[pair] += int(((truth >= quantiles[..., pair]) & (truth <= quantiles[..., 4 - pair])).sum())
            for place, level in enumerate(model.levels):
                gap = truth - quantiles[..., place]
                paid += float(torch.maximum(level * gap, (level - 1) * gap).sum())
    errors = np.array(errors)
    assert score.n_windows == len(part) == 80 - HORIZON + 1
    assert score.n_targets == errors.size
    np.testing.assert_allclose(score.mse, (errors**2).mean())
    np.testing.assert_allclose(score.mae, np.abs(errors).mean())
    np.testing.assert_allclose(score.by_step, (errors**2).mean(axis=(0, 2)))
    np.testing.assert_allclose([one.mse for one in score.columns], (errors**2).mean(axis=(0, 1)))
    np.testing.assert_allclose(by_window, (errors**2).mean(axis=(1, 2)))
    std = model.scale.std.numpy()
    np.testing.assert_allclose([one.mae_units for one in score.columns], np.abs(errors).mean(axis=(0, 1)) * std)
    np.testing.assert_allclose(score.pinball, paid / errors.size / 5, rtol=1e-6)
    np.testing.assert_allclose(
        [score.coverage["0.9"], score.coverage["0.5"]], np.array([*inside.values()]) / errors.size
    )
    assert score.interval[0] < score.mse < score.interval[1]
    assert score.walk is None
    objective, last = OBJECTIVES["forecast"], next(plain_baselines(part, std)).on(part)
    told = objective.compared(Scored("ours", score, by_window), [last], part)
    np.testing.assert_allclose(told["difference"]["mean"], score.mse - told["baseline"]["mse"])
    low, high = told["difference"]["interval"]
    assert low < (by_window - last.values).mean() < high
    assert (low, high) == bootstrap(by_window - last.values, block=2 * HORIZON), "windows that overlap are no evidence"


def test_baselines_are_scored_on_the_same_windows_in_the_same_units(data: SeriesData) -> None:
    model, part = model_of(data), data.val
    std = model.scale.std.numpy()
    last, by_window = next(plain_baselines(part, std)).score(part)
    assert by_window is not None
    assert isinstance(last, PlainScore)
    truth = part.truth(np.arange(len(part)))
    errors = (data.series.inputs[part.origins - 1][:, None] - truth) / std
    np.testing.assert_allclose(last.mse, (errors**2).mean())
    np.testing.assert_allclose(by_window, (errors**2).mean(axis=(1, 2)))
    names = [one.name for one in plain_baselines(part, std)]
    assert names[:2] == ["last value", "drift"]


def test_columns_that_are_constant_in_training_are_scaled_by_nobody(opened: Opened) -> None:
    is_new = np.arange(N) >= 0.8 * N
    rates = {f"rate {value}": np.where(is_new, 2 * value, value) for value in (0.1, 0.3, 0.7, 1.1, 3.3, 100.7)}
    data = opened({"load": season(N, 0), **rates})
    assert (data.series.inputs[: data.train.stop, 1:].std(axis=0) > 0).any(), "rounding alone"
    assert f"The same in all of the training part, and so not scaled: {', '.join(rates)}." in data.notes
    assert (model_of(data).scale.std[1:] == 1).all()
    for baseline in OBJECTIVES["forecast"].baselines(None, data, print):
        _, by_window = baseline.score(data.tests["test"])
        assert by_window.max() < 1e5, baseline.name


def test_unobserved_targets_are_not_scored(data: SeriesData) -> None:
    truth = data.series.truth.copy()
    truth[340:343, 0] = np.nan
    series = replace(data.series, truth=truth)
    model, part = model_of(data), replace(data.tests["test"], series=series)
    score, by_window = score_forecasts(model, part)
    assert score.n_targets == part.n_targets == int(np.isfinite(part.truth(np.arange(len(part)))).sum())
    assert np.isfinite(by_window).all()
    batch = part.windows(np.arange(len(part)))
    objective = OBJECTIVES["forecast"]
    loss = objective.loss_sum(model, batch).item() / batch.n_targets
    assert math.isclose(objective.validate(model, part, None).mse, score.mse, rel_tol=1e-5)
    assert math.isclose(objective.validate(model, part, None).loss, loss, rel_tol=1e-4)


def test_intervals_hold_their_share_on_what_they_were_calibrated_on(data: SeriesData) -> None:
    model, objective = model_of(data), OBJECTIVES["forecast"]
    objective.complete(model, data)
    widening = model.widening.clone()
    score, _ = score_forecasts(model, data.val)
    n = len(data.val)
    assert 0.9 <= score.coverage["0.9"] <= 0.9 + 2 / n
    assert 0.5 <= score.coverage["0.5"] <= 0.5 + 2 / n
    objective.complete(model, data)
    torch.testing.assert_close(model.widening, widening, rtol=0, atol=0)


@pytest.mark.parametrize(("horizon", "m"), [(3, 4), (12, 2), (30, 1)])
def test_several_steps_ahead_the_variance_is_that_of_the_slowest_swings(horizon: int, m: int) -> None:
    d = np.random.default_rng(0).normal(size=120) * 0.5 + 0.1
    n, rows = len(d), np.arange(len(d))
    waves = [np.sum(d * np.exp(-2j * np.pi * j * rows / n)) for j in range(1, m + 1)]
    statistic = d.mean() / math.sqrt(np.mean(np.abs(waves) ** 2) / n / n)
    found, nested = diebold_mariano(d, horizon), clark_west(d, horizon)
    assert found
    assert nested
    assert math.isclose(found.value, statistic)
    assert math.isclose(found.p, 2 * stats.t.sf(abs(statistic), 2 * m), rel_tol=1e-9)
    assert math.isclose(nested.p, stats.t.sf(statistic, 2 * m), rel_tol=1e-9)


ALARMS = [(5, 60), (12, 60), (24, 100), (40, 300), (20, 300), (96, 500), (20, 1000)]


@pytest.mark.parametrize(("horizon", "n"), ALARMS)
def test_of_returns_that_nothing_foretells_one_in_twenty_looks_foretold(horizon: int, n: int) -> None:
    draw, n_draws = np.random.default_rng(5), 1000
    returns = draw.normal(size=(n_draws, n + horizon - 1))
    sums = np.cumsum(np.pad(returns, ((0, 0), (1, 0))), axis=1)
    means = (sums[:, horizon:] - sums[:, :-horizon]) / horizon  # of each window
    told = [(diebold_mariano(one, horizon), clark_west(one, horizon)) for one in means]
    for alarms in zip(*((test.p < 0.05 for test in tests) for tests in told), strict=True):
        assert 0.03 < np.mean(alarms) < 0.08
    assert min(test.p for tests in told for test in tests) > 1e-6, "no proof where there is nothing"


@pytest.mark.parametrize(("horizon", "n"), [(12, 47), (24, 60), (40, 60), (90, 30)])
def test_too_few_windows_that_do_not_overlap_are_not_tested(horizon: int, n: int) -> None:
    draw = np.random.default_rng(0)
    truth = np.lib.stride_tricks.sliding_window_view(draw.normal(size=n + horizon - 1), horizon)[..., None]
    found = judge_walk(truth, np.full_like(truth, 0.05), 1.0)
    assert (found.outcome, found.diebold_mariano, found.clark_west, found.r2_interval) == ("few", None, None, None)
    needed = f"{n} of {horizon} rows that move on by one, where {4 * horizon} are needed"
    assert "too few windows that do not overlap to tell" in found.verdict
    assert needed in found.verdict
    assert "p =" not in found.verdict
    assert found.to_dict()["diebold_mariano"] is None


def test_real_skill_several_steps_ahead_is_found() -> None:
    horizon, n, phi = 5, 600, 0.9
    returns = ar(phi, n + horizon, 3)
    truth = np.lib.stride_tricks.sliding_window_view(returns[1:], horizon)[..., None]
    told = returns[: len(truth), None] * phi ** np.arange(1, horizon + 1)
    found = judge_walk(truth, told[..., None], 1.0)
    assert found.outcome == "better"
    assert found.diebold_mariano
    assert found.diebold_mariano.p < 1e-3


def test_one_step_ahead_it_is_students_test() -> None:
    d = np.random.default_rng(1).normal(size=80)
    reference = stats.ttest_1samp(d, 0)
    found = diebold_mariano(d)
    assert math.isclose(found.value, reference.statistic)
    assert math.isclose(found.p, reference.pvalue, rel_tol=1e-9)


@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("value", [0.0, 0.1])
def test_where_nothing_differs_there_is_nothing_to_tell(horizon: int, value: float) -> None:
    assert diebold_mariano(np.full(30, value), horizon).p == 1.0
    assert clark_west(np.full(30, value), horizon).p in (0.5, 1.0)
    assert diebold_mariano(np.zeros(1), horizon) is None
    assert clark_west(np.zeros(1), horizon) is None


def test_clark_west_is_one_sided() -> None:
    adjusted = np.random.default_rng(2).normal(size=100) + 0.3
    statistic = adjusted.mean() / math.sqrt(adjusted.var() / 100)
    assert math.isclose(clark_west(adjusted).p, stats.norm.sf(statistic), rel_tol=1e-9)
    assert clark_west(-adjusted).p > 0.5


@pytest.mark.parametrize("freedom", [1, 2, 7, 100, 3000])
@pytest.mark.parametrize("t", [-3.0, 0.0, 0.1, 1.0, 2.5, 12.0])
def test_the_tail_of_student_is_that_of_scipy(t: float, freedom: int) -> None:
    assert math.isclose(student_tail(t, freedom), stats.t.sf(t, freedom), rel_tol=1e-8, abs_tol=1e-14)


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (520, 1000)])
def test_the_interval_of_a_share_is_that_of_statsmodels(right: int, n: int) -> None:
    np.testing.assert_allclose(wilson(right, n), proportion_confint(right, n, method="wilson"), atol=1e-12)


def test_a_random_walk_beside_itself_is_the_same() -> None:
    truth = np.random.default_rng(0).normal(size=(300, 1, 1))
    found = judge_walk(truth, np.zeros_like(truth), 1.0)
    assert found.r2 == 0
    assert found.outcome == "same"
    assert found.verdict.startswith("not distinguishable from a random walk")


def test_a_seer_is_better_and_a_fool_is_worse() -> None:
    draw = np.random.default_rng(0)
    truth = draw.normal(size=(300, 1, 1))
    seer = judge_walk(truth, truth * 0.5, 1.0)
    assert seer.outcome == "better"
    assert seer.right_signs == 1.0
    assert judge_walk(truth, draw.normal(size=truth.shape), 1.0).outcome == "worse"


def test_where_nothing_moves_nothing_is_judged() -> None:
    truth = np.zeros((120, 1, 1))
    truth[5] = np.nan
    found = judge_walk(truth, np.full_like(truth, 1e-3), 1.0)
    assert (found.outcome, found.n_windows, found.n_signs) == ("still", 119, 0)
    assert found.verdict == "not judged beside a random walk: nothing moved in any of the 119 windows"
    told = found.to_dict()
    assert all(told[key] is None for key in ("r2", "r2_interval", "right_signs", "diebold_mariano", "clark_west"))


def test_directions_count_moves_alone() -> None:
    truth = np.array([0.1, -0.2, 0.0, np.nan, 0.3]).reshape(5, 1, 1)
    found = judge_walk(truth, np.full_like(truth, 0.01), -1.0)
    assert found.n_signs == 3
    assert math.isclose(found.right_signs, 2 / 3)
    assert math.isclose(found.always_up, 1 / 3)
