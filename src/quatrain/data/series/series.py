"""A table as it is modelled: values or returns, every input known, targets only where they were observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from quatrain.data.cells import Times
from quatrain.data.config import SeriesConfig
from quatrain.data.series.frequency import Frequency, find_frequency
from quatrain.data.series.reading import Table
from quatrain.errors import DataError

__all__ = ["Returns", "Series", "series_of"]

Returns = Literal["none", "log", "diff"]
PRICES = ("adjclose", "adjustedclose", "close", "closingprice", "price")
"""Columns of prices, the best target first; written without spaces, hyphens and capitals."""


@dataclass(frozen=True)
class Series:
    """What is read and what is forecast, a row a moment."""

    times: Times
    frequency: Frequency
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    """Those of the columns that are forecast."""
    returns: Returns
    """What was made of the values of the targets."""
    inputs: Float[np.ndarray, "n columns"]
    """As they are modelled; a missing number is the last one before it."""
    truth: Float[np.ndarray, "n targets"]
    """As they are modelled; NaN where a number is missing, which is never scored."""
    levels: Float[np.ndarray, "n targets"]
    """The values themselves, from which returns were made."""

    def __len__(self) -> int:
        return len(self.inputs)

    @property
    def places(self) -> list[int]:
        """Where the targets stand among the columns."""
        return [self.columns.index(name) for name in self.targets]


def series_of(table: Table, config: SeriesConfig, *, is_trained: bool = False) -> tuple[Series, list[str]]:
    """What is modelled of a table, and what was found out or left out, in sentences.

    Args:
        is_trained: whether a trained model reads it, so that no column may be left out, or modelled in another way.

    Raises:
        DataError: a number is missing and `missing` is refuse; or log returns of a value that is not above 0, or a
            price that is not.
    """
    columns = tuple(table.values)
    values = np.stack([table.values[name] for name in columns], axis=1)
    targets, returns, notes = _what_is_forecast(table, config)
    places = [columns.index(name) for name in targets]
    filled, first, told = _filled(table, values, config, is_trained)
    notes += told
    raw, filled = values[first:], filled[first:]
    modelled, truth = filled, raw[:, places]
    if returns != "none":
        able = np.asarray((filled > 0).all(axis=0) | (returns == "diff"))
        _refuse_log(table, targets, able[places], filled[:, places], is_trained)
        notes += _about_returns(columns, able, returns)
        modelled = np.where(able, _returns(filled, returns, able), filled[1:])
        truth = _returns(raw[:, places], returns, np.ones(len(places), bool))
        first += 1
    times, levels = table.times[first:], filled[-len(modelled) :, places]
    series = Series(times, find_frequency(table.times), columns, targets, returns, modelled, truth, levels)
    return series, [*notes, *_about_gaps(series)]


def _what_is_forecast(table: Table, config: SeriesConfig) -> tuple[tuple[str, ...], Returns, list[str]]:
    prices = [name for known in PRICES for name in table.values if _plain(name) == known]
    targets = config.targets
    if targets is None:
        targets = (prices[0],) if prices else tuple(table.values)
    priced = [name for name in targets if name in prices]
    if config.returns != "auto" or not priced:
        return targets, "none" if config.returns == "auto" else config.returns, []
    for name in priced:
        _refuse_no_price(table, name)
    if not all(np.nanmin(table.values[name], initial=np.inf) > 0 for name in targets):
        return targets, "none", []
    said = (
        f"Column {priced[0]} looks like a price, so its log returns are modelled, from row to row. If it is none: "
        "--set data.returns=none."
    )
    return targets, "log", [said]


def _refuse_no_price(table: Table, name: str) -> None:
    wrong = np.flatnonzero(table.values[name] <= 0)
    if not len(wrong):
        return
    row = int(wrong[0])
    raise DataError(
        f"{table.source}, line {table.lines[row]}: {name} looks like a price and is {table.values[name][row]:g} "
        f"({table.times.written(row)}), and only values above 0 have log returns; in all: {len(wrong):,}. Mend it, or "
        "leave the cell empty and type --set data.missing=last. If a price may be so, as that of power, or "
        f"{name} is none: --set data.returns=diff, or none."
    )


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalpha())


def _filled(
    table: Table, values: np.ndarray, config: SeriesConfig, is_trained: bool
) -> tuple[np.ndarray, int, list[str]]:
    """Every gap filled from its past, the first row in which no column waits for its first number, and sentences."""
    is_missing = np.isnan(values)
    if not is_missing.any():
        return values, 0, []
    names = [*table.values]
    row, column = (int(place) for place in np.argwhere(is_missing)[0])
    counts = ", ".join(f"{name} {n:,}" for name, n in zip(names, is_missing.sum(axis=0), strict=True) if n)
    leave = "" if is_trained else " leave the column out with --set data.columns=...,"
    if config.missing == "refuse":
        raise DataError(
            f"{table.source}, line {table.lines[row]}: a number is missing in column {names[column]} "
            f"({table.times.written(row)}); in all: {counts}. Mend it,{leave} or let the last number before "
            "it stand for it: --set data.missing=last."
        )
    last = np.maximum.accumulate(np.where(is_missing, -1, np.arange(len(values))[:, None]), axis=0)  # (N, C)
    filled = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    first = int((last >= 0).all(axis=1).argmax())
    if (last[-1] < 0).any():
        empty = names[int((last[-1] < 0).argmax())]
        advice = "The model reads it: fill it." if is_trained else "Leave it out with --set data.columns=..."
        raise DataError(f"{table.source}: column {empty} holds no number. {advice}")
    notes = [f"Missing numbers ({counts}) are read as the last ones before them, and are never scored."]
    if first:
        notes.append(f"The first {first:,} rows are left out: a column has no number yet.")
    return filled, first, notes


def _refuse_log(table: Table, targets: tuple[str, ...], able: np.ndarray, values: np.ndarray, is_trained: bool) -> None:
    if able.all():
        return
    column = int((~able).argmax())
    row = int((values[:, column] <= 0).argmax())
    place = len(table) - len(values) + row
    advice = "The model was trained on these: mend it." if is_trained else "Take --set data.returns=diff, or none."
    raise DataError(
        f"{table.source}, line {table.lines[place]}: {targets[column]} is {values[row, column]:g}, and only values "
        f"above 0 have log returns. {advice}"
    )


def _returns(values: np.ndarray, returns: Returns, able: np.ndarray) -> np.ndarray:
    """(N - 1, C): from row to row; of columns that cannot, NaN."""
    if returns == "diff":
        return np.diff(values, axis=0)
    return np.diff(np.log(np.where(able, values, np.nan)), axis=0)


def _about_returns(columns: tuple[str, ...], able: np.ndarray, returns: Returns) -> list[str]:
    others = [name for name, is_able in zip(columns, able, strict=True) if not is_able]
    if returns == "log" and others:
        return [f"Read as they are, for they have values that are not above 0: {', '.join(others)}."]
    return []


def _about_gaps(series: Series) -> list[str]:
    found = series.frequency
    if found.kind == "irregular":
        return [f"The time stamps are irregular (about {found.name.split('about ')[-1]}): rows are counted, not time."]
    if found.n_gaps:
        return [
            f"Rows are left out in {found.n_gaps:,} places, the most after {found.longest_gap}: windows run across "
            "them row by row."
        ]
    return []
