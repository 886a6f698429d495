"""Long tables with a row a moment: the rows of each recording in the order of time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from jaxtyping import Float, Int

from quatrain.data.cells import (
    Column,
    DateOrder,
    Mark,
    about_numbers,
    columns_of,
    example_of_either,
    mark_of,
    numbers_of,
    setting_of,
)
from quatrain.data.classes.labels import class_name
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.labelled_series.ordering import in_order
from quatrain.data.labelled_series.read import UNLABELLED
from quatrain.data.labelled_series.roles import SAMPLE, Roles, roles_of
from quatrain.data.separators import decimal_beside
from quatrain.data.tables import TABLES, Row, column_of
from quatrain.errors import DataError, suggest

__all__ = ["LongTable", "read_table"]


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
    date_order: DateOrder | None = None
    """Which number of its dates is the day, where they are three numbers."""
    decimal: Mark | None = None
    """What stands before decimals, where its numbers or the config tell it, or it had to be chosen."""


def read_table(
    file: FoundFile, config: LabelledSeriesConfig, on_fault: OnFault, *, is_labelled: bool = True
) -> LongTable:
    """The rows of a table.

    Args:
        is_labelled: whether there must be labels; else they are not looked at.
    Raises:
        DataError: it is empty, or columns cannot be found.
    """
    likely = decimal_beside(file, config.encoding)
    rows = list(TABLES[PurePosixPath(file.name).suffix](file, config.encoding, on_fault))
    if not rows:
        raise DataError(f"{file.source}: holds no row under a header line.")
    roles = roles_of(rows, file.source, config)
    if roles.label is None and is_labelled:
        raise DataError(f"{file.source}: {_no_label(rows, roles)}")
    names, unnamed = columns_of([row for _, row in rows], SAMPLE)
    names = [name for name in dict.fromkeys([*names, *(config.columns or ())]) if name not in roles.taken]
    cells = {name: column_of(rows, name) for name in names}
    mark = config.decimal or mark_of(itertools.chain.from_iterable(cells.values()), likely)
    groups = _names(rows, roles.group, file.source, on_fault)
    labels = _names(rows, roles.label if is_labelled else None, file.source, on_fault)
    order, found, told = in_order(rows, groups, roles, file.source, config, mark, on_fault, is_labelled=is_labelled)
    known = {name: numbers_of(column, mark) for name, column in cells.items()}
    columns = _columns(known, file.source, config)
    lines = np.array([line for line, _ in rows], np.int64)
    for name in columns:
        known[name].tell_words(name, lines, file.source, on_fault, filling="line")
    either = {name: text for name in columns if (text := example_of_either(cells[name]))}
    return LongTable(
        file.source,
        columns,
        np.stack([known[name].values for name in columns], axis=1)[order],
        [labels[row] for row in order],
        [groups[row] for row in order],
        lines[order],
        roles,
        (
            *(unnamed if config.columns is None else ()),
            *_notes(roles, labels, config, is_labelled),
            *told,
            *about_numbers({name: known[name] for name in columns}, cells, either, config.decimal),
        ),
        found.spelling.order if found and not found.spelling.is_undecided else config.date_order,
        mark or ("." if either else None),
    )


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


def _columns(known: Mapping[str, Column], source: str, config: LabelledSeriesConfig) -> tuple[str, ...]:
    """The columns of numbers that are read.

    Raises:
        DataError: one that is asked for is not there or holds no numbers, or there is none.
    """
    numeric = [name for name, column in known.items() if column.is_numeric]
    for name in config.columns or ():
        if name not in numeric:
            raise DataError(f"{source}: no column of numbers is called {name!r}. {suggest(name, numeric)}")
    if not numeric:
        raise DataError(f"{source}: no column holds numbers. Columns: {', '.join(known) or 'none'}.")
    return config.columns or tuple(numeric)


def _notes(roles: Roles, labels: Sequence[str], config: LabelledSeriesConfig, is_labelled: bool) -> Iterator[str]:
    if is_labelled and config.label_column is None:
        yield f"The labels stand in {roles.label!r}."
    if roles.group is not None and config.group_column is None:
        yield f"Recordings are told apart by {roles.group!r}, and each is in one part only."
    if roles.moments is None:
        yield "No column holds time stamps: rows are taken in the order of the file."
    if roles.words and config.columns is None:
        yield f"Without numbers, and so not read: {', '.join(roles.words)}."
    n_without = sum(label == UNLABELLED for label in labels)
    if is_labelled and n_without:
        yield f"Left out: {n_without:,} rows without a label."
