"""How well columns tell what a target will be, beyond what the past tells: by value, by change, several together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.series.series import Series

__all__ = ["Foretold", "by_change", "by_value", "together"]

How = Literal["value", "change", "together"]
N_LAGS = 3
"""Rows before the present one whose share is taken out first."""
FEWEST = 30
"""Rows below which nothing can be told."""
EACH = 10
"""Rows for each number that is fitted, at least, where several columns are looked at together."""
NOTHING = 1e-6
"""What is left of a column, as a share of it, that is no more than rounding."""
ROUNDING = 1e-14
"""The same as a share of its largest value."""
MOST_TOGETHER, MOST_ROWS = 30, 10_000
"""Columns that are looked at together, and the rows that they are looked at in, the last ones."""
MATTERS = 0.1
"""Share of the largest part of a sum from which on a column has a part in it."""


@dataclass(frozen=True)
class Foretold:
    """How well a target is told by columns of the present row."""

    columns: tuple[str, ...]
    how: How
    """By the value of one column, by its change from the row before, or by several together."""
    target: str
    steps: int
    """How many rows ahead."""
    correlation: float
    """What is left of both once the past is taken out, from -1 to 1; of several columns from 0."""

    def __str__(self) -> str:
        rows = "in the next row" if self.steps == 1 else f"{self.steps} rows later"
        what = {
            "value": f"column {self.columns[0]} tells",
            "change": f"the change of column {self.columns[0]} from row to row tells",
            "together": f"columns {', '.join(self.columns)} together tell",
        }[self.how]
        return f"{what} what {self.target} is {rows} (correlation {self.correlation:+.3f})"


def by_value(series: Series, stop: int, horizon: int) -> Iterator[Foretold]:
    """For every target, each column at the step ahead that it tells best.

    What the target's own past tells of both (its last rows, and the one a season earlier) is taken out by regression.

    Args:
        stop: rows from here on are not looked at.
        horizon: steps ahead.
    """
    rows = _rows(series, stop, horizon, stop)
    if len(rows) < FEWEST:
        return
    for target, place in zip(series.targets, series.places, strict=True):
        ahead = _Ahead.of(series, place, rows, horizon)
        for column, told in zip(series.columns, ahead.told_by(series.inputs[rows]), strict=True):
            yield _best((column,), "value", target, told)


def by_change(series: Series, stop: int, horizon: int, bound: float) -> Iterator[Foretold]:
    """The same of the change of each column from the row before, where it tells more than a bound.

    From these the past of the column and of others is taken out, too, so that what is smooth or periodic, and tells
    itself, tells nothing.

    Args:
        stop: rows from here on are not looked at.
        horizon: steps ahead.
        bound: a correlation.
    """
    rows = _rows(series, stop, horizon, MOST_ROWS)
    n_others = max(min(len(rows) // EACH // (N_LAGS + 1) - 2, MOST_TOGETHER), 0)
    if len(rows) < FEWEST:
        return
    changes = series.inputs[rows] - series.inputs[rows - 1]
    for target, place in zip(series.targets, series.places, strict=True):
        strongest = np.abs(_Ahead.of(series, place, rows, horizon).told_by(changes)).max(axis=1)
        for i in np.flatnonzero(strongest >= bound).tolist():
            if i == place:
                continue
            others = [j for j in range(len(series.columns)) if j not in (i, place)][:n_others]
            ahead = _Ahead.of(series, place, rows, horizon, [i, *others])
            yield _best((series.columns[i],), "change", target, ahead.told_by(series.inputs[rows][:, [i]])[0])


def together(series: Series, stop: int, horizon: int, apart: frozenset[str]) -> Iterator[Foretold]:
    """For every target, all other columns of the present row in one regression, at the step that they tell best.

    What the past of the target and of all these columns tells is taken out first, as of changes. Nothing is looked at
    where there are too many columns for the rows.

    Args:
        stop: rows from here on are not looked at.
        horizon: steps ahead.
        apart: columns that are left out.
    """
    rows = _rows(series, stop, horizon, MOST_ROWS)
    for target, place in zip(series.targets, series.places, strict=True):
        others = [i for i, name in enumerate(series.columns) if i != place and name not in apart]
        n_fitted = (N_LAGS + 1) * (len(others) + 1) + 1
        if not 2 <= len(others) <= MOST_TOGETHER or len(rows) < EACH * n_fitted:
            continue
        ahead = _Ahead.of(series, place, rows, horizon, others)
        weights, told = ahead.told_by_all(series.inputs[rows][:, others])
        parts = np.abs(weights[:, int(told.argmax())])
        names = [series.columns[i] for i, part in zip(others, parts, strict=True) if part >= MATTERS * parts.max()]
        if len(names) > 1:
            yield _best(tuple(names), "together", target, told)


@dataclass(frozen=True)
class _Ahead:
    """The future of a target, without what the past tells of it."""

    past: Float[np.ndarray, "n lags"]
    """An orthonormal basis of what is taken out."""
    future: Float[np.ndarray, "n horizon"]
    earlier: Float[np.ndarray, "n horizon"]
    """A season, or several, before each step ahead."""

    @classmethod
    def of(cls, series: Series, place: int, rows: np.ndarray, horizon: int, others: Sequence[int] = ()) -> _Ahead:
        """Without the past of the target itself, and of others, in some rows."""
        y, season, steps = series.inputs[:, place], _season(series), np.arange(1, horizon + 1)
        before = series.inputs[rows[:, None] - np.arange(1, N_LAGS + 1)][:, :, list(others)].reshape(len(rows), -1)
        own = y[rows[:, None] - np.arange(N_LAGS + 1)]
        past = _basis(np.concatenate([np.ones((len(rows), 1)), own, before], axis=1))
        earlier = steps - season * -(-steps // season)
        return cls(past, _rest(y[rows[:, None] + steps], past), _rest(y[rows[:, None] + earlier], past))

    def told_by(self, values: Float[np.ndarray, "n columns"]) -> Float[np.ndarray, "columns horizon"]:
        """Correlations with each column at each step ahead."""
        columns = _rest(values, self.past)
        of_columns, of_future = columns.T @ self.earlier, (self.earlier * self.future).sum(axis=0)  # (C, H), (H,)
        left = np.sqrt(np.clip((1 - of_columns**2) * (1 - of_future**2), 0, 1))
        partial = (columns.T @ self.future - of_columns * of_future) / np.maximum(left, NOTHING)
        partial[left <= NOTHING] = 0.0
        return np.asarray(partial)

    def told_by_all(
        self, values: Float[np.ndarray, "n columns"]
    ) -> tuple[Float[np.ndarray, "columns horizon"], Float[np.ndarray, " horizon"]]:
        """The part of each column in a sum of all, and the correlation with that sum, at each step ahead."""
        columns, both = _rest(values, self.past), np.concatenate([self.future, self.earlier], axis=1)
        of_both, *_ = np.linalg.lstsq(columns, both, rcond=NOTHING)
        future, earlier = np.split(both - columns @ of_both, 2, axis=1)  # what the columns do not tell
        share = _along(future, earlier)
        missed = np.square(future - share * earlier).sum(axis=0)
        known = np.square(self.future - _along(self.future, self.earlier) * self.earlier).sum(axis=0)
        told = np.where(known > NOTHING, np.clip(1 - missed / np.maximum(known, NOTHING), 0, 1), 0.0)
        of_future, of_earlier = np.split(of_both, 2, axis=1)
        return of_future - share * of_earlier, np.sqrt(told)


def _along(values: np.ndarray, others: np.ndarray) -> Float[np.ndarray, " columns"]:
    """How often each column of others stands in that of the values."""
    return np.asarray((values * others).sum(axis=0) / np.maximum(np.square(others).sum(axis=0), NOTHING**2))


def _best(columns: tuple[str, ...], how: How, target: str, told: Float[np.ndarray, " horizon"]) -> Foretold:
    """At the step ahead that is told best."""
    best = int(np.abs(told).argmax())
    return Foretold(columns, how, target, best + 1, float(told[best]))


def _rows(series: Series, stop: int, horizon: int, most: int) -> Int[np.ndarray, " n"]:
    """The last rows that have a past and a future, at most so many."""
    first = max(N_LAGS, _season(series))
    return np.arange(max(first, stop - horizon - most), max(stop - horizon, first))


def _season(series: Series) -> int:
    return next(iter(series.frequency.seasons), 1)


def _basis(columns: Float[np.ndarray, "n some"]) -> Float[np.ndarray, "n some"]:
    """An orthonormal basis of the span."""
    scaled = columns / np.maximum(np.abs(columns).max(axis=0), 1e-300)
    return np.linalg.qr(scaled)[0]


def _rest(values: Float[np.ndarray, "n some"], basis: Float[np.ndarray, "n lags"]) -> Float[np.ndarray, "n some"]:
    """Columns of length 1 without what lies in the span of the basis; 0 where no more than rounding is left."""
    centred = values - values.mean(axis=0)
    rest = centred - basis @ (basis.T @ centred)
    size = np.linalg.norm(rest, axis=0)
    rounding = ROUNDING * len(values) ** 0.5 * np.abs(values).max(axis=0)
    is_left = size > np.maximum(NOTHING * np.linalg.norm(centred, axis=0), rounding)
    return np.where(is_left, rest / np.maximum(size, 1e-300), 0.0)
