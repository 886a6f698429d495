"""How a column of time stamps is spelt, decided over the column as a whole: 01/31/2022, 31.1.22, Jan 2000, 1950 Q1."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import get_args

import numpy as np

from quatrain.data.cells.counted import days_of_excel, since_1970
from quatrain.data.cells.times import (
    EPOCH,
    TIME_NAMES,
    TIME_OF_DAY,
    ZONE,
    DateOrder,
    Spelling,
    Stamp,
    parse_stamp,
    stamp_of,
)

__all__ = ["is_stamp", "month_of", "spelling_of", "time_of_day"]

IN_WORDS: dict[DateOrder, str] = {
    "dmy": "day, month and year",
    "mdy": "month, day and year",
    "ymd": "year, month and day",
}

MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
GERMAN_NAMES = {"mär": 3, "mrz": 3, "mai": 5, "okt": 10, "dez": 12}
"""How German months start where English ones do not."""
MONTHS = {name: number for number, name in enumerate(MONTH_NAMES, start=1)} | GERMAN_NAMES
MONTH = rf"(?P<name>{'|'.join(MONTHS)})[a-zä]*\.?"
WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +)?"
YEAR = r"(?P<year>\d{4}|\d{2})"
AFTER_DATE = rf"(?:,?[T ]+{TIME_OF_DAY})?\s*{ZONE}?"
NUMBERS = re.compile(rf"(?P<left>\d{{1,2}})(?P<mark>[-/.])(?P<right>\d{{1,2}})(?P=mark){YEAR}{AFTER_DATE}", re.I)
NAMED = tuple(
    re.compile(WEEKDAY + pattern + AFTER_DATE, re.I)
    for pattern in (
        rf"(?P<day>\d{{1,2}})[-/. ]+{MONTH}[-/., ]+{YEAR}",
        rf"{MONTH}[ -](?P<day>\d{{1,2}}),? +(?P<year>\d{{4}})",
        rf"{MONTH}[-/., ]*{YEAR}",
        rf"(?P<year>\d{{4}})[-/. ]{MONTH}(?:[-/. ](?P<day>\d{{1,2}}))?",
    )
)
PERIODS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?P<year>\d{4})[-/ ]?Q(?P<quarter>[1-4])",
        r"Q(?P<quarter>[1-4])[-/ ]?(?P<year>\d{4})",
        r"(?P<quarter>[1-4])Q[-/ ]?(?P<year>\d{4}|\d{2})",
        r"(?P<year>\d{4})[-/ ]?M(?P<month>0?[1-9]|1[0-2])",
        r"(?P<year>\d{4})[-/ ]?W(?P<week>\d{1,2})(?:-(?P<weekday>[1-7]))?",
    )
)
"""Quarters, months and ISO weeks: 1950 Q1, Q1 1950, 1Q50, 1950M01, 1950-W01, 1950-W01-7."""
CLOCK = re.compile(r"\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?(?:\s*[ap]\.?m\.?)?", re.I)
HOUR = re.compile(r"0?(?P<hour>\d|1\d|2[0-4])(?:\.0+)?")
YEAR_AND_MONTH = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])")
"""202601 for January 2026."""
COUNTERS = ("index", "step", "t")
"""Usual names of columns of time stamps in which 202601 is a number like any other."""
MONTHLY_NAMES = ("yyyymm", "yearmonth", "year_month", "ym")
"""Names that say that it is a month."""
REGULAR, NEAR, LONGEST = 0.7, 0.15, 10
"""Steps of a regular series that are as long as their median, as a share; how near to it, as a share; and the longest
step, in medians."""


def spelling_of(cells: Sequence[str], name: str, order: DateOrder | None = None) -> Spelling:
    """The spelling that reads the most cells of a column.

    Args:
        name: of the column; what whole numbers mean depends on it.
        order: of the numbers of a date; None: the one that fits the most cells, such as by a number above 12 anywhere
            in the column; among several, the one that makes a regular series.

    Example:
        >>> spelling_of(["01/12/2022", "01/13/2022"], "date").parse("02/01/2022")
        (1643673600, 'day')
    """
    cells = [cell.strip() for cell in cells]
    if counted := since_1970(cells, name) or days_of_excel(cells, name):
        return counted
    if _are_months(cells, name):
        return Spelling(_year_and_month, len(cells), f"Numbers such as {cells[0]} in {name} are read as months.")
    plain = Spelling(parse_stamp, _n_read(parse_stamp, cells))
    if plain.n_read == len(cells):
        return plain
    others = [Spelling(parse, _n_read(parse, cells)) for parse in (_named, _period)]
    return max((plain, _numbers(cells, order), *others), key=lambda spelling: spelling.n_read)


def is_stamp(text: str) -> bool:
    """Whether a text is a time stamp in any spelling, or a whole number.

    Example:
        >>> is_stamp("31/01/2022"), is_stamp("Jan 2000"), is_stamp("a fine day")
        (True, True, False)
    """
    text = text.strip()
    plain = (parse_stamp, _named, _period)
    return any(parse(text) for parse in plain) or any(_three_numbers(text, order) for order in get_args(DateOrder))


def time_of_day(text: str, *, is_hour: bool = False) -> str | None:
    """A time of day as it stands behind a date: 9.30 is 09:30; None where it is none.

    Args:
        is_hour: whether a number alone is an hour.

    Example:
        >>> time_of_day("18.00.00"), time_of_day("9:05 PM"), time_of_day("07", is_hour=True), time_of_day("soon")
        ('18:00:00', '9:05 PM', '7:00', None)
    """
    text = text.strip()
    if is_hour and (found := HOUR.fullmatch(text)):
        return f"{found['hour']}:00"
    return text.replace(".", ":", 2) if CLOCK.fullmatch(text) else None


def month_of(text: str) -> int | None:
    """A month by its number, or by its English or German name; None where it is none.

    Example:
        >>> month_of("03"), month_of("3.0"), month_of("März"), month_of("Sept."), month_of("13")
        (3, 3, 3, 9, None)
    """
    text = text.strip()
    if found := re.fullmatch(r"0?([1-9]|1[0-2])(?:\.0+)?", text):
        return int(found[1])
    named = re.fullmatch(MONTH, text, re.I)
    return MONTHS[named["name"].lower()] if named else None


def _n_read(parse: Callable[[str], Stamp | None], cells: Sequence[str]) -> int:
    return sum(parse(cell) is not None for cell in cells)


def _are_months(cells: Sequence[str], name: str) -> bool:
    """Whether six digits are a year and a month in every cell of a column that is named as time is."""
    called = name.strip().lower()
    is_called_so = called in MONTHLY_NAMES or (called in TIME_NAMES and called not in COUNTERS)
    return is_called_so and bool(cells) and all(YEAR_AND_MONTH.fullmatch(cell) for cell in cells)


def _year_and_month(text: str) -> Stamp | None:
    text = text.strip()
    return parse_stamp(f"{text[:4]}-{text[4:]}") if YEAR_AND_MONTH.fullmatch(text) else None


def _numbers(cells: Sequence[str], order: DateOrder | None) -> Spelling:
    """Day, month and year in numbers; with points between them the day stands first wherever it can."""
    found = [match for cell in cells if (match := NUMBERS.fullmatch(cell))]
    has_points = all(match["mark"] == "." for match in found)
    chosen = order or _order_of(found, cells, has_points=has_points)
    used = chosen or "dmy"
    parse = partial(_three_numbers, order=used)
    note = "" if has_points and used == "dmy" else f"Dates are read as {IN_WORDS[used]}."
    return Spelling(parse, _n_read(parse, cells), note, used, is_undecided=bool(found) and chosen is None)


def _order_of(found: Sequence[re.Match[str]], cells: Sequence[str], *, has_points: bool) -> DateOrder | None:
    """The order that fits the most dates; None where several do, and not just one makes a regular series.

    Where several are regular, the year is the one of the first and the last number that changes less often.
    """
    fits = {order: sum(_fits(match, order) for match in found) for order in get_args(DateOrder)}
    able: list[DateOrder] = [order for order, n_fitting in fits.items() if n_fitting == max(fits.values())]
    if len(able) > 1 and has_points and "dmy" in able:
        return "dmy"
    if len(able) > 1:
        able = [order for order in able if _is_regular(cells, order)] or able
    if len(able) > 1 and "ymd" in able:
        n_first, n_last = _n_changes(found, "left"), _n_changes(found, "year")
        if n_first < n_last:
            return "ymd" if _is_regular(cells, "ymd") else None
        able = [order for order in able if order != "ymd" or n_first == n_last]
    return able[0] if len(able) == 1 else None


def _fits(found: re.Match[str], order: DateOrder) -> bool:
    """Whether the numbers of a date could be day and month, and its year has two digits where it stands first."""
    year, month, day = _placed(found, order)
    has_year = order != "ymd" or (len(year) == 2 and len(day) == 2)
    return has_year and 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _placed(found: re.Match[str], order: DateOrder) -> tuple[str, str, str]:
    """Year, month and day of a date of three numbers."""
    left, right, last = found["left"], found["right"], found["year"]
    return {"dmy": (last, right, left), "mdy": (last, left, right), "ymd": (left, right, last)}[order]


def _n_changes(found: Sequence[re.Match[str]], number: str) -> int:
    return sum(one[number] != other[number] for one, other in pairwise(found))


def _is_regular(cells: Sequence[str], order: DateOrder) -> bool:
    """Whether the dates of a column are in order, and most of their steps equally long."""
    stamps = [stamp[0] for cell in cells if (stamp := _three_numbers(cell, order))]
    steps = np.diff(stamps)
    steps = np.abs(steps[steps != 0]) if (steps >= 0).all() or (steps <= 0).all() else steps[:0]
    if len(steps) < 2:
        return False
    median = float(np.median(steps))
    return bool((np.abs(steps - median) <= NEAR * median).mean() >= REGULAR and steps.max() <= LONGEST * median)


def _three_numbers(text: str, order: DateOrder) -> Stamp | None:
    found = NUMBERS.fullmatch(text.strip())
    if not found or not _fits(found, order):
        return None
    year, month, day = _placed(found, order)
    return stamp_of(found, year=_year(year), month=int(month), day=int(day))


def _named(text: str) -> Stamp | None:
    """A month by its English or German name, if with the day of the week."""
    found = next((match for pattern in NAMED if (match := pattern.fullmatch(text.strip()))), None)
    if not found:
        return None
    day = found.groupdict().get("day")
    month = MONTHS[found["name"].lower()]
    return stamp_of(found, year=_year(found["year"]), month=month, day=int(day) if day else None)


def _period(text: str) -> Stamp | None:
    """A quarter as its first month, a month, or an ISO week as its first day."""
    found = next((match for pattern in PERIODS if (match := pattern.fullmatch(text.strip()))), None)
    if not found:
        return None
    year, parts = _year(found["year"]), found.groupdict()
    if parts.get("week"):
        return _week(year, int(parts["week"]), int(parts["weekday"] or 1))
    month = 3 * int(parts["quarter"]) - 2 if parts.get("quarter") else int(parts["month"])
    return _seconds(dt.datetime(year, month, 1, tzinfo=dt.UTC)), "month"


def _week(year: int, week: int, weekday: int) -> Stamp | None:
    """A day of an ISO week; None where the year has no such week."""
    try:
        day = dt.date.fromisocalendar(year, week, weekday)
    except ValueError:
        return None
    return _seconds(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)), "day"


def _seconds(moment: dt.datetime) -> int:
    return int((moment - EPOCH).total_seconds())


def _year(text: str) -> int:
    """In full: 69 to 99 are of the last century, as POSIX has it."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 69 else 2000)
