"""Rows in the order of time, each moment once; what keeps them from it is told, and what to type."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int, Real

from quatrain.data.cells import Times, number_of, setting_of
from quatrain.data.config import SeriesConfig
from quatrain.data.faults import Fault, OnFault

__all__ = ["in_order", "told_apart"]

SHOWN = 3
"""Places, and names of series, in a message."""
FILLED = 0.5
"""Share of the series below one another that a moment has a row of, on average, at least."""
JUMP = 2
"""Usual steps of time between two rows that are a jump."""
MOST_COLUMNS = 12
"""Columns of which two are tried together."""


def in_order(
    times: Times,
    lines: Int[np.ndarray, " n"],
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    source: str,
    config: SeriesConfig,
    on_fault: OnFault,
) -> tuple[Int[np.ndarray, " m"], list[str]]:
    """The rows in the order of time, each moment once, and what was done to get there.

    Args:
        columns: those that hold no time stamps.
    """
    groups = _groups(times, rows, columns, config)
    if groups:
        on_fault(_several(times, rows, groups, source))
        return np.argsort(times.stamps, kind="stable"), []
    notes = [_about_jumps(name) for name in columns if _changes_in_jumps(times, rows, name)]
    order = np.arange(len(times.stamps))
    distances = np.diff(times.stamps)
    backwards = np.flatnonzero(distances < 0)
    if len(backwards) and config.sort:
        notes.append(f"{len(backwards):,} rows stood before earlier ones; the table was put in the order of time.")
    elif len(backwards):
        whole = "The newest row stands first" if (distances <= 0).all() else "Rows are out of order"
        problem = f"time runs backwards in {len(backwards):,} places: {_places(times, lines, backwards + 1)}"
        on_fault(Fault(source, problem, f"{whole}: --set data.sort=true puts them in the order of time."))
    if len(backwards):
        order = np.argsort(times.stamps, kind="stable")
    again = np.flatnonzero(np.diff(times.stamps[order]) == 0)
    if len(again) and config.duplicates == "refuse":
        problem = f"{len(again):,} time stamps stand twice: {_places(times, lines, order[again + 1])}"
        advice = "Mend them, or keep one row of each: --set data.duplicates=first, or last."
        on_fault(Fault(source, problem, advice))
    elif len(again):
        notes.append(f"{len(again):,} time stamps stood twice; of each the {config.duplicates} row was kept.")
    return np.delete(order, again if config.duplicates == "last" else again + 1), notes


def told_apart(
    stamps: Real[np.ndarray, " n"], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> tuple[str, ...]:
    """The column, or the two, of words or whole numbers that tell rows of one moment apart: series below one another.

    Nothing where no moment stands twice, or no column explains it.
    """
    n_moments = len(np.unique(stamps))
    if n_moments == len(stamps):
        return ()
    most = len(rows) / (FILLED * n_moments)
    named = {name: values for name in columns if 1 < len({*(values := _names(rows, name))}) <= most}
    for names in (*((name,) for name in named), *itertools.combinations([*named][:MOST_COLUMNS], 2)):
        series = list(zip(*(named[name] for name in names), strict=True))
        is_apart = len({*zip(stamps.tolist(), series, strict=True)}) == len(rows)
        if is_apart and len({*series}) <= most:
            return names
    return ()


def _groups(
    times: Times, rows: Sequence[Mapping[str, Any]], columns: Sequence[str], config: SeriesConfig
) -> tuple[str, ...]:
    return told_apart(times.stamps, rows, columns) if config.duplicates == "refuse" else ()


def _several(times: Times, rows: Sequence[Mapping[str, Any]], groups: tuple[str, ...], source: str) -> Fault:
    names = list(dict.fromkeys(" ".join(str(row.get(name)) for name in groups) for row in rows))
    shown = ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")
    what, several = " and ".join(groups), f"{len(names):,} series below one another ({shown})"
    problem = f"time stamps stand more than once, for {what} tells {several} apart"
    advice = (
        f"Give each a column of its own: --set data.group_column={','.join(groups)}. Or keep one of them in a file of "
        "its own."
    )
    return Fault(source, problem, advice)


def _changes_in_jumps(times: Times, rows: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether words of a column are those of series one after another: each stands in one stretch of rows, and time
    jumps between two of them."""
    if not rows or number_of(rows[0].get(name)) is not None:
        return False
    words = [str(row.get(name)) if number_of(row.get(name)) is None else "" for row in rows]
    changes = np.flatnonzero([word != after for word, after in itertools.pairwise(words)])
    if not len(changes) or "" in words or len(changes) >= len({*words}):
        return False
    steps = np.diff(times.stamps)
    usual = np.median(np.abs(steps))
    return bool((np.abs(steps[changes] - np.median(steps)) > JUMP * usual).all())


def _about_jumps(name: str) -> str:
    several = (
        f"Time jumps where {name} changes. If it tells series one after another apart, keep each in a file of its own"
    )
    return f"{several}, or give each a column: {setting_of('group_column', name)}."


def _names(rows: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """What stands in a column of words or whole numbers; nothing where another number stands in it."""
    found = [row.get(name) for row in rows]
    numbers = (number_of(value) for value in found)
    is_named = all(number is None or number.is_integer() for number in numbers)
    return [str(value) for value in found] if is_named else []


def _places(times: Times, lines: np.ndarray, rows: np.ndarray) -> str:
    some = [f"line {lines[row]} ({times.written(int(row))})" for row in rows[:SHOWN]]
    return ", ".join(some) + (", ..." if len(rows) > SHOWN else "")
