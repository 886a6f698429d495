"""Why a table beside pictures is not read, where a person would think that it counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from quatrain.data.cells import repeated_column, setting_of
from quatrain.data.classes.labels import label_column
from quatrain.data.files import FoundFile
from quatrain.data.images.naming import LOOKED_AT, Pictures, are_called_so, file_column
from quatrain.data.tables import Row

__all__ = ["goes_after_folders", "names_none"]

COUNTS = 0.5
"""Rows for each picture, at least, of a table that could be a list of them though nothing in it looks like labels."""


def goes_after_folders(rows: Sequence[Row], pictures: Pictures, file: FoundFile) -> str:
    """That folders name the classes, and what to type for those of the table; empty where it has none."""
    files = file_column(rows, pictures, file)
    others = [name for name in _columns(rows) if name != files]
    labels = label_column(others) or repeated_column([row for _, row in rows], others)
    if files is None or labels is None:
        return ""
    asked = setting_of("label_column", labels)
    return f"{file.source} names pictures, too, but is not read, since folders name their classes. To read it: {asked}"


def names_none(rows: Sequence[Row], pictures: Pictures, file: FoundFile) -> str:
    """That no column names the pictures, and what to set; empty where nobody would think that one does."""
    some, n_rows = rows[:LOOKED_AT], len(rows)
    columns = _columns(some)
    called = next((name for name in columns if are_called_so([row.get(name) for _, row in some])), None)
    if called is not None:
        folder = PurePosixPath(file.spelled).parent
        lacking = [str(row.get(called)) for _, row in rows if pictures.find(row.get(called), folder) is None]
        which = f"{len(lacking):,} of the {n_rows:,} pictures that its column {called!r} names are not there"
        others = f" {setting_of('file_column', called)} reads those that are." if len(lacking) < n_rows else ""
        return f"{file.source} is not read: {which}, such as {lacking[0]}.{others}"
    labels = label_column(columns) or repeated_column([row for _, row in some], columns)
    if not pictures.names or n_rows < 2 or (labels is None and n_rows < COUNTS * len(pictures.names)):
        return ""
    example = PurePosixPath(min(pictures.names)).name
    return (
        f"{file.source} is not read: no column of it names the pictures, such as {example}. Its columns: "
        f"{', '.join(columns)}. Write the names of files into one; {setting_of('file_column', 'NAME')} "
        f"{setting_of('label_column', labels or 'NAME')} says which is which."
    )


def _columns(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(name for _, row in rows for name in row))
