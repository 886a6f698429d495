"""From a table to numbers in the order of time; what is wrong is told with its line."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import IO

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.cells import (
    Column,
    DateOrder,
    Mark,
    MomentColumns,
    Moments,
    Times,
    about_numbers,
    columns_of,
    example_of_either,
    is_stamp,
    mark_of,
    moment_columns,
    moments_of,
    number_of,
    numbers_of,
    setting_of,
)
from quatrain.data.config import SeriesConfig
from quatrain.data.decoding import check_encoding
from quatrain.data.faults import Fault, OnFault, ignore_skip, refuse
from quatrain.data.files import FoundFile, find_files, locate
from quatrain.data.headers import Opened, open_table
from quatrain.data.separators import decimal_beside
from quatrain.data.series.groups import side_by_side
from quatrain.data.series.ordering import in_order
from quatrain.data.series.zones import times_of
from quatrain.data.tables import TABLES, Row, column_of
from quatrain.errors import DataError, suggest

__all__ = ["SAMPLE", "Table", "open_rows", "read_table", "table_of"]

SAMPLE = 200
"""Rows looked at to tell whether a table is a series, and which column holds its time stamps."""


@dataclass(frozen=True)
class Table:
    """Columns of numbers under their time stamps, in the order of time."""

    source: str
    """The file, as it is named to people."""
    time_column: str | None
    """None where rows are only numbered."""
    times: Times
    values: Mapping[str, Float[np.ndarray, " n"]]
    """By column; NaN where a number is missing."""
    lines: Int[np.ndarray, " n"]
    """The line of each row in the file, from 1."""
    notes: tuple[str, ...]
    """What was found out or left out, in sentences."""
    date_order: DateOrder | None = None
    """Which number of its dates is the day, where they are three numbers."""
    decimal: Mark | None = None
    """What stands before decimals, where its numbers or the config tell it, or it had to be chosen."""

    def __len__(self) -> int:
        return len(self.lines)


def read_table(
    config: SeriesConfig, on_fault: OnFault = refuse, stdin: IO[bytes] | None = None, *, is_trained: bool = False
) -> Table:
    """The table that a config names.

    Args:
        stdin: what is read, as .csv, in place of the file.
        is_trained: whether a trained model reads it, so that no column may be left out.

    Raises:
        DataError: there is no such file, or it is damaged; no column holds time stamps or numbers; stamps repeat or
            are out of order; a word stands among numbers.
        MissingExtra: a parquet file, and polars is not installed.
    """
    check_encoding(config.encoding)
    if stdin is not None:
        file = FoundFile("stdin", "stdin.csv", io.BufferedReader(stdin))  # type: ignore[arg-type]
        return _table(file, config, on_fault, is_trained)
    place = locate(config.path)
    for found in find_files(place, on_fault, ignore_skip):
        if len(place.paths) > 1:
            raise DataError(f"{config.path}: a series is one table, and this folder has {len(place.paths)} files.")
        return _table(found, config, on_fault, is_trained)
    raise DataError(f"{config.path}: holds no file that could be read.")


def _table(file: FoundFile, config: SeriesConfig, on_fault: OnFault, is_trained: bool) -> Table:
    """A table from its file."""
    likely = decimal_beside(file, config.encoding)
    opened = open_rows(file, config, on_fault)
    table = table_of([*opened.rows], file.source, config, on_fault, likely=likely, is_trained=is_trained)
    return table if opened.has_header else replace(table, notes=(_without_header(opened), *table.notes))


def table_of(
    rows: Sequence[Row],
    source: str,
    config: SeriesConfig,
    on_fault: OnFault = refuse,
    *,
    is_timed: bool = True,
    likely: Mark | None = None,
    is_trained: bool = False,
) -> Table:
    """Rows that were read, as numbers.

    Args:
        is_timed: whether there must be a column of time stamps; else rows without one are numbered.
        likely: what stands before decimals where the numbers do not tell it.
        is_trained: as for `read_table`.

    Raises:
        DataError: as `read_table`.
    """
    if not rows:
        raise DataError(f"{source}: holds no row of numbers under a header line.")
    columns, notes = columns_of([row for _, row in rows], SAMPLE)
    moments = _moments(rows, columns, source, config, is_timed)
    others = [name for name in columns if moments is None or name not in moments.names]
    mark = config.decimal or mark_of((row.get(name) for _, row in rows for name in others), likely)
    if config.group_column is not None and moments is not None:
        rows, config = side_by_side(rows, moments, others, mark, source, config, on_fault)
        others = [name for name in rows[0][1] if name not in moments.names]
    rows, times, found, zoned = _stamped(rows, moments, source, config, on_fault)
    lines = np.array([line for line, _ in rows], np.int64)
    order, told = in_order(times, lines, [row for _, row in rows], others, source, config, on_fault)
    cells = {name: column_of(rows, name) for name in others}
    known = {name: numbers_of(column, mark) for name, column in cells.items()}
    numeric = {name: column for name, column in known.items() if column.is_numeric}
    chosen = _chosen(numeric, others, source, config)
    for name in chosen:
        known[name].tell_words(name, lines, source, on_fault, filling="last", is_needed=is_trained)
    ignored = [name for name in known if name not in numeric] if config.columns is None else []
    either = {name: text for name in chosen if (text := example_of_either(cells[name]))}
    return Table(
        source,
        moments.date if moments else None,
        times[order],
        {name: known[name].values[order] for name in chosen},
        lines[order],
        (
            *notes,
            *(found.notes if found else ()),
            *zoned,
            *told,
            *([f"Without numbers, and so not read: {', '.join(ignored)}."] if ignored else []),
            *about_numbers({name: known[name] for name in chosen}, cells, either, config.decimal),
        ),
        found.spelling.order if found else config.date_order,
        mark or ("." if either else None),
    )


def open_rows(file: FoundFile, config: SeriesConfig, on_fault: OnFault) -> Opened:
    """The rows of a table, which may lack a header: then its first row has a date as the others have.

    Raises:
        DataError: the file is no table.
    """
    ending = PurePosixPath(file.name).suffix
    if ending not in TABLES:
        raise DataError(f"{file.source}: this is no table. A series is read from {', '.join(TABLES)}.")
    return open_table(file, config.encoding, on_fault, otherwise=lambda first: not _holds_date(first))


def _holds_date(first: Sequence[str]) -> bool:
    """Whether one value of a first row is a date, or several are and all else are numbers; else dates name columns."""
    n_numbers = sum(number_of(value) is not None for value in first)
    n_dates = sum(is_stamp(value) and number_of(value) is None for value in first)
    return n_dates == 1 or (n_dates > 1 and n_dates + n_numbers == len(first))


def _without_header(opened: Opened) -> str:
    return f"The first row is read as data, not as names of columns, which are called {', '.join(opened.columns)}."


def _moments(
    rows: Sequence[Row], columns: Sequence[str], source: str, config: SeriesConfig, is_timed: bool
) -> MomentColumns | None:
    """The columns of time stamps; None where rows are to be numbered.

    Raises:
        DataError: there must be such a column, and is none.
    """
    wanted = config.time_column
    if wanted is not None and wanted not in columns:
        raise DataError(f"{source}: no column is called {wanted!r}. {suggest(wanted, columns)}")
    found = moment_columns([row for _, row in rows[:SAMPLE]], columns, wanted)
    if found is None and is_timed:
        able = [name for name in columns if _counts(rows, name)]
        advice = f"Name it: {setting_of('time_column', able[0])}." if able else "Add one, or number the rows in index."
        raise DataError(
            f"{source}: no column holds time stamps such as 2026-03-14, 14/03/2026 15:00, Mar 2026 or, called index, "
            f"whole numbers. {advice} Columns: {', '.join(columns)}."
        )
    return found


def _counts(rows: Sequence[Row], name: str) -> bool:
    """Whether a column holds stamps, such as whole numbers, that grow from row to row."""
    stamps = moments_of([row for _, row in rows], MomentColumns(name)).stamps
    return all(one and other and one[0] < other[0] for one, other in pairwise(stamps))


def _stamped(
    rows: Sequence[Row], moments: MomentColumns | None, source: str, config: SeriesConfig, on_fault: OnFault
) -> tuple[Sequence[Row], Times, Moments | None, list[str]]:
    """The rows that have a time, the time of each, how all were read, and what is to be said of their offsets.

    Raises:
        DataError: nothing in the column tells days from months, or there is no time stamp.
    """
    if moments is None:
        return rows, Times(np.arange(len(rows)), "integer"), None, []
    found = moments_of([row for _, row in rows], moments, config.date_order)
    found.refuse_undecided(moments, source)
    for (line, _), cell, stamp in zip(rows, found.cells, found.stamps, strict=True):
        if stamp is None:
            advice = "Write it as 2026-03-14, 2026-03-14 15:00:00 or a whole number, or take the row out."
            problem = f"{cell!r} in {moments.called} is no time stamp"
            on_fault(Fault(source, problem, moments.advice(cell, advice), line))
    all_rows = zip(rows, found.stamps, found.cells, strict=True)
    known = [(row, stamp, cell) for row, stamp, cell in all_rows if stamp is not None]
    if not known:
        raise DataError(f"{source}: {moments.called} holds no time stamp, such as 2026-03-14 or 2026-03-14 15:00.")
    times, zoned = times_of([stamp for _, stamp, _ in known], [cell for _, _, cell in known])
    return [row for row, _, _ in known], times, found, zoned


def _chosen(numeric: Mapping[str, Column], columns: Sequence[str], source: str, config: SeriesConfig) -> list[str]:
    """The columns to read: those asked for, targets among them, or all of numbers."""
    asked = [*(config.columns or numeric), *(config.targets or ())]
    for name in asked:
        if name not in columns:
            raise DataError(f"{source}: no column is called {name!r}. {suggest(name, columns)}")
        if name not in numeric:
            raise DataError(f"{source}: column {name} holds no numbers. {suggest('', numeric)}")
    if not asked:
        raise DataError(f"{source}: no column holds numbers. Columns: {', '.join(columns) or 'none'}.")
    return list(dict.fromkeys(asked))
