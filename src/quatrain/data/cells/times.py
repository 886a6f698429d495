"""Time stamps as people write them: dates, dates with a time of day, months, whole numbers."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int

__all__ = [
    "EPOCH",
    "TIME_NAMES",
    "DateOrder",
    "Spelling",
    "Stamp",
    "Style",
    "Times",
    "fraction_of",
    "parse_stamp",
    "stamp_of",
    "written",
    "zone_of",
]

Style = Literal["integer", "month", "day", "minute", "second"]
"""How a stamp is written: 17, 2026-03, 2026-03-14, 2026-03-14 15:00, 2026-03-14 15:00:00."""
Stamp = tuple[int, Style]
"""Seconds since 1970 (UTC), or the whole number itself, and how it was written."""
DateOrder = Literal["dmy", "mdy", "ymd"]
"""In which order day, month and year stand in a date of three numbers."""
TIME_NAMES = (
    "date", "time", "datetime", "timestamp", "date_time", "ds", "day", "month", "year", "week", "period", "hour",
    "index", "step", "t", "ts", "epoch", "unix", "open_time", "quarter", "datum", "zeit", "fecha", "date time",
    "date/time",
)  # fmt: skip
"""Usual names of a column of time stamps."""
TIME_OF_DAY = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?(?:\s*(?P<half>[ap])\.?m\.?)?"
ZONE = r"(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})"
MOMENT = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?" rf"(?:[T ]+{TIME_OF_DAY})?\s*{ZONE}?",
    re.IGNORECASE,
)
INTEGER = re.compile(r"[+-]?\d{1,18}")
COMPACT = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
"""20260314, a date without its hyphens."""
ZONED = re.compile(rf"(?::\d{{2}}(?:[.,]\d+)?(?:\s*[ap]\.?m\.?)?|\d{{4}}-\d{{1,2}}-\d{{1,2}})\s*{ZONE}\s*$", re.I)
"""An offset from UTC behind a time of day or a whole date."""
FRACTION = re.compile(r":\d{2}[.,](?P<digits>\d+)")
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
BEGINNING = EPOCH.replace(tzinfo=None)
PLAIN = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2})?)?", re.ASCII)
STYLES: dict[int, Style] = {10: "day", 16: "minute", 19: "second"}
"""By the characters of a stamp written as ISO 8601 has it, without a zone."""


@dataclass(frozen=True)
class Times:
    """The time stamps of a series, in order."""

    stamps: Int[np.ndarray, " n"]
    """Seconds since 1970 on the clock of the stamps, or the whole numbers themselves."""
    style: Style
    zone: str = ""
    """The offset of that clock from UTC, as the last row has it; nothing where the stamps name none."""

    def __getitem__(self, rows: slice | Int[np.ndarray, " m"]) -> Times:
        """Those of some rows."""
        return Times(self.stamps[rows], self.style, self.zone)

    def written(self, row: int) -> str:
        """A stamp as it was written."""
        return self.write(int(self.stamps[row]))

    def write(self, stamp: int) -> str:
        """A moment as these are written."""
        space = " " if self.zone.isalpha() and len(self.zone) > 1 else ""
        return written(stamp, self.style) + space + self.zone


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
    """Whether the numbers of its dates could as well stand in another order, in every cell."""
    exact: Callable[[str], float | None] | None = None
    """As `parse`, with fractions of a second, where these are no digits behind a time of day."""


def parse_stamp(text: str) -> Stamp | None:
    """A time stamp; None where it is none.

    Example:
        >>> parse_stamp("1970-01-02"), parse_stamp("1970/1/1 00:01"), parse_stamp("17"), parse_stamp("17.5")
        ((86400, 'day'), (60, 'minute'), (17, 'integer'), None)
    """
    text = text.strip()
    if PLAIN.fullmatch(text):  # most stamps are so, and this is several times as fast as what follows
        with contextlib.suppress(ValueError):
            return int((dt.datetime.fromisoformat(text) - BEGINNING).total_seconds()), STYLES[len(text)]
    if COMPACT.fullmatch(text.partition(" ")[0]):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    if INTEGER.fullmatch(text):
        return int(text), "integer"
    found = MOMENT.fullmatch(text)
    return _moment(found) if found else None


def written(stamp: int, style: Style) -> str:
    """A stamp in a style."""
    if style == "integer":
        return str(stamp)
    text = (EPOCH + dt.timedelta(seconds=stamp)).strftime("%Y-%m-%d %H:%M:%S")
    return text[: {"month": 7, "day": 10, "minute": 16, "second": 19}[style]]


def fraction_of(text: str) -> float:
    """The fraction of a second that stands behind a time of day.

    Example:
        >>> fraction_of("1970-01-01 00:01:00.25"), fraction_of("1970-01-01 00:01:00"), fraction_of("17.5")
        (0.25, 0.0, 0.0)
    """
    found = FRACTION.search(text)
    return float(f"0.{found['digits']}") if found else 0.0


def zone_of(text: str) -> tuple[str, int] | None:
    """The offset from UTC behind a stamp, as it is written and in seconds; None where there is none.

    Example:
        >>> zone_of("2026-03-14T15:00:00+01:00"), zone_of("2026-03-14 15:00 Z"), zone_of("14-03-2026")
        (('+01:00', 3600), ('Z', 0), None)
    """
    found = ZONED.search(text)
    if found is None:
        return None
    offset = _zone(found["zone"]).utcoffset(None)
    assert offset is not None
    return found["zone"], int(offset.total_seconds())


def stamp_of(found: re.Match[str], *, year: int, month: int, day: int | None) -> Stamp | None:
    """A date with the time of day that was found behind it, 24:00 being 0:00 of the next day; None where there is no
    such moment.

    Args:
        found: has the groups of `TIME_OF_DAY` and `ZONE`.
        day: None: a month as a whole.
    """
    style: Style = "second" if found["second"] else "minute" if found["hour"] else "day" if day else "month"
    hour, half = int(found["hour"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + 12 * (half == "p") if half else hour
    rest = (int(found["minute"] or 0), int(found["second"] or 0))
    is_end = hour == 24 and not any(rest)
    try:
        moment = dt.datetime(year, month, day or 1, 0 if is_end else hour, *rest, tzinfo=_zone(found["zone"]))
        moment += dt.timedelta(days=is_end)
    except (ValueError, OverflowError):  # the 31st of April; the end of the year 9999
        return None
    return int((moment - EPOCH).total_seconds()), style


def _moment(found: re.Match[str]) -> Stamp | None:
    day = found["day"]
    if not day and found["hour"]:
        return None
    return stamp_of(found, year=int(found["year"]), month=int(found["month"]), day=int(day) if day else None)


def _zone(text: str | None) -> dt.tzinfo:
    if text is None or text.upper() in ("Z", "UTC"):
        return dt.UTC
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)
