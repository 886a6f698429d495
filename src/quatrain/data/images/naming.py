"""Which picture a table means, and which of its columns names them."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from quatrain.data.faults import OnFault
from quatrain.data.files import UNPACKERS, FoundFile
from quatrain.data.headers import Opened, lacks_numbers, open_table
from quatrain.data.images.decoding import ENDINGS
from quatrain.data.tables import TABLES, Row

__all__ = ["LOOKED_AT", "Pictures", "are_called_so", "file_column", "is_picture", "is_table", "open_list"]

LOOKED_AT = 100
"""Rows of a table that are looked at to find the column of file names."""
LEAST = 0.5
"""Share of the files a table names that must be there, for it to be a list of them."""


def is_picture(name: str) -> bool:
    """Whether a file is called as pictures are."""
    return PurePosixPath(name).suffix.lower() in ENDINGS


def are_called_so(values: Sequence[Any]) -> bool:
    """Whether most values are called as pictures are."""
    return 2 * sum(is_picture(str(value)) for value in values) > len(values)


class Pictures:
    """Finds the picture that a table means.

    Args:
        names: of all files, as they are spelled.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self.names = {name for name in names if is_picture(name)}
        self.called: dict[str, str | None] = {}
        self.lower: dict[str, str | None] = {}
        for name in self.names:
            path = PurePosixPath(name)
            self.lower[name.lower()] = None if name.lower() in self.lower else name
            for short in {path.name, path.stem}:
                self.called[short] = None if short in self.called else name

    def find(self, value: Any, folder: PurePosixPath) -> str | None:
        """By its path from the folder of the table, or else by its name, with or without an ending, if one has it.

        A path that is spelled with backslashes, or in another case, as Windows takes it, is found too.
        """
        text = str(value).strip().replace("\\", "/")
        path = posixpath.normpath(folder / text)
        if path in self.names:
            return path
        return self.lower.get(path.lower()) or (None if "/" in text else self.called.get(text))


def is_table(name: str) -> bool:
    """Whether a file is called as tables are, packed or not."""
    path = PurePosixPath(name.lower())
    return (path.with_suffix("") if path.suffix in UNPACKERS else path).suffix in TABLES


def open_list(file: FoundFile, on_fault: OnFault, asked: Sequence[str | None] = ()) -> Opened:
    """The rows of a table, which may lack a header: then its first row names a picture as the others do.

    Args:
        asked: the columns that settings name.
    """

    def is_header(first: Sequence[str]) -> bool:
        return lacks_numbers(first) and not any(map(is_picture, first))

    return open_table(file, "utf-8", on_fault, asked, otherwise=is_header)


def file_column(rows: Sequence[Row], pictures: Pictures, file: FoundFile) -> str | None:
    """The column most of whose values name pictures that are there; of several one with endings, or of more values."""
    folder = PurePosixPath(file.spelled).parent

    def names_pictures(column: str) -> tuple[int, int, int]:
        values = [str(row.get(column)) for _, row in rows]
        n_found = sum(pictures.find(value, folder) is not None for value in values)
        return n_found, sum(map(is_picture, values)), len({*values})

    columns = dict.fromkeys(name for _, row in rows for name in row)
    best = max(columns, key=names_pictures, default=None)
    return best if best is not None and names_pictures(best)[0] >= LEAST * len(rows) else None
