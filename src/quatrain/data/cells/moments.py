"""Which columns of a table hold its time stamps: one of dates, one of dates and one of times of day, or a count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quatrain.data.cells.spellings import Spelling, spelling_of, time_of_day
from quatrain.data.cells.times import TIME_NAMES

__all__ = ["MomentColumns", "moment_columns"]

CLOCK_NAMES = ("time", "hour", "hr", "time_of_day", "zeit", "uhrzeit", "stunde", "hora")
"""What columns are called that hold the time of day beside a column of dates."""
HOUR_NAMES = ("hour", "hr", "stunde", "hora")
"""Those of them in which a number alone is an hour."""
MOST = 0.5
"""Share of cells that are stamps in a column of them."""


@dataclass(frozen=True)
class MomentColumns:
    """Where the time stamps of a table stand."""

    date: str
    clock: str | None = None
    """The column of the time of day, where that is another one."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that hold no values."""
        return (self.date, self.clock) if self.clock else (self.date,)

    def cells(self, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """What is written of the time of each row."""
        if self.clock is None:
            return [str(row.get(self.date)).strip() for row in rows]
        return [f"{str(row.get(self.date)).strip()} {_clock(row, self.clock) or row.get(self.clock)}" for row in rows]


def moment_columns(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], wanted: str | None = None
) -> MomentColumns | None:
    """The columns of time stamps of some rows; dates in columns that are called so first. None where there is none.

    Args:
        wanted: the column that is asked for.
    """
    found = {name: _spelling(rows, name) for name in ([wanted] if wanted is not None else columns)}
    able = [name for name, spelling in found.items() if spelling.n_read > MOST * len(rows)]
    usual = [name for name in able if name.strip().lower() in TIME_NAMES]
    dated = [name for name in able if _is_dated(rows, name, found[name])]
    both = [name for name in usual if name in dated]
    date = next(iter((*both, *usual, *dated)), wanted)
    if date is None:
        return None
    clocks = [name for name in columns if name != date and _is_clock(rows, name)]
    is_whole_day = date in dated and not any(":" in str(row.get(date)) for row in rows)
    return MomentColumns(date, clocks[0] if clocks and is_whole_day else None)


def _spelling(rows: Sequence[Mapping[str, Any]], name: str) -> Spelling:
    return spelling_of([str(row.get(name)) for row in rows], name)


def _is_dated(rows: Sequence[Mapping[str, Any]], name: str, spelling: Spelling) -> bool:
    stamps = (spelling.parse(str(row.get(name))) for row in rows)
    return any(stamp and stamp[1] != "integer" for stamp in stamps)


def _is_clock(rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    is_called_so = name.strip().lower() in CLOCK_NAMES
    return is_called_so and sum(_clock(row, name) is not None for row in rows) > MOST * len(rows)


def _clock(row: Mapping[str, Any], name: str) -> str | None:
    return time_of_day(str(row.get(name)), is_hour=name.strip().lower() in HOUR_NAMES)
