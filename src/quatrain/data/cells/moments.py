"""Which columns of a table hold its time stamps: one of dates, one of dates and one of times of day, several of years,
months, days and hours, or a count; and the time of each row."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from quatrain.data.cells.spellings import month_of, spelling_of, time_of_day
from quatrain.data.cells.times import TIME_NAMES, DateOrder, Spelling, Stamp, fraction_of
from quatrain.errors import DataError

__all__ = ["MomentColumns", "Moments", "moment_columns", "moments_of"]

HOUR_NAMES = ("hour", "hr", "hours", "stunde", "hora", "heure")
"""What columns are called in which a number alone is an hour."""
CLOCK_NAMES = ("time", "time_of_day", "zeit", "uhrzeit", *HOUR_NAMES)
"""What columns are called that hold the time of day beside a column of dates."""
CALENDAR_NAMES: Mapping[str, tuple[str, ...]] = {
    "year": ("year", "yr", "yyyy", "jahr", "año", "anio", "année", "annee"),
    "month": ("month", "mon", "mo", "mm", "monat", "mes", "mois"),
    "day": ("day", "dd", "day_of_month", "dayofmonth", "mday", "tag", "dia", "día", "jour"),
    "hour": HOUR_NAMES,
    "minute": ("minute", "minutes", "minuto"),
}
"""What columns are called that hold the parts of a date: a year and a month at least."""
RANGES = {"year": range(1000, 3000), "day": range(1, 32), "hour": range(25), "minute": range(60)}
"""The numbers of each part, but of the month, which may have a name."""
MOST = 0.5
"""Share of cells that are stamps in a column of them."""
SAY_WHICH = "Say which: --set data.date_order=dmy, mdy or ymd."
"""What to do about dates that could be read in several ways."""


@dataclass(frozen=True)
class MomentColumns:
    """Where the time stamps of a table stand."""

    date: str
    """The column of dates, or of years."""
    clock: str | None = None
    """The column of the time of day, where that is another one."""
    calendar: Mapping[str, str] | None = None
    """The columns of year, month, day, hour and minute, as far as there are such, where a date stands in several."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that hold no values."""
        if self.calendar is not None:
            return tuple(self.calendar.values())
        return (self.date, self.clock) if self.clock else (self.date,)

    @property
    def called(self) -> str:
        """The columns, in a sentence."""
        return f"columns {', '.join(self.names)}" if self.calendar is not None else f"column {self.date}"

    @property
    def hours(self) -> str | None:
        """The column of hours or times of day, if there is one."""
        return self.clock if self.calendar is None else self.calendar.get("hour")

    def advice(self, cell: str, otherwise: str) -> str:
        """What to do about a cell that is no time stamp.

        Args:
            otherwise: where nothing is known of it.
        """
        if self.hours is not None and cell.endswith(" 24"):
            return f"As hours in {self.hours} start from 0, write 0 and the date of the next day, or take the row out."
        return otherwise

    def cells(self, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is written of the time of each row, that of several columns together."""
        rows = list(rows)
        hours = _hours(rows, self.hours) if self.hours is not None else [None] * len(rows)
        if self.calendar is not None:
            return [_of_calendar(row, self.calendar, hour) for row, hour in zip(rows, hours, strict=True)]
        dates = [str(row.get(self.date)).strip() for row in rows]
        if self.clock is None:
            return dates
        clocks = [hour or str(row.get(self.clock)) for row, hour in zip(rows, hours, strict=True)]
        return [f"{date} {clock}" for date, clock in zip(dates, clocks, strict=True)]


@dataclass(frozen=True)
class Moments:
    """The time of each row of a table."""

    cells: Sequence[str]
    """As it is written, that of several columns together."""
    stamps: Sequence[Stamp | None]
    """None where it could not be read."""
    spelling: Spelling
    notes: tuple[str, ...]
    """What was found out, in sentences."""

    @property
    def is_dated(self) -> bool:
        """Whether most are dates, and no whole numbers."""
        return _are_dated(self.stamps)

    @property
    def seconds(self) -> Float[np.ndarray, " n"]:
        """Since 1970 or whole numbers, with fractions of a second; NaN where there is no time."""
        exact = self.spelling.exact
        found = (
            (None if stamp is None else stamp[0] + fraction_of(cell)) if exact is None else exact(cell)
            for cell, stamp in zip(self.cells, self.stamps, strict=True)
        )
        return np.array([math.nan if each is None else each for each in found], np.float64)

    def refuse_undecided(self, columns: MomentColumns, source: str, advice: str = SAY_WHICH) -> None:
        """Stop where several orders of day, month and year fit.

        Args:
            advice: what to do.
        Raises:
            DataError: they do.
        """
        if self.spelling.is_undecided:
            raise DataError(
                f"{source}: in the dates of {columns.called}, such as {self.cells[0]}, day, month and year cannot be "
                f"told apart: they could stand in several orders. {advice}"
            )


def moments_of(rows: Sequence[Mapping[str, Any]], columns: MomentColumns, order: DateOrder | None = None) -> Moments:
    """The time of each row, spelt in the way that reads the most.

    Args:
        order: of the numbers of a date; None finds it.
    """
    cells = columns.cells(rows)
    spelling = spelling_of(cells, columns.date, order)
    return Moments(cells, [spelling.parse(cell) for cell in cells], spelling, tuple(_notes(columns, cells, spelling)))


def moment_columns(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], wanted: str | None = None
) -> MomentColumns | None:
    """The columns of time stamps of some rows; dates in columns that are called so first. None where there is none.

    Args:
        wanted: the column that is asked for; the one of years, where a date stands in several.
    """
    found = {name: _spelling(rows, name) for name in ([wanted] if wanted is not None else columns)}
    able = [name for name, spelling in found.items() if spelling.n_read > MOST * len(rows)]
    usual = [name for name in able if name.strip().lower() in TIME_NAMES]
    dated = [name for name in able if _are_dated([found[name].parse(str(row.get(name))) for row in rows])]
    calendar = _calendar(rows, columns) or {}
    if calendar and not dated and wanted in (None, calendar["year"]):
        return MomentColumns(calendar["year"], calendar=calendar)
    both = [name for name in usual if name in dated]
    whole = [name for name in usual if name not in calendar.values()]
    date = next(iter((*both, *whole, *dated, *usual)), wanted)
    if date is None:
        return None
    clocks = [name for name in columns if name != date and _is_clock(rows, name)]
    is_whole_day = date in dated and not any(":" in str(row.get(date)) for row in rows)
    return MomentColumns(date, clocks[0] if clocks and is_whole_day else None)


def _spelling(rows: Sequence[Mapping[str, Any]], name: str) -> Spelling:
    return spelling_of([str(row.get(name)) for row in rows], name)


def _are_dated(stamps: Sequence[Stamp | None]) -> bool:
    return sum(stamp is not None and stamp[1] != "integer" for stamp in stamps) > MOST * len(stamps)


def _is_clock(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    is_called_so = name.strip().lower() in CLOCK_NAMES
    return is_called_so and sum(hour is not None for hour in _hours(rows, name)) > MOST * len(rows)


def _hours(rows: Sequence[Mapping[str, Any]], name: str) -> list[str | None]:
    """The time of day in each row; 24 is an hour where 0 is none."""
    is_hour = name.strip().lower() in HOUR_NAMES
    found = [time_of_day(str(row.get(name)), is_hour=is_hour) for row in rows]
    return [None if hour == "24:00" else hour for hour in found] if "0:00" in found else found


def _calendar(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> dict[str, str] | None:
    """The columns of year, month and so on, each only where the one before is there; None without year and month."""
    found: dict[str, str] = {}
    lower = {name.strip().lower(): name for name in reversed(columns)}
    for part, usual in CALENDAR_NAMES.items():
        name = next((lower[name] for name in usual if name in lower), None)
        if name is None or sum(_part(row.get(name), part) is not None for row in rows) <= MOST * len(rows):
            break
        found[part] = name
    return found if "month" in found else None


def _part(value: Any, part: str) -> int | None:
    """The number of a year, a month and so on; None where it is none."""
    text = str(value).strip().removesuffix(".0")
    if part == "month":
        return month_of(text)
    number = int(text) if text.isascii() and text.isdecimal() else -1
    return number if number in RANGES[part] else None


def _of_calendar(row: Mapping[str, Any], calendar: Mapping[str, str], hour: str | None) -> str:
    """A date in several columns as one; what stands in them where it is none."""
    parts = {part: _part(row.get(name), part) for part, name in calendar.items()}
    if None in parts.values() or ("hour" in parts and hour is None):
        return " ".join(str(row.get(name)).strip() for name in calendar.values())
    date = "-".join(f"{parts[part]:02}" for part in ("year", "month", "day") if part in parts)
    return date if hour is None else f"{date} {hour.partition(':')[0]}:{parts.get('minute', 0):02}"


def _notes(columns: MomentColumns, cells: Sequence[str], spelling: Spelling) -> Iterator[str]:
    if columns.calendar is not None:
        yield f"Time stamps are put together from {', '.join(columns.names)}."
    if columns.clock is not None:
        yield f"The time of day stands in {columns.clock}."
    if columns.hours is not None and any(" 24:00" in cell for cell in cells):
        yield f"Hour 24 in {columns.hours} is read as 0:00 of the next day."
    if spelling.note:
        yield spelling.note
