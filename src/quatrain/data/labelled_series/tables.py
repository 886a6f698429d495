"""Long tables with a row a moment: which columns are what, and the rows of each recording in the order of time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.cells import TIME_NAMES, number_of, numbers_of, setting_of
from quatrain.data.cells.times import parse_stamp
from quatrain.data.classes.labels import class_name, label_column
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.labelled_series.read import UNLABELLED
from quatrain.data.tables import TABLES, Row, column_of, is_text
from quatrain.errors import DataError, suggest

__all__ = ["LongTable", "Roles", "moment_of", "read_table", "roles_of"]

SAMPLE = 200
"""Rows looked at to tell columns apart."""
SHOWN = 3
"""Places named in a message."""
GAP, FEW = 2.5, 0.1
"""Usual distances of two rows that make a gap between them, and the share of rows up to which gaps are told of."""
LABEL_NAMES = ("activity", "gesture", "state", "behaviour", "behavior", "phase", "condition", "event")
"""What columns of labels are called besides `label`, `class` and the like."""
GROUP_NAMES = (
    "subject", "subject_id", "person", "participant", "user", "user_id", "patient", "recording", "session", "trial",
    "series_id", "group",
)  # fmt: skip
"""What columns are called that tell recordings or people apart."""
MOMENT_NAMES = (*TIME_NAMES, "seconds", "ms", "elapsed", "sample", "frame")
"""What columns of time are called."""
FRACTION = re.compile(r":\d{2}(\.\d+)")


@dataclass(frozen=True)
class Roles:
    """Which column is what."""

    label: str | None
    """None: there is none."""
    group: str | None
    """None: all rows are one recording."""
    time: str | None
    """None: rows stand in the order of time."""
    words: tuple[str, ...]
    """Columns of words besides these."""


@dataclass(frozen=True)
class LongTable:
    """Rows of numbers, recording by recording, each in the order of time."""

    source: str
    columns: tuple[str, ...]
    values: Float[np.ndarray, "n columns"]
    """NaN where a number is missing."""
    labels: Sequence[str]
    """Of each row; `UNLABELLED` where there is none."""
    groups: Sequence[str]
    """The recording of each row."""
    lines: Int[np.ndarray, " n"]
    """The line of each in the file, from 1."""
    roles: Roles
    notes: tuple[str, ...]
    """What was found out or left out, in sentences."""


def read_table(
    file: FoundFile, config: LabelledSeriesConfig, on_fault: OnFault, *, is_labelled: bool = True
) -> LongTable:
    """The rows of a table.

    Args:
        is_labelled: whether there must be labels; else they are not looked at.
    Raises:
        DataError: it is empty, or columns cannot be found.
    """
    rows = list(TABLES[PurePosixPath(file.name).suffix](file, config.encoding, on_fault))
    if not rows:
        raise DataError(f"{file.source}: holds no row under a header line.")
    roles = roles_of(rows, file.source, config)
    if roles.label is None and is_labelled:
        raise DataError(f"{file.source}: {_no_label(rows, roles)}")
    groups = _names(rows, roles.group, file.source, on_fault)
    labels = _names(rows, roles.label if is_labelled else None, file.source, on_fault)
    order, gaps = _in_order(rows, groups, roles, file.source, config, on_fault)
    columns = _columns(rows, roles, file.source, config)
    lines = np.array([line for line, _ in rows], np.int64)
    values = np.empty((len(rows), len(columns)))
    for place, name in enumerate(columns):
        column = numbers_of(column_of(rows, name))
        column.tell_words(name, lines, file.source, on_fault)
        values[:, place] = column.values
    return LongTable(
        file.source,
        columns,
        values[order],
        [labels[row] for row in order],
        [groups[row] for row in order],
        lines[order],
        roles,
        (*_notes(roles, labels, config, is_labelled), *gaps),
    )


def roles_of(rows: Sequence[Row], source: str, config: LabelledSeriesConfig) -> Roles:
    """Which column is what, by the settings, by the usual names, by what stands in them.

    Raises:
        DataError: a column that is asked for is not there.
    """
    sample = [row for _, row in rows[:SAMPLE]]
    names = list(dict.fromkeys(name for row in sample for name in row))
    for setting in ("time_column", "group_column", "label_column"):
        wanted = getattr(config, setting)
        if wanted is not None and wanted not in names:
            advice = f"{suggest(wanted, names)} Name it: --set data.{setting}=NAME."
            raise DataError(f"{source}: no column is called {wanted!r}. {advice}")
    label, group = config.label_column, config.group_column
    time = config.time_column or _time_column(sample, [name for name in names if name not in (label, group)])
    group = group or _usual(names, GROUP_NAMES, without=(label, time))
    words = [
        name for name in names if name not in (time, group, label) and any(is_text(row.get(name)) for row in sample)
    ]
    usual = _usual(names, LABEL_NAMES, without=(time, group)) or label_column(names, without=(time, group))
    label = label or usual or (words[0] if len(words) == 1 else None)
    return Roles(label, group, time, tuple(name for name in words if name != label))


def moment_of(value: Any) -> float | None:
    """A time stamp as a number that grows with time, such as seconds since 1970; None where it is none.

    Example:
        >>> moment_of("1970-01-01 00:01:00.25"), moment_of("0.02"), moment_of(7), moment_of("soon")
        (60.25, 0.02, 7.0, None)
    """
    text = str(value).strip()
    stamp = parse_stamp(text)
    if stamp is not None:
        fraction = FRACTION.search(text)
        return stamp[0] + (float(fraction[1]) if fraction else 0.0)
    number = number_of(value)
    return None if number is None or math.isnan(number) else number


def _time_column(sample: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str | None:
    """The column of time stamps that is called so, or the first of dates."""

    def is_time(name: str) -> bool:
        return all(moment_of(row.get(name)) is not None for row in sample)

    usual = [name for name in names if name.strip().lower() in MOMENT_NAMES]
    dated = [name for name in names if any(is_text(row.get(name)) for row in sample)]
    return next((name for name in (*usual, *dated) if is_time(name)), None)


def _usual(names: Sequence[str], usual: Iterable[str], without: Sequence[str | None]) -> str | None:
    lower = {name.strip().lower(): name for name in names if name not in without}
    return next((lower[name] for name in usual if name in lower), None)


def _no_label(rows: Sequence[Row], roles: Roles) -> str:
    names = ", ".join(dict.fromkeys(name for _, row in rows[:SAMPLE] for name in row))
    what = f"{len(roles.words)} columns hold words" if roles.words else "no column holds words"
    example = (*roles.words, "NAME")[0]
    setting = setting_of("label_column", example)
    return f"{what}, so it is not clear which holds the labels. Name it: {setting}. Columns: {names}."


def _names(rows: Sequence[Row], column: str | None, source: str, on_fault: OnFault) -> list[str]:
    """The class, or the recording, of each row."""
    if column is None:
        return [UNLABELLED] * len(rows)
    found = []
    for line, row in rows:
        name = class_name(row.get(column))
        if name is None:
            problem = f"column {column!r} holds {row.get(column)!r}, which is no name"
            on_fault(Fault(source, problem, "Write a word or a whole number, or name another column.", line))
        found.append(name or UNLABELLED)
    return found


def _in_order(
    rows: Sequence[Row],
    groups: Sequence[str],
    roles: Roles,
    source: str,
    config: LabelledSeriesConfig,
    on_fault: OnFault,
) -> tuple[Int[np.ndarray, " n"], list[str]]:
    """The rows, recording by recording as they first come, each in the order of time; and a sentence about gaps."""
    first = {group: place for place, group in reversed([*enumerate(groups)])}
    recording = np.array([first[group] for group in groups])
    order = np.argsort(recording, kind="stable")
    if roles.time is None:
        return order, []
    moments = np.array(list(_moments(rows, roles.time, source, on_fault)))
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
    if not 0 < len(gaps) <= FEW * len(rows):
        return order, []
    where = _places(rows, gaps)
    return order, [f"Rows are left out in {len(gaps):,} places, before {where}: windows run across them row by row."]


def _moments(rows: Sequence[Row], column: str, source: str, on_fault: OnFault) -> Iterator[float]:
    last = 0.0
    for line, row in rows:
        moment = moment_of(row.get(column))
        if moment is None:
            advice = "Write a number, or a date as 2026-03-14 15:00:00, or take the row out."
            on_fault(Fault(source, f"{row.get(column)!r} in column {column} is no time stamp", advice, line))
        last = last if moment is None else moment
        yield last


def _places(rows: Sequence[Row], some: np.ndarray) -> str:
    return ", ".join(f"line {rows[row][0]}" for row in some[:SHOWN]) + (", ..." if len(some) > SHOWN else "")


def _columns(rows: Sequence[Row], roles: Roles, source: str, config: LabelledSeriesConfig) -> tuple[str, ...]:
    """The columns of numbers that are read.

    Raises:
        DataError: one that is asked for is not there or holds no numbers, or there is none.
    """
    taken = (roles.label, roles.group, roles.time)
    names = [name for name in dict.fromkeys(name for _, row in rows[:SAMPLE] for name in row) if name not in taken]
    numeric = [name for name in names if numbers_of(column_of(rows, name)).is_numeric]
    for name in config.columns or ():
        if name not in numeric:
            raise DataError(f"{source}: no column of numbers is called {name!r}. {suggest(name, numeric)}")
    if not numeric:
        raise DataError(f"{source}: no column holds numbers. Columns: {', '.join(names) or 'none'}.")
    return config.columns or tuple(numeric)


def _notes(roles: Roles, labels: Sequence[str], config: LabelledSeriesConfig, is_labelled: bool) -> Iterator[str]:
    if is_labelled and config.label_column is None:
        yield f"The labels stand in {roles.label!r}."
    if roles.group is not None and config.group_column is None:
        yield f"Recordings are told apart by {roles.group!r}, and each is in one part only."
    if roles.time is None:
        yield "No column holds time stamps: rows are taken in the order of the file."
    if roles.words and config.columns is None:
        yield f"Without numbers, and so not read: {', '.join(roles.words)}."
    n_without = sum(label == UNLABELLED for label in labels)
    if is_labelled and n_without:
        yield f"Left out: {n_without:,} rows without a label."
