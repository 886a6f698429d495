"""From what a person typed to labelled texts: tables, or a folder for each class."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from quatrain.data.cells import is_stamp
from quatrain.data.classes.labels import class_name, several_names
from quatrain.data.classes.shelves import shelve
from quatrain.data.config import LabelledConfig
from quatrain.data.decoding import check_encoding
from quatrain.data.faults import OnFault, OnSkip, ignore_skip, refuse
from quatrain.data.files import Place, find_files, locate
from quatrain.data.labelled import folders, tables
from quatrain.data.labelled.columns import Columns, choose_columns
from quatrain.data.labelled.texts import Labelled
from quatrain.data.readers import a_row_a_line
from quatrain.data.tables import TABLES, is_text, peek
from quatrain.errors import DataError, QuatrainError

__all__ = ["looks_labelled", "read_labelled"]

LOOKED_AT = 1000
"""Rows whose labels are looked at to tell classes from other values."""
EACH = 2
"""Rows that a class has on average, at least."""


def read_labelled(config: LabelledConfig, on_fault: OnFault = refuse, on_skip: OnSkip = ignore_skip) -> Labelled:
    """Everything there is, examples without text or label among them.

    Raises:
        DataError: the path is missing, or holds no table and no folders of texts; and whatever `on_fault` makes of a
            fault.
        MissingExtra: a parquet file, and polars is not installed.
    """
    check_encoding(config.encoding)
    place = locate(config.path)
    names = _names(place)
    if any(_is_table(name) for name in names):
        return tables.read_tables(config, place, on_fault, on_skip)
    spelled = _spelled(place)
    shelves = shelve(spelled)
    if shelves.problem:
        raise DataError(f"{config.path}: {shelves.problem}")
    if len({shelf.label for shelf in shelves.found.values()}) > 1:
        return folders.read_folders(config, place, shelves, on_fault, on_skip)
    shown = ", ".join(sorted(names)[:5]) + (", ..." if len(names) > 5 else "") if names else "no file"
    raise DataError(
        f"{config.path}: labelled text is a table (.tsv, .csv, .jsonl, .parquet) with a column of text and one of "
        f"labels, or a folder of text files for each class; this holds {shown}. {_advice(place)}".strip()
    )


def _advice(place: Place) -> str:
    """What to type where a single file could be made a table."""
    is_json = place.is_text_file and place.root.suffix.lower() == ".json"
    return a_row_a_line(str(place.root)) if is_json else ""


def looks_labelled(path: str) -> bool:
    """Whether this is labelled text beyond doubt: a table with few different values in a column called as labels are,
    or train and test folders that hold the same folders of texts.

    What cannot be read does not look like anything.
    """
    try:
        place = locate(path)
        if any(map(_is_table, _names(place))):
            return _holds_classes(LabelledConfig(path=path), place)
        return folders.are_parts_of_classes(_spelled(place))
    except QuatrainError:
        return False


def _holds_classes(config: LabelledConfig, place: Place) -> bool:
    """Whether a table has text and classes; the first that has both decides."""
    for file in find_files(place, refuse, ignore_skip):
        if not _is_table(file.name):
            continue
        names, texts, rows = peek(tables.open_labels(file, config, refuse).rows)
        sample = [row for _, row in itertools.islice(rows, LOOKED_AT)]
        worded = [name for name in texts if any(_is_worded(row.get(name)) for row in sample)]
        columns = choose_columns(config, names, worded)
        if isinstance(columns, Columns):
            return _are_classes([row.get(columns.label) for row in sample])
    return False


def _are_classes(labels: Sequence[Any]) -> bool:
    """Whether labels are few and name classes, or are lists of names, which are told of when they are read."""
    names = [several_names(label) or class_name(label) for label in labels]
    n_classes = len({name for name in names if name})
    is_listed = any(map(several_names, labels))
    return None not in names and (is_listed or 1 <= n_classes <= max(len(names) // EACH, 2))


def _is_worded(value: Any) -> bool:
    """Whether a value is text, and no time stamp."""
    return is_text(value) and not is_stamp(value)


def _names(place: Place) -> list[str]:
    return [file.name for file in find_files(place, refuse, ignore_skip)]


def _spelled(place: Place) -> list[str]:
    return [file.spelled for file in find_files(place, refuse, ignore_skip)]


def _is_table(name: str) -> bool:
    return PurePosixPath(name).suffix in TABLES
