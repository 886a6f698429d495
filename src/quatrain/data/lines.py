"""A text line by line, none lost: for what is answered line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO

from quatrain.data.faults import ignore_skip, refuse
from quatrain.data.files import find_files, locate

__all__ = ["NOT_TEXT", "read_lines"]

NOT_TEXT = "\udcff"
"""Stands in a line for bytes that are not UTF-8: no text has it."""


def read_lines(path: str, stdin: IO[bytes] | None = None) -> Iterator[str]:
    """The lines of a UTF-8 file, compressed or not, without their ends; `-` reads stdin.

    A line ends at a newline, and at nothing else. A line that is not UTF-8 is given with `NOT_TEXT` in it.

    Raises:
        DataError: the file is missing or damaged.
    """
    if path == "-":
        yield from map(_decoded, stdin or sys.stdin.buffer)
        return
    for file in find_files(locate(path), refuse, ignore_skip):
        yield from map(_decoded, file.stream)


def _decoded(line: bytes) -> str:
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("utf-8", errors="replace") + NOT_TEXT
