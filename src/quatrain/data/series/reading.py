"""From a table to numbers in the order of time; what is wrong is told with its line."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.config import SeriesConfig
from quatrain.data.decoding import check_encoding
from quatrain.data.faults import Fault, OnFault, ignore_skip, refuse
from quatrain.data.files import FoundFile, find_files, locate
from quatrain.data.series.numbers import Column, numbers_of
from quatrain.data.series.times import TIME_NAMES, Stamp, Style, Times, parse_stamp
from quatrain.data.tables import TABLES, Row
from quatrain.errors import DataError, suggest

__all__ = ["SAMPLE", "Table", "read_table", "rows_of", "table_of"]

SAMPLE = 200
"""Rows looked at to tell whether a table is a series, and which column holds its time stamps."""
SHOWN = 3
"""Places named in a message."""


@dataclass(frozen=True)
class Table:
    """Columns of numbers under their time stamps, in the order of time."""

    source: str
    """The file, as it is named to people."""
    time_column: str
    times: Times
    values: Mapping[str, Float[np.ndarray, " n"]]
    """By column; NaN where a number is missing."""
    lines: Int[np.ndarray, " n"]
    """The line of each row in the file, from 1."""
    notes: tuple[str, ...]
    """What was found out or left out, in sentences."""

    def __len__(self) -> int:
        return len(self.lines)


def read_table(config: SeriesConfig, on_fault: OnFault = refuse, stdin: IO[bytes] | None = None) -> Table:
    """The table that a config names.

    Args:
        stdin: what is read, as .csv, in place of the file.

    Raises:
        DataError: there is no such file, or it is damaged; no column holds time stamps or numbers; stamps repeat or
            are out of order; a word stands among numbers.
        MissingExtra: a parquet file, and polars is not installed.
    """
    check_encoding(config.encoding)
    if stdin is not None:
        file = FoundFile("stdin", "stdin.csv", io.BufferedReader(stdin))  # type: ignore[arg-type]
        return table_of(list(rows_of(file, config, on_fault)), file.source, config, on_fault)
    place = locate(config.path)
    for found in find_files(place, on_fault, ignore_skip):
        if len(place.paths) > 1:
            raise DataError(f"{config.path}: a series is one table, and this folder has {len(place.paths)} files.")
        return table_of(list(rows_of(found, config, on_fault)), found.source, config, on_fault)
    raise DataError(f"{config.path}: holds no file that could be read.")


def table_of(
    rows: Sequence[Row], source: str, config: SeriesConfig, on_fault: OnFault = refuse, *, is_timed: bool = True
) -> Table:
    """Rows that were read, as numbers.

    Args:
        is_timed: whether there must be a column of time stamps; else rows without one are numbered.

    Raises:
        DataError: as `read_table`.
    """
    if not rows:
        raise DataError(f"{source}: holds no row of numbers under a header line.")
    columns = list(dict.fromkeys(name for _, row in rows[:SAMPLE] for name in row))
    time_column = _time_column(rows, columns, source, config, is_timed)
    lines = np.array([line for line, _ in rows], np.int64)
    times = _times(_stamps(rows, time_column, source, on_fault))
    order, notes = _in_order(times, lines, source, config, on_fault)
    known = {name: numbers_of(rows, name) for name in columns if name != time_column}
    numeric = {name: column for name, column in known.items() if column.is_numeric}
    chosen = _chosen(numeric, [*known], source, config)
    for name in chosen:
        known[name].tell_words(name, lines, source, on_fault)
    ignored = [name for name in known if name not in numeric]
    if ignored and config.columns is None:
        notes = [*notes, f"Without numbers, and so not read: {', '.join(ignored)}."]
    return Table(
        source,
        time_column,
        Times(times.stamps[order], times.style),
        {name: known[name].values[order] for name in chosen},
        lines[order],
        tuple(notes),
    )


def rows_of(file: FoundFile, config: SeriesConfig, on_fault: OnFault) -> Iterable[Row]:
    """The rows of a table.

    Raises:
        DataError: the file is no table.
    """
    ending = PurePosixPath(file.name).suffix
    if ending not in TABLES:
        raise DataError(f"{file.source}: this is no table. A series is read from {', '.join(TABLES)}.")
    return TABLES[ending](file, config.encoding, on_fault)


def _time_column(rows: Sequence[Row], columns: Sequence[str], source: str, config: SeriesConfig, is_timed: bool) -> str:
    if config.time_column is not None:
        if config.time_column in columns:
            return config.time_column
        raise DataError(f"{source}: no column is called {config.time_column!r}. {suggest(config.time_column, columns)}")
    sample = [row for _, row in rows[:SAMPLE]]
    found = {name: [parse_stamp(str(row.get(name))) for row in sample] for name in columns}
    able = [name for name in columns if sum(stamp is not None for stamp in found[name]) > len(sample) / 2]
    usual = [name for name in able if name.strip().lower() in TIME_NAMES]
    dated = [name for name in able if any(stamp and stamp[1] != "integer" for stamp in found[name])]
    for name in (*usual, *dated):
        return name
    if not is_timed:
        return ""
    raise DataError(
        f"{source}: no column holds time stamps such as 2026-03-14, 2026-03-14 15:00 or, called index, whole numbers. "
        f"Name it: --set data.time_column={columns[0]}. Columns: {', '.join(columns)}."
    )


def _stamps(rows: Sequence[Row], column: str, source: str, on_fault: OnFault) -> list[Stamp]:
    if not column:
        return [(number, "integer") for number in range(len(rows))]
    stamps: list[Stamp] = []
    for line, row in rows:
        stamp = parse_stamp(str(row.get(column)))
        if stamp is None:
            advice = "Write it as 2026-03-14, 2026-03-14 15:00:00 or a whole number, or take the row out."
            on_fault(Fault(source, f"{row.get(column)!r} in column {column} is no time stamp", advice, line))
            stamp = stamps[-1] if stamps else (0, "integer")
        stamps.append(stamp)
    return stamps


def _times(stamps: list[Stamp]) -> Times:
    order: tuple[Style, ...] = ("integer", "month", "day", "minute", "second")
    finest = max((stamp[1] for stamp in stamps), key=order.index)
    return Times(np.array([stamp[0] for stamp in stamps], np.int64), finest)


def _in_order(
    times: Times, lines: np.ndarray, source: str, config: SeriesConfig, on_fault: OnFault
) -> tuple[np.ndarray, list[str]]:
    """The rows in the order of time, each moment once, and what was done to get there."""
    notes, order = [], np.arange(len(times.stamps))
    distances = np.diff(times.stamps)
    backwards = np.flatnonzero(distances < 0)
    if len(backwards) and config.sort:
        order = np.argsort(times.stamps, kind="stable")
        notes.append(f"{len(backwards):,} rows stood before earlier ones; the table was put in the order of time.")
    elif len(backwards):
        whole = "The newest row stands first" if len(backwards) == len(distances) else "Rows are out of order"
        places = _places(times, lines, backwards + 1)
        problem = f"time runs backwards in {len(backwards):,} places: {places}"
        on_fault(Fault(source, problem, f"{whole}: --set data.sort=true puts them in the order of time."))
        order = np.argsort(times.stamps, kind="stable")
    again = np.flatnonzero(np.diff(times.stamps[order]) == 0)
    if len(again):
        if config.duplicates == "refuse":
            problem = f"{len(again):,} time stamps stand twice: {_places(times, lines, order[again + 1])}"
            advice = (
                "Keep one row of each: --set data.duplicates=first, or last. If the table holds several series below "
                "one another, give each a column of its own."
            )
            on_fault(Fault(source, problem, advice))
        else:
            notes.append(f"{len(again):,} time stamps stood twice; of each the {config.duplicates} row was kept.")
        order = np.delete(order, again if config.duplicates == "last" else again + 1)
    return order, notes


def _places(times: Times, lines: np.ndarray, rows: np.ndarray) -> str:
    some = [f"line {lines[row]} ({times.written(int(row))})" for row in rows[:SHOWN]]
    return ", ".join(some) + (", ..." if len(rows) > SHOWN else "")


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
