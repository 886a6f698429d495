"""How far apart the moments of a series are, where some are left out, and how time goes on after the last."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Int

from quatrain.data.cells import EPOCH, Times

__all__ = ["Frequency", "find_frequency"]

MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEK, YEAR = 7 * DAY, 365 * DAY
UNITS = ((WEEK, "week"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (1, "second"))
EVEN_WORDS = {WEEK: "weekly", DAY: "daily", HOUR: "hourly", MINUTE: "a row a minute", 1: "a row a second"}
MONTH_WORDS = {1: "monthly", 3: "quarterly", 12: "yearly"}
MOST = 0.7
"""Share of equal distances from which a series has a frequency, its others being gaps."""


@dataclass(frozen=True)
class Frequency:
    """The usual distance of two neighbouring rows."""

    kind: Literal["even", "weekdays", "months", "integers", "irregular"]
    step: int
    """Seconds (even, irregular: the median), months, or the difference of two whole numbers."""
    n_gaps: int = 0
    """Places where rows seem to be left out."""
    longest_gap: str = ""
    """After which stamp the most are."""

    @property
    def name(self) -> str:
        """In words."""
        match self.kind:
            case "even":
                return EVEN_WORDS.get(self.step, f"a row every {_length(self.step)}")
            case "weekdays":
                return "daily without weekends"
            case "months":
                return MONTH_WORDS.get(self.step, f"a row every {self.step} months")
            case "integers":
                return f"whole numbers, {self.step} apart"
            case "irregular":
                return f"irregular, about {_length(self.step)} apart"

    @property
    def seasons(self) -> tuple[int, ...]:
        """Rows after which a series of this frequency plausibly repeats itself, the shortest first."""
        match self.kind:
            case "even":
                wholes = (period // self.step for period in (HOUR, DAY, WEEK, YEAR) if period % self.step == 0)
                return tuple(rows for rows in wholes if 1 < rows <= 1500)
            case "weekdays":
                return (5,)
            case "months":
                return (12 // self.step,) if 12 % self.step == 0 and self.step < 12 else ()
            case "integers":
                return (4, 7, 12, 24, 52)
            case "irregular":
                return ()

    def after(self, last: int, n: int) -> Int[np.ndarray, " n"]:
        """The next stamps after one; of months and weekdays as the calendar has them, holidays not known."""
        if self.kind == "months":
            return np.array([_months_on(last, self.step * i) for i in range(1, n + 1)], np.int64)
        if self.kind == "weekdays":
            days = np.datetime64(last // DAY, "D") + 0
            following = np.busday_offset(days, np.arange(1, n + 1), roll="backward")
            return following.astype("datetime64[D]").astype(np.int64) * DAY + last % DAY
        return last + self.step * np.arange(1, n + 1, dtype=np.int64)


def find_frequency(times: Times) -> Frequency:
    """The frequency of stamps that grow from row to row."""
    distances = np.diff(times.stamps)
    if not len(distances):
        return Frequency("integers" if times.style == "integer" else "irregular", 1)
    usual, share = _commonest(distances)
    if times.style == "integer":
        return _with_gaps(times, distances, Frequency("integers", usual))
    months = _whole_months(times.stamps)
    if months is not None:
        return months
    if usual == DAY and share >= MOST and _never_at_weekends(times.stamps):
        return _with_gaps(times, _without_weekends(times.stamps), Frequency("weekdays", DAY))
    if share >= MOST:
        return _with_gaps(times, distances, Frequency("even", usual))
    return Frequency("irregular", max(int(np.median(distances)), 1))


def _with_gaps(times: Times, distances: np.ndarray, found: Frequency) -> Frequency:
    wide = distances > found.step
    if not wide.any():
        return found
    longest = times.written(int(distances.argmax()))
    return Frequency(found.kind, found.step, int(wide.sum()), longest)


def _commonest(distances: np.ndarray) -> tuple[int, float]:
    values, counts = np.unique(distances, return_counts=True)
    return int(values[counts.argmax()]), float(counts.max() / len(distances))


def _whole_months(stamps: np.ndarray) -> Frequency | None:
    """Equal numbers of months apart, on one day of the month or on the last; None where they are not."""
    days = stamps.astype("datetime64[s]").astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    distances = np.diff(months.astype(np.int64))
    if distances.min() < 1 or len(np.unique(distances)) > 1:
        return None
    in_month = (days - months.astype("datetime64[D]")).astype(np.int64)
    from_end = ((months + 1).astype("datetime64[D]") - days).astype(np.int64)
    if len(np.unique(in_month)) == 1 or (from_end == 1).all():
        return Frequency("months", int(distances[0]))
    return None


def _never_at_weekends(stamps: np.ndarray) -> bool:
    return bool(np.is_busday(stamps.astype("datetime64[s]").astype("datetime64[D]")).all()) and len(stamps) > 6


def _without_weekends(stamps: np.ndarray) -> np.ndarray:
    """Distances in which a weekend takes no time."""
    days = stamps.astype("datetime64[s]").astype("datetime64[D]")
    return np.busday_count(days[:-1], days[1:]) * DAY


def _months_on(stamp: int, n: int) -> int:
    """The same day so many months later; the last of a month stays the last."""
    moment = EPOCH + dt.timedelta(seconds=stamp)
    number = moment.year * 12 + moment.month - 1 + n
    first = moment.replace(year=number // 12, month=number % 12 + 1, day=1)
    n_days = (first.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - first
    was_last = (moment + dt.timedelta(days=1)).month != moment.month
    day = n_days.days if was_last else min(moment.day, n_days.days)
    return int((first.replace(day=day) - EPOCH).total_seconds())


def _length(seconds: int) -> str:
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    return f"{seconds // size} {unit}{'s' * (seconds > size)}"
