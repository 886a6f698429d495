"""What stands between the values of a .csv: a comma, or the semicolon of Excel in Europe, a tab, a bar."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from quatrain.data.faults import ignore_skip
from quatrain.data.files import DAMAGE, FoundFile, find_files, locate
from quatrain.errors import DataError

__all__ = ["decimal_beside", "other_separators", "said_separator", "separator_of", "separator_of_text"]

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may stand between values, the likeliest first, in words."""
SAID = re.compile(r'(?P<quote>"?)sep=(?P<mark>[^\r\n"])(?P=quote)[,;\t|]*\r?\n?', re.IGNORECASE)
"""A first line that says what stands between the values; one that was saved again may end with some of them."""
HEAD = 8192
"""Bytes of a file that are looked at."""
AGREE, COMMAS_AGREE = 0.9, 0.5
"""Share of rows that have as many values as the first one; commas are believed sooner."""


def separator_of(file: FoundFile, encoding: str) -> str:
    """What stands between the values of a file, by its first rows, which stay to be read."""
    try:
        head = file.stream.peek(HEAD)[:HEAD]
    except DAMAGE:  # whoever reads the file says so
        return ","
    text = head.decode(encoding, "replace").removeprefix("\ufeff")
    return said_separator(text.partition("\n")[0]) or separator_of_text(text, is_whole=len(head) < HEAD)


def said_separator(line: str) -> str | None:
    """What a first line says that stands between the values, as Excel writes it; None where it says nothing of it.

    Example:
        >>> said_separator("sep=;\\r\\n"), said_separator('"sep=,"'), said_separator("sep;x")
        (';', ',', None)
    """
    found = SAID.fullmatch(line)
    return found["mark"] if found else None


def decimal_beside(file: FoundFile, encoding: str) -> Literal[","] | None:
    """A comma, which likely stands before decimals where semicolons separate the values; None where nothing says so."""
    return "," if file.name.endswith(".csv") and separator_of(file, encoding) == ";" else None


def separator_of_text(text: str, *, is_whole: bool = True) -> str:
    """What stands between the values of a table: what the first row has and nearly all others have as often.

    Args:
        is_whole: False where the last row goes on behind what is seen of it.

    Example:
        >>> separator_of_text("day;load\\n1;2,5\\n2;3,5\\n"), separator_of_text("text\\nso; it goes\\nand; on\\n")
        (';', ',')
    """
    widths = {separator: _widths(text, separator, is_whole=is_whole) for separator in SEPARATORS}
    likely = [separator for separator, found in widths.items() if _agree(found, separator)]
    return max(likely, key=lambda separator: widths[separator][0], default=",")


def other_separators(path: str, encoding: str = "utf-8") -> Iterator[str]:
    """A sentence for every sort of separator but commas that the .csv files of a path have."""
    try:
        place = locate(path)
        tables = replace(place, paths=tuple(item for item in place.paths if ".csv" in item.suffixes), hidden=())
        files = (file for file in find_files(tables, lambda _: None, ignore_skip) if file.name.endswith(".csv"))
        found = {separator_of(file, encoding): file.source for file in files}
    except (DataError, OSError):
        return
    yield from (
        f"{found[mark]}: values are separated by {words}."
        for mark, words in SEPARATORS.items()
        if mark in found and mark != ","
    )


def _widths(text: str, separator: str, *, is_whole: bool) -> list[int]:
    """How many values stand in each row; quotes may hold separators and newlines."""
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    except csv.Error:
        return []
    return [len(row) for row in (rows if is_whole or len(rows) == 1 else rows[:-1])]


def _agree(widths: list[int], separator: str) -> bool:
    if not widths or widths[0] < 2:
        return False
    share = sum(width == widths[0] for width in widths) / len(widths)
    return share >= (COMMAS_AGREE if separator == "," else AGREE)
