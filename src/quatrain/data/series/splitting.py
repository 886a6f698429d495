"""A series in parts by time, and what to type where it is too short for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quatrain.data.config import SeriesConfig
from quatrain.data.series.part import SeriesPart
from quatrain.data.series.series import Series
from quatrain.errors import DataError

__all__ = ["bounds_of", "lengths_of", "parts_of", "refuse_short"]

SEASONS_SEEN = 14
"""Seasons that a forecast sees, where nothing else is asked for and the series is long enough."""
SEEN = 64
"""Rows that a forecast sees of a series without a season, and of returns."""
MOST_ASKED = 100_000
"""Rows up to which it is found out how many are needed."""
Bounds = Mapping[str, tuple[int, int]]
"""First row and end of each part, in the order of time."""


def lengths_of(n: int, series: Series, config: SeriesConfig) -> tuple[int, int]:
    """Rows of the past and rows ahead, of so many rows like those of a series."""
    season = 1 if series.returns != "none" else next(iter(series.frequency.seasons), 1)
    fewest = min(config.val_rows or round(n * config.val_fraction), config.test_rows or round(n * config.test_fraction))
    horizon = config.horizon or max(min(season, fewest // 2), 1)
    longest = max(n // 8, 1)
    usual = SEEN if season == 1 else max(SEASONS_SEEN * season, 2 * horizon)
    return config.input_len or min(usual, longest), horizon


def bounds_of(series: Series, config: SeriesConfig, asked: SeriesConfig) -> Bounds:
    """Of the training, validation and test part.

    Args:
        config: with everything that was found out.
        asked: what was left open is open.
    Raises:
        DataError: there are too few rows.
    """
    n = len(series)
    sizes = _sizes(n, config)
    if not _can_be(sizes, n):
        is_fixed = any((config.train_rows, config.val_rows, config.test_rows))
        fewer = "Give fewer: data.train_rows, data.val_rows, data.test_rows."
        raise DataError(
            f"{config.path}: {n:,} rows cannot be split into {sizes[0]:,} for training, {sizes[1]:,} for validation "
            f"and {sizes[2]:,} for the test. {fewer if is_fixed else _more(series, asked)}"
        )
    return _bounds(sizes)


def parts_of(series: Series, config: SeriesConfig, bounds: Bounds) -> list[SeriesPart]:
    """Training, validation and test.

    Args:
        config: has both lengths of a window.
    """
    assert config.input_len is not None
    assert config.horizon is not None
    ends = bounds["training"][1], bounds["validation"][1]
    return [SeriesPart(series, start, stop, config.input_len, config.horizon, ends) for start, stop in bounds.values()]


def refuse_short(parts: Sequence[SeriesPart], bounds: Bounds, config: SeriesConfig, asked: SeriesConfig) -> None:
    """Stop where a part has no window.

    Args:
        config: with everything that was found out.
        asked: what was left open is open.
    Raises:
        DataError: says what would fit, or how many rows are needed.
    """
    for (name, (start, stop)), part in zip(bounds.items(), parts, strict=True):
        if len(part):
            continue
        needed = _needed(part.input_len, part.horizon, start)
        if part.horizon >= len(part.series):
            what = f"a horizon of {part.horizon:,} rows is longer than the series of {len(part.series):,}"
        elif stop - start < needed:
            what = f"the {name} part has {stop - start:,} rows, and one window takes {needed:,}"
        else:
            what = f"the {name} part has no window with an observed target"
        raise DataError(f"{config.path}: {what}. {_advice(part.series, config, asked)}")


def _sizes(n: int, config: SeriesConfig) -> tuple[int, int, int]:
    """Rows of the training, validation and test part."""
    test = config.test_rows or (0 if config.train_rows and config.val_rows else round(n * config.test_fraction))
    val = config.val_rows or round(n * config.val_fraction)
    train = config.train_rows or n - (val + test)
    return train, val, test or n - (train + val)


def _can_be(sizes: tuple[int, int, int], n: int) -> bool:
    """Whether so many rows can be split so."""
    return sum(sizes) <= n and sizes[0] >= 1 and sizes[2] >= 1


def _bounds(sizes: tuple[int, int, int]) -> Bounds:
    train, val, test = sizes
    return {"training": (0, train), "validation": (train, train + val), "test": (train + val, train + val + test)}


def _needed(input_len: int, horizon: int, start: int) -> int:
    """Rows of a part from some row on that one window takes."""
    return horizon + (input_len if start < input_len else 0)


def _advice(series: Series, config: SeriesConfig, asked: SeriesConfig) -> str:
    """What can be typed so that every part has a window; how many rows it takes where nothing can."""
    lengths = [(config.input_len or 1, config.horizon or 1)]
    while lengths[-1] != (1, 1):
        lengths.append((lengths[-1][0] // 4 or 1, lengths[-1][1] // 4 or 1))
    ways = [
        f"a shorter past or a nearer future (--set data.input_len={past} --set data.horizon={ahead})"
        for past, ahead in lengths[1:]
        if _is_enough(series, config.replace(input_len=past, horizon=ahead))
    ][:1]
    other = asked.replace(val_fraction=0.2)
    past, ahead = lengths_of(len(series), series, other)
    if config.val_rows is None and _is_enough(series, other.replace(input_len=past, horizon=ahead)):
        ways.append("another split (--set data.val_fraction=0.2)")
    return f"Take {', or '.join(ways)}." if ways else _more(series, asked)


def _is_enough(series: Series, config: SeriesConfig) -> bool:
    """Whether every part has a window."""
    sizes = _sizes(len(series), config)
    return _can_be(sizes, len(series)) and all(map(len, parts_of(series, config, _bounds(sizes))))


def _more(series: Series, asked: SeriesConfig) -> str:
    """How many rows like these it takes."""
    for n in range(1, MOST_ASKED):
        sizes, (past, ahead) = _sizes(n, asked), lengths_of(n, series, asked)
        bounds = _bounds(sizes).values()
        if _can_be(sizes, n) and all(stop - start >= _needed(past, ahead, start) for start, stop in bounds):
            return f"Give more rows: at least {n + (series.returns != 'none'):,} are needed."
    return "Give more rows, or another split."
