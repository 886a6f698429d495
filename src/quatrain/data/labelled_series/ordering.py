"""The rows of a long table in the order of time, recording by recording; what keeps them from it is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.cells import DateOrder, Mark, MomentColumns, Moments, moments_of, numbers_of
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.faults import Fault, OnFault
from quatrain.data.labelled_series.roles import SAMPLE, Roles
from quatrain.data.tables import Row, column_of

__all__ = ["Clock", "clock_of", "in_order"]

SHOWN = 3
"""Places named in a message."""
GAP, FEW = 2.5, 0.1
"""Usual distances of two rows that make a gap between them, and the share of rows up to which gaps are told of."""
DAY = 86_400
"""Seconds."""
NOT_SAID = "Write them as 2026-03-14: the data that the model was trained on does not say which."
"""What to do about dates that could be read in several ways, where no setting can be given."""


@dataclass(frozen=True)
class Clock:
    """The time of each row of a table."""

    seconds: Float[np.ndarray, " n"]
    """Since 1970, or numbers as they stand there; NaN where there is no time."""
    found: Moments | None
    """How dates were read; None where the column holds none."""


def clock_of(
    rows: Sequence[Row], columns: MomentColumns, order: DateOrder | None = None, mark: Mark | None = None
) -> Clock:
    """The time of each row: dates in whatever spelling, with fractions of a second, or numbers.

    Args:
        order: of the numbers of a date; None finds it.
        mark: what stands before decimals.
    """
    if moments_of([row for _, row in rows[:SAMPLE]], columns, order).is_dated:
        found = moments_of([row for _, row in rows], columns, order)
        return Clock(found.seconds, found)
    return Clock(numbers_of(column_of(rows, columns.date), mark).values, None)


def in_order(
    rows: Sequence[Row],
    groups: Sequence[str],
    roles: Roles,
    source: str,
    config: LabelledSeriesConfig,
    mark: Mark | None,
    on_fault: OnFault,
    *,
    is_labelled: bool,
) -> tuple[Int[np.ndarray, " n"], Moments | None, list[str]]:
    """The rows, recording by recording as they first come, each in the order of time; how their dates were read, and
    what was found out.

    Args:
        mark: what stands before decimals.
        is_labelled: whether this is to be learned from; else nobody can say how it is read.
    Raises:
        DataError: nothing tells days from months.
    """
    first = {group: place for place, group in reversed([*enumerate(groups)])}
    recording = np.array([first[group] for group in groups])
    order = np.argsort(recording, kind="stable")
    if roles.moments is None:
        return order, None, []
    clock = clock_of(rows, roles.moments, config.date_order, mark)
    found, told = clock.found, [*clock.found.notes] if clock.found and not clock.found.spelling.is_undecided else []
    if found is not None and len(np.unique(clock.seconds[~np.isnan(clock.seconds)] // DAY)) > 1:
        found.refuse_undecided(roles.moments, source, *(() if is_labelled else (NOT_SAID,)))
    moments = _without_gaps(rows, clock, roles.moments, source, on_fault)
    if config.sort:
        order = np.lexsort((moments, recording))
    is_next = np.diff(recording[order]) == 0
    distances = np.diff(moments[order])
    several = " If it holds several recordings, name what tells them apart: --set data.group_column=NAME."
    apart = "" if roles.group else several
    backwards = order[1:][is_next & (distances < 0)]
    if len(backwards):
        problem = f"time runs backwards in {len(backwards):,} places: {_places(rows, backwards)}"
        on_fault(Fault(source, problem, f"--set data.sort=true puts rows in the order of time.{apart}"))
    again = order[1:][is_next & (distances == 0)]
    if len(again):
        problem = f"{len(again):,} time stamps stand twice: {_places(rows, again)}"
        on_fault(Fault(source, problem, f"Keep one row of each.{apart}"))
    usual = float(np.median(distances[is_next])) if is_next.any() else 0.0
    gaps = order[1:][is_next & (distances > GAP * usual)]
    if 0 < len(gaps) <= FEW * len(rows):
        where = _places(rows, gaps)
        told.append(f"Rows are left out in {len(gaps):,} places, before {where}: windows run across them row by row.")
    return order, found, told


def _without_gaps(
    rows: Sequence[Row], clock: Clock, columns: MomentColumns, source: str, on_fault: OnFault
) -> Float[np.ndarray, " n"]:
    """The time of each row; a row without one is told of, and takes that of the row before."""
    moments = clock.seconds.copy()
    for place in np.flatnonzero(np.isnan(moments)).tolist():
        line, row = rows[place]
        written = clock.found.cells[place] if clock.found else str(row.get(columns.date))
        advice = "Write a number, or a date as 2026-03-14 15:00:00, or take the row out."
        problem = f"{written!r} in {columns.called} is no time stamp"
        on_fault(Fault(source, problem, columns.advice(written, advice), line))
        moments[place] = moments[place - 1] if place else 0.0
    return moments


def _places(rows: Sequence[Row], some: np.ndarray) -> str:
    return ", ".join(f"line {rows[row][0]}" for row in some[:SHOWN]) + (", ..." if len(some) > SHOWN else "")
