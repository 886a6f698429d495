"""Time that is counted: in seconds (or thousandths and so on) since 1970, and in days as Excel counts them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import numpy as np
from jaxtyping import Float

from quatrain.data.cells.times import COMPACT, TIME_NAMES, Spelling, Stamp, Style

__all__ = ["days_of_excel", "since_1970"]

SINCE = re.compile(r"(?P<whole>\d{1,18})(?:\.\d+)?")
"""Time since 1970, if with decimals."""
BEFORE_1970 = 25_569
"""Days from where Excel starts to count."""
UNITS = {1: "seconds", 1000: "milliseconds", 1_000_000: "microseconds", 1_000_000_000: "nanoseconds"}
SINCE_1973, UNTIL_2100 = 100_000_000, 4_102_444_800
"""Seconds since 1970 that may be meant as such."""
COUNTED_NAMES = ("date", "datum", "datetime", "date_time", "date time", "date/time", "fecha")
"""Usual names of columns in which numbers from Excel are days."""
EXCEL_DAY = re.compile(r"(?P<day>[2-5]\d{4})(?:[.,](?P<part>\d+))?")
"""Days as Excel counts them, from 1954 to 2064, and perhaps a part of one."""
EXCEL_UNITS = (3600, 900, 300, 60)
"""Seconds of which the times of day in a column may all be multiples."""
MOST = 0.5
"""Share of cells that are counted in a column of such."""
NOISE = 0.01
"""Seconds by which what Excel computes is wrong at most."""


def since_1970(cells: Sequence[str], name: str) -> Spelling | None:
    """Whole numbers in a column that is called as time is, if they count time since 1970; None where they seem to be
    numbers of rows.

    Example:
        >>> since_1970(["1700000000"], "time").parse("1700000000"), since_1970(["17"], "time")
        ((1700000000, 'second'), None)
    """
    if name.strip().lower() not in TIME_NAMES:
        return None
    found = {cell: match["whole"] for cell in cells if (match := SINCE.fullmatch(cell))}
    whole = {*found.values()}
    n_read = sum(cell in found for cell in cells)
    if n_read <= MOST * len(cells) or len(whole) < len(found) or all(map(COMPACT.fullmatch, whole)):
        return None
    numbers = [int(number) for number in whole]
    for per_second, unit in UNITS.items():
        seconds = [number // per_second for number in numbers]
        if min(seconds) >= SINCE_1973 and max(seconds) < UNTIL_2100 and len({*seconds}) == len({*numbers}):
            note = f"Whole numbers in {name} are read as {unit} since 1970."
            exact = partial(_exactly_since_1970, per_second=per_second)
            return Spelling(partial(_since_1970, per_second=per_second), n_read, note, exact=exact)
    return None


def _since_1970(text: str, per_second: int) -> Stamp | None:
    found = SINCE.fullmatch(text.strip())
    return (int(found["whole"]) // per_second, "second") if found else None


def _exactly_since_1970(text: str, per_second: int) -> float | None:
    return float(text) / per_second if SINCE.fullmatch(text.strip()) else None


def days_of_excel(cells: Sequence[str], name: str) -> Spelling | None:
    """Days as Excel counts them, in a column that is called date, with times of day as parts of one; None where most
    cells are something else.

    Times are rounded to whole hours, quarters, five minutes or minutes where all are as near to those as their digits
    tell, else to seconds.

    Example:
        >>> days_of_excel(["44562.479166666664"], "date").parse("44562.479166666664")
        (1641036600, 'minute')
    """
    if name.strip().lower() not in COUNTED_NAMES:
        return None
    found = [match for cell in cells if (match := EXCEL_DAY.fullmatch(cell))]
    if len(found) <= MOST * len(cells):
        return None
    seconds = np.array([_seconds_of_excel(match) for match in found])
    slack = 86_400 / 2 / 10 ** max(len(match["part"] or "0") for match in found) + NOISE
    is_whole = all(not (match["part"] or "").strip("0") for match in found)
    near = (unit for unit in EXCEL_UNITS if _distance(seconds, unit).max() <= (slack if slack < unit / 2 else NOISE))
    unit = 86_400 if is_whole else next(near, 1)
    style: Style = "day" if is_whole else "minute" if unit >= 60 else "second"
    what = "Whole numbers in {} are read as days" if is_whole else "Numbers in {} are read as days and times"
    note = f"{what.format(name)} as Excel counts them."
    is_finer = unit == 1 and bool((_distance(seconds, 1) > slack).any())
    exact = _exactly_in_excel if is_finer else None
    return Spelling(partial(_excel_moment, unit=unit, style=style), len(found), note, exact=exact)


def _excel_moment(text: str, unit: int, style: Style) -> Stamp | None:
    found = EXCEL_DAY.fullmatch(text.strip())
    return (round(_seconds_of_excel(found) / unit) * unit, style) if found else None


def _exactly_in_excel(text: str) -> float | None:
    """To a thousandth of a second."""
    found = EXCEL_DAY.fullmatch(text.strip())
    return round(_seconds_of_excel(found), 3) if found else None


def _distance(seconds: Float[np.ndarray, " n"], unit: int) -> Float[np.ndarray, " n"]:
    """To the next multiple of a unit."""
    return np.abs(seconds - np.round(seconds / unit) * unit)


def _seconds_of_excel(found: re.Match[str]) -> float:
    """Since 1970."""
    return (int(found["day"]) - BEFORE_1970) * 86_400 + float(f"0.{found['part'] or 0}") * 86_400
