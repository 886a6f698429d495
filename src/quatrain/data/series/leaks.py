"""Columns that tell what a target will be: a score that they make too good to be true is not worth having."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

import numpy as np

from quatrain.data.series.foretelling import Foretold, by_change, by_value, together
from quatrain.data.series.part import SeriesPart
from quatrain.data.series.series import Series
from quatrain.errors import DataError

__all__ = ["find_leaks", "refuse_leaks", "refuse_overlap"]

TOO_GOOD, TOO_GOOD_FOR_PRICES = 0.95, 0.5
"""Correlation from which on a column knows the future; for returns, which nothing public foretells, far less."""
CHANCE = 7.0
"""Correlations below so many times 1 / sqrt(rows) may be chance, however many columns and steps are looked at."""
SAME = 1e-6
"""Correlations so near are the same."""
FURTHEST = 400
"""Steps ahead that are looked at."""
N_ASKED = 50
"""Windows of each part that are asked which rows they hold."""


def find_leaks(series: Series, stop: int, horizon: int) -> list[Foretold]:
    """The columns that know the future of a target, each once, by its strongest correlation.

    Each column and its change are looked at alone first, then all the others together.

    Args:
        stop: rows from here on are not looked at.
        horizon: steps ahead that are forecast.
    """
    good = TOO_GOOD if series.returns == "none" else TOO_GOOD_FOR_PRICES
    bound = min(max(good, CHANCE / max(stop, 1) ** 0.5), TOO_GOOD)
    horizon = min(horizon, FURTHEST)
    alone = chain(by_value(series, stop, horizon), by_change(series, stop, horizon, bound))
    worst = _worst(alone, bound)
    found = frozenset(name for names in worst for name in names)
    return [*worst.values(), *_worst(together(series, stop, horizon, found), bound).values()]


def _worst(found: Iterable[Foretold], bound: float) -> dict[tuple[str, ...], Foretold]:
    """By columns, the strongest from a bound on; a value before a change that tells no more."""
    worst: dict[tuple[str, ...], Foretold] = {}
    for one in found:
        known = worst.get(one.columns)
        size = abs(one.correlation)
        if size >= bound and (known is None or size > abs(known.correlation) + SAME):
            worst[one.columns] = one
    return worst


def refuse_leaks(series: Series, stop: int, horizon: int) -> None:
    """Stop where a column knows the future.

    Raises:
        DataError: names the columns, and what to type.
    """
    leaks = find_leaks(series, stop, horizon)
    if not leaks:
        return
    found = {name for leak in leaks for name in leak.columns}
    rest = ",".join(name for name in series.columns if name not in found) or "..."
    it, it_is = ("it", "it is") if len(found) == 1 else ("them", "they are")
    raise DataError(
        f"LEAK: {'; '.join(map(str, leaks))}. That is too good to be true: no such column is there when a forecast is "
        f"made. Leave {it} out: --set data.columns={rest}. If {it_is} known in time, as a plan is, or as the close "
        "is before the next open: --set data.allow_leak=true."
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
