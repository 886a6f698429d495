"""How a column of time stamps is spelt, decided over the column as a whole: 01/31/2022, 31.1.22, Jan 2000, 1950 Q1."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from quatrain.data.series.times import (
    COMPACT,
    EPOCH,
    INTEGER,
    TIME_NAMES,
    TIME_OF_DAY,
    ZONE,
    Stamp,
    parse_stamp,
    stamp_of,
)

__all__ = ["DateOrder", "Spelling", "is_stamp", "spelling_of", "time_of_day"]

DateOrder = Literal["dmy", "mdy"]
"""Which of two numbers is the day: the first one, or the second one."""

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = rf"(?P<name>{'|'.join(MONTH_NAMES)})[a-z]*\.?"
YEAR = r"(?P<year>\d{4}|\d{2})"
AFTER_DATE = rf"(?:,?[T ]+{TIME_OF_DAY})?\s*{ZONE}?"
NUMBERS = re.compile(rf"(?P<left>\d{{1,2}})(?P<mark>[-/.])(?P<right>\d{{1,2}})(?P=mark){YEAR}{AFTER_DATE}", re.I)
NAMED = tuple(
    re.compile(pattern + AFTER_DATE, re.I)
    for pattern in (
        rf"(?P<day>\d{{1,2}})[-/. ]+{MONTH}[-/., ]+{YEAR}",
        rf"{MONTH}[ -](?P<day>\d{{1,2}}),? +(?P<year>\d{{4}})",
        rf"{MONTH}[-/., ]*{YEAR}",
        rf"(?P<year>\d{{4}})[-/. ]{MONTH}(?:[-/. ](?P<day>\d{{1,2}}))?",
    )
)
QUARTER = re.compile(
    r"(?P<year>\d{4})[-/ ]?Q(?P<quarter>[1-4])|Q(?P<quarter_first>[1-4])[-/ ]?(?P<year_last>\d{4})", re.I
)
CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?m\.?)?", re.I)
HOUR = re.compile(r"\d|1\d|2[0-3]")
COUNTED_NAMES = ("date", "datum", "datetime", "date_time", "fecha")
"""Usual names of columns in which whole numbers from Excel are days."""
EXCEL = range(20_000, 60_000)
"""Days as Excel counts them, from 1954 to 2064."""
BEFORE_1970 = 25_569
"""Days from where Excel starts to count."""
UNITS = {1: "seconds", 1000: "milliseconds", 1_000_000: "microseconds", 1_000_000_000: "nanoseconds"}
SINCE_1973, UNTIL_2100 = 100_000_000, 4_102_444_800
"""Seconds since 1970 that may be meant as such."""
DECIDES = 12
"""The most that a month can be."""


@dataclass(frozen=True)
class Spelling:
    """How the stamps of a column are to be read."""

    parse: Callable[[str], Stamp | None]
    n_read: int
    """Of the cells it was chosen by."""
    note: str = ""
    """What was found out, in a sentence."""
    order: DateOrder | None = None
    """Of dates of three numbers."""
    is_undecided: bool = False
    """Whether the day could as well be the month, in every cell."""


def spelling_of(cells: Sequence[str], name: str, order: DateOrder | None = None) -> Spelling:
    """The spelling that reads the most cells of a column.

    Args:
        name: of the column; what whole numbers mean depends on it.
        order: which number of a date is the day; None: whatever a number above 12 says, anywhere in the column.

    Example:
        >>> spelling_of(["01/12/2022", "01/13/2022"], "date").parse("02/01/2022")
        (1643673600, 'day')
    """
    cells = [cell.strip() for cell in cells]
    if all(INTEGER.fullmatch(cell) for cell in cells) and (counted := _counted([int(cell) for cell in cells], name)):
        return counted
    plain = Spelling(parse_stamp, _n_read(parse_stamp, cells))
    if plain.n_read == len(cells):
        return plain
    others = [Spelling(parse, _n_read(parse, cells)) for parse in (_named, _quarter)]
    return max((plain, _numbers(cells, order), *others), key=lambda spelling: spelling.n_read)


def is_stamp(text: str) -> bool:
    """Whether a text is a time stamp in any spelling, or a whole number.

    Example:
        >>> is_stamp("31/01/2022"), is_stamp("Jan 2000"), is_stamp("a fine day")
        (True, True, False)
    """
    text = text.strip()
    plain = (parse_stamp, _named, _quarter)
    return any(parse(text) for parse in plain) or any(_three_numbers(text, order) for order in ("dmy", "mdy"))


def time_of_day(text: str, *, is_hour: bool = False) -> str | None:
    """A time of day as it stands behind a date: 9.30 is 09:30; None where it is none.

    Args:
        is_hour: whether a number alone is an hour.

    Example:
        >>> time_of_day("18.00.00"), time_of_day("9:05 PM"), time_of_day("7", is_hour=True), time_of_day("soon")
        ('18:00:00', '9:05 PM', '7:00', None)
    """
    text = text.strip()
    if is_hour and HOUR.fullmatch(text):
        return f"{text}:00"
    return text.replace(".", ":", 2) if CLOCK.fullmatch(text) else None


def _n_read(parse: Callable[[str], Stamp | None], cells: Sequence[str]) -> int:
    return sum(parse(cell) is not None for cell in cells)


def _counted(numbers: Sequence[int], name: str) -> Spelling | None:
    """Whole numbers that count time: since 1970, or days as Excel does; None where they seem to be numbers of rows."""
    if (
        not numbers
        or name.strip().lower() not in TIME_NAMES
        or all(COMPACT.fullmatch(str(number)) for number in numbers)
    ):
        return None
    for per_second, unit in UNITS.items():
        seconds = [number // per_second for number in numbers]
        if min(seconds) >= SINCE_1973 and max(seconds) < UNTIL_2100 and len({*seconds}) == len({*numbers}):
            note = f"Whole numbers in {name} are read as {unit} since 1970."
            return Spelling(partial(_since_1970, per_second=per_second), len(numbers), note)
    if name.strip().lower() in COUNTED_NAMES and all(number in EXCEL for number in numbers):
        note = f"Whole numbers in {name} are read as days as Excel counts them."
        return Spelling(_excel_day, len(numbers), note)
    return None


def _since_1970(text: str, per_second: int) -> Stamp | None:
    return (int(text) // per_second, "second") if INTEGER.fullmatch(text.strip()) else None


def _excel_day(text: str) -> Stamp | None:
    return ((int(text) - BEFORE_1970) * 86_400, "day") if INTEGER.fullmatch(text.strip()) else None


def _numbers(cells: Sequence[str], order: DateOrder | None) -> Spelling:
    """Day, month and year in numbers; with points between them the day always stands first."""
    found = [match for cell in cells if (match := NUMBERS.fullmatch(cell))]
    n_days_first = sum(int(match["left"]) > DECIDES for match in found)
    n_days_second = sum(int(match["right"]) > DECIDES for match in found)
    has_points = all(match["mark"] == "." for match in found)
    is_undecided = order is None and n_days_first == n_days_second and not has_points
    order = order or ("mdy" if n_days_second > n_days_first else "dmy")
    parse = partial(_three_numbers, order=order)
    note = "" if has_points else f"Dates are read as {'day, month' if order == 'dmy' else 'month, day'} and year."
    return Spelling(parse, _n_read(parse, cells), note, order, is_undecided)


def _three_numbers(text: str, order: DateOrder) -> Stamp | None:
    found = NUMBERS.fullmatch(text.strip())
    if not found:
        return None
    day, month = (found["left"], found["right"]) if order == "dmy" else (found["right"], found["left"])
    return stamp_of(found, year=_year(found["year"]), month=int(month), day=int(day))


def _named(text: str) -> Stamp | None:
    """A month by its English name."""
    found = next((match for pattern in NAMED if (match := pattern.fullmatch(text.strip()))), None)
    if not found:
        return None
    day = found.groupdict().get("day")
    month = MONTH_NAMES.index(found["name"].lower()) + 1
    return stamp_of(found, year=_year(found["year"]), month=month, day=int(day) if day else None)


def _quarter(text: str) -> Stamp | None:
    """A quarter, as its first month."""
    found = QUARTER.fullmatch(text.strip())
    if not found:
        return None
    year, quarter = found["year"] or found["year_last"], found["quarter"] or found["quarter_first"]
    first = dt.datetime(int(year), 3 * int(quarter) - 2, 1, tzinfo=dt.UTC)
    return int((first - EPOCH).total_seconds()), "month"


def _year(text: str) -> int:
    """In full: 69 to 99 are of the last century, as POSIX has it."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 69 else 2000)
