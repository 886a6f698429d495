"""Columns that tell what a target will be: a score that they make too good to be true is not worth having."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from quatrain.data.series.part import SeriesPart
from quatrain.data.series.series import Series
from quatrain.errors import DataError

__all__ = ["Leak", "find_leaks", "refuse_leaks", "refuse_overlap"]

TOO_GOOD, TOO_GOOD_FOR_PRICES = 0.95, 0.5
"""Correlation from which on a column knows the future; for returns, which nothing public foretells, far less."""
CHANCE = 7.0
"""Correlations below so many times 1 / sqrt(rows) may be chance, however many columns and steps are looked at."""
N_LAGS = 3
"""Rows before the present one whose share is taken out first."""
FEWEST = 30
"""Rows below which nothing can be told."""
FURTHEST = 400
"""Steps ahead that are looked at."""
N_ASKED = 50
"""Windows of each part that are asked which rows they hold."""
NOTHING = 1e-6
"""What is left of a column, as a share of it, that is no more than rounding."""


@dataclass(frozen=True)
class Leak:
    """A column that tells what a target will be."""

    column: str
    target: str
    steps: int
    """How many rows ahead."""
    correlation: float
    """What is left of both once the target's own past is taken out, from -1 to 1."""

    def __str__(self) -> str:
        rows = "in the next row" if self.steps == 1 else f"{self.steps} rows later"
        return f"column {self.column} tells what {self.target} is {rows} (correlation {self.correlation:+.3f})"


def find_leaks(series: Series, stop: int, horizon: int) -> list[Leak]:
    """The columns that know the future of a target, each once, by its strongest correlation.

    For every target and step ahead, the target is correlated with every column of the present row, after what the
    target's own past tells of both (its last rows, and the one a season earlier) has been taken out by regression.

    Args:
        stop: rows from here on are not looked at.
        horizon: steps ahead that are forecast.
    """
    good = TOO_GOOD if series.returns == "none" else TOO_GOOD_FOR_PRICES
    bound = min(max(good, CHANCE / max(stop, 1) ** 0.5), TOO_GOOD)
    worst: dict[str, Leak] = {}
    for leak in _correlations(series, stop, min(horizon, FURTHEST)):
        known = worst.get(leak.column)
        if abs(leak.correlation) >= bound and (known is None or abs(leak.correlation) > abs(known.correlation)):
            worst[leak.column] = leak
    return list(worst.values())


def refuse_leaks(series: Series, stop: int, horizon: int) -> None:
    """Stop where a column knows the future.

    Raises:
        DataError: names the columns, and what to type.
    """
    leaks = find_leaks(series, stop, horizon)
    if not leaks:
        return
    found = {leak.column for leak in leaks}
    rest = ",".join(name for name in series.columns if name not in found) or "..."
    raise DataError(
        f"LEAK: {'; '.join(map(str, leaks))}. That is too good to be true: no such column is there when a forecast is "
        f"made. Leave it out: --set data.columns={rest}. If it is known in time, as a plan is, or as the close is "
        "before the next open: --set data.allow_leak=true."
    )


def refuse_overlap(parts: Sequence[SeriesPart]) -> None:
    """Stop where a window sees a row that it forecasts, or forecasts a row that a later part is scored on.

    The windows are made of a series whose every value is the number of its row, and asked what they hold.

    Args:
        parts: training, validation, test.

    Raises:
        DataError: names the rows.
    """
    learned = -1
    for part in parts:
        rows = np.arange(len(part.series), dtype=np.float64)[:, None]
        numbered = replace(part, series=replace(part.series, inputs=rows, truth=rows))
        batch = numbered.windows(np.unique(np.linspace(0, len(part) - 1, N_ASKED).astype(np.int64)))
        seen, forecast = batch.inputs[0].amax(dim=(1, 2)), batch.targets.amin(dim=(1, 2))
        if bool((seen >= forecast).any()) or int(forecast.min()) <= learned:
            raise DataError(
                f"LEAK: row {int(forecast.min()):,} is forecast, and it was seen before. This is a fault of Quatrain; "
                "please report it."
            )
        learned = int(batch.targets.max())


def _correlations(series: Series, stop: int, horizon: int) -> Iterator[Leak]:
    """The strongest step ahead of every column and target."""
    season = next(iter(series.frequency.seasons), 1)
    first = max(N_LAGS, season)
    n = stop - first - horizon
    if n < FEWEST:
        return
    rows, steps = np.arange(first, first + n)[:, None], np.arange(1, horizon + 1)  # (n, 1), (H,)
    for target, place in zip(series.targets, series.places, strict=True):
        y = series.inputs[:stop, place]
        basis = _basis(np.concatenate([np.ones((n, 1)), y[rows - np.arange(N_LAGS + 1)]], axis=1))
        columns, future = _rest(series.inputs[rows[:, 0]], basis), _rest(y[rows + steps], basis)
        earlier = _rest(y[rows + steps - season * -(-steps // season)], basis)  # a season before
        of_columns, of_future = columns.T @ earlier, (earlier * future).sum(axis=0)  # (C, H), (H,)
        left = np.sqrt(np.clip((1 - of_columns**2) * (1 - of_future**2), 0, 1))
        partial = (columns.T @ future - of_columns * of_future) / np.maximum(left, NOTHING)
        partial[left <= NOTHING] = 0.0
        for column, row in zip(series.columns, partial, strict=True):
            best = int(np.abs(row).argmax())
            yield Leak(column, target, best + 1, float(row[best]))


def _basis(columns: Float[np.ndarray, "n some"]) -> Float[np.ndarray, "n some"]:
    """An orthonormal basis of the span."""
    return np.linalg.qr(columns / np.maximum(np.abs(columns).max(axis=0), 1e-300))[0]


def _rest(values: Float[np.ndarray, "n some"], basis: Float[np.ndarray, "n lags"]) -> Float[np.ndarray, "n some"]:
    """Columns of length 1 without what lies in the span of the basis; 0 where no more than rounding is left."""
    centred = values - values.mean(axis=0)
    rest = centred - basis @ (basis.T @ centred)
    size = np.linalg.norm(rest, axis=0)
    is_left = size > NOTHING * np.linalg.norm(centred, axis=0)
    return np.where(is_left, rest / np.maximum(size, 1e-300), 0.0)
