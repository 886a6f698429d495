"""Time stamps as people write them: dates, dates with a time of day, months, whole numbers."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int

__all__ = ["TIME_NAMES", "Stamp", "Style", "Times", "parse_stamp", "written"]

Style = Literal["integer", "month", "day", "minute", "second"]
"""How a stamp is written: 17, 2026-03, 2026-03-14, 2026-03-14 15:00, 2026-03-14 15:00:00."""
Stamp = tuple[int, Style]
"""Seconds since 1970 (UTC), or the whole number itself, and how it was written."""
TIME_NAMES = (
    "date", "time", "datetime", "timestamp", "date_time", "ds", "day", "month", "year", "week", "period", "hour",
    "index", "step", "t",
)  # fmt: skip
"""Usual names of a column of time stamps."""
MOMENT = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?"
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?)?"
    r"\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
INTEGER = re.compile(r"[+-]?\d{1,18}")
COMPACT = re.compile(r"(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
"""20260314, a date without its hyphens."""
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Times:
    """The time stamps of a series, in order."""

    stamps: Int[np.ndarray, " n"]
    """Seconds since 1970 (UTC), or the whole numbers themselves."""
    style: Style

    def written(self, row: int) -> str:
        """A stamp as it was written."""
        return written(int(self.stamps[row]), self.style)


def parse_stamp(text: str) -> Stamp | None:
    """A time stamp; None where it is none.

    Example:
        >>> parse_stamp("1970-01-02"), parse_stamp("1970/1/1 00:01"), parse_stamp("17"), parse_stamp("17.5")
        ((86400, 'day'), (60, 'minute'), (17, 'integer'), None)
    """
    text = text.strip()
    if COMPACT.fullmatch(text):
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


def _moment(found: re.Match[str]) -> Stamp | None:
    parts = {name: int(value) for name, value in found.groupdict().items() if value and name != "zone"}
    style: Style = "second" if "second" in parts else "minute" if "hour" in parts else "day"
    if "day" not in parts:
        style = "month"
    try:
        moment = dt.datetime(**{"day": 1, **parts}, tzinfo=_zone(found["zone"]))
    except ValueError:  # the 31st of April
        return None
    return int((moment - EPOCH).total_seconds()), style


def _zone(text: str | None) -> dt.tzinfo:
    if text in (None, "Z"):
        return dt.UTC
    assert text is not None
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)
