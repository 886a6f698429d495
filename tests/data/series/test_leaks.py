"""Columns that know the future are named; honest ones are left alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from quatrain.data import SeriesConfig, open_series
from quatrain.errors import DataError

from .tables import Columns, days, hours, walk, wave, write

N = 600


def opened(tmp_path: Path, table: Columns, **settings: object) -> object:
    return open_series(SeriesConfig(path=str(write(tmp_path / "s.csv", table)), **settings))


def refusal(tmp_path: Path, table: Columns, **settings: object) -> str:
    with pytest.raises(DataError, match="LEAK") as refused:
        opened(tmp_path, table, **settings)
    return str(refused.value)


def ahead(values: np.ndarray, steps: int) -> np.ndarray:
    """Planted: what the column will be."""
    return np.concatenate([values[steps:], values[-1:].repeat(steps)])


def test_tomorrows_close_is_caught(tmp_path: Path) -> None:
    close = walk(N)
    columns = {"date": days(N), "close": close, "volume": wave(N), "next_close": ahead(close, 1)}
    message = refusal(tmp_path, columns)
    assert "column next_close tells what close is in the next row (correlation +1.000)" in message
    assert "--set data.columns=close,volume." in message
    assert "--set data.allow_leak=true" in message
    opened(tmp_path, columns, allow_leak=True)
    opened(tmp_path, columns, columns="close,volume")


@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_a_noisy_hint_of_tomorrows_move_is_caught(tmp_path: Path, noise: float) -> None:
    close = walk(N)
    moves = ahead(np.diff(np.log(close), prepend=np.log(close[0])), 1) * 100
    hint = moves + noise * np.random.default_rng(1).normal(size=N)
    assert "column hint" in refusal(tmp_path, {"date": days(N), "close": close, "hint": hint})


def test_the_direction_of_tomorrows_move_is_caught(tmp_path: Path) -> None:
    close = walk(N)
    up = (ahead(close, 1) > close).astype(int)
    assert "column signal" in refusal(tmp_path, {"date": days(N), "close": close, "signal": up})


@pytest.mark.parametrize("steps", [1, 5, 12])
def test_a_shifted_target_is_caught_at_any_step_of_the_horizon(tmp_path: Path, steps: int) -> None:
    load = wave(N)
    columns = {"date": hours(N), "load": load, "plan": ahead(load, steps)}
    message = refusal(tmp_path, columns, horizon=12)
    assert "column plan tells what load is" in message


def test_a_leak_beyond_the_horizon_is_none(tmp_path: Path) -> None:
    load = np.random.default_rng(0).normal(size=N)
    opened(tmp_path, {"date": hours(N), "load": load, "plan": ahead(load, 30)}, horizon=12)


def test_a_sum_of_what_is_to_come_is_caught_by_its_change(tmp_path: Path) -> None:
    load = wave(N)
    columns = {"date": hours(N), "load": load, "wind": walk(N, 1), "total": np.cumsum(ahead(load, 1))}
    message = refusal(tmp_path, columns, targets="load", horizon=4)
    told = "the change of column total from row to row tells what load is in the next row (correlation +1.000)"
    assert told in message
    assert "--set data.columns=load,wind." in message
    opened(tmp_path, columns, columns="load,wind")


@pytest.mark.parametrize("start", [0, 1000])
def test_a_sum_of_the_directions_to_come_is_caught(tmp_path: Path, start: int) -> None:
    close = walk(N)
    ups = start + np.cumsum(np.sign(ahead(close, 1) - close))
    assert "column signals" in refusal(tmp_path, {"date": days(N), "close": close, "signals": ups})


@pytest.mark.parametrize("target", ["load", "close"])
def test_a_leak_hidden_in_noise_that_stands_beside_it_is_caught(tmp_path: Path, target: str) -> None:
    values = wave(N) if target == "load" else walk(N)
    hint = ahead(values, 1) if target == "load" else 100 * ahead(np.diff(np.log(values), prepend=np.log(values[0])), 1)
    noise = np.round(9 * np.random.default_rng(3).normal(size=N), 6)
    columns = {"date": hours(N), target: values, "a": hint + noise, "b": noise, "c": wave(N, 2)}
    message = refusal(tmp_path, columns, targets=target, horizon=1)
    assert f"columns a, b together tell what {target} is in the next row (correlation +1.000)" in message
    assert f"Leave them out: --set data.columns={target},c. If they are known" in message
    opened(tmp_path, columns, columns=f"{target},c")


def test_what_is_made_of_the_past_is_no_leak(tmp_path: Path) -> None:
    load, wind = _ar(0.9, 1), _ar(0.8, 2)
    columns = {
        "date": hours(N), "load": load, "wind": wind, "both": np.round(load + wind, 2), "counter": np.cumsum(load + 9),
        "mean": np.convolve(load, np.ones(7) / 7)[:N], "change": np.diff(load, prepend=0), "lagged": np.roll(load, 1),
        "hour": np.arange(N) % 24,
    }  # fmt: skip
    opened(tmp_path, columns, targets="load", horizon=24)


HONEST = {
    "random walk": lambda seed: walk(N, seed),
    "seasonal": lambda seed: wave(N, seed),
    "noise": lambda seed: np.random.default_rng(seed).normal(size=N),
    "ar": lambda seed: _ar(0.8, seed),
    "sine": lambda seed: np.sin(2 * np.pi * (np.arange(N) + seed) / 24),
    "two sines": lambda seed: np.sin(2 * np.pi * (np.arange(N) + 3 * seed) / 24) + np.cos(np.arange(N) / 3.8),
    "square wave": lambda seed: (np.arange(N) + seed) % 24 < 9,
    "trend": lambda seed: np.arange(N) * (1.0 + seed) + _ar(0.5, seed),
    "constant": lambda seed: np.full(N, 3.0),
}


def _ar(phi: float, seed: int) -> np.ndarray:
    noise, values = np.random.default_rng(seed).normal(size=N), np.zeros(N)
    for row in range(1, N):
        values[row] = phi * values[row - 1] + noise[row]
    return values


@pytest.mark.parametrize("kind", HONEST)
@pytest.mark.parametrize("returns", ["none", "diff"])
def test_honest_columns_raise_no_alarm(tmp_path: Path, kind: str, returns: str) -> None:
    columns = {"date": hours(N), **{f"c{seed}": np.asarray(HONEST[kind](seed), float) for seed in range(4)}}
    opened(tmp_path, columns, horizon=24, returns=returns)


def test_a_column_that_lags_behind_is_no_leak(tmp_path: Path) -> None:
    load = wave(N)
    lagged = np.concatenate([load[:3], load[:-3]])
    opened(tmp_path, {"date": hours(N), "load": load, "lagged": lagged}, targets="load", horizon=12)
