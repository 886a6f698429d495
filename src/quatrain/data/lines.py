"""A text line by line, none lost: for what is answered line by line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO

from quatrain.data.decoding import check_encoding, decoded_lines, looks_binary
from quatrain.data.faults import ignore_skip, refuse
from quatrain.data.files import find_files, locate
from quatrain.errors import DataError

__all__ = ["NOT_TEXT", "read_lines"]

NOT_TEXT = "\udcff"
"""Stands in a line for bytes that are not UTF-8: no text has it."""
UTF_8 = "utf-8"
HEAD = 8192
"""Bytes looked at to tell binary files from text."""


def read_lines(path: str, stdin: IO[bytes] | None = None, *, encoding: str = UTF_8) -> Iterator[str]:
    """The lines of a file of text, compressed or not, without their ends; `-` reads stdin.

    A line ends at a newline, and at nothing else. A line that is not UTF-8 is given with `NOT_TEXT` in it; in another
    encoding it stops the reading.

    Raises:
        DataError: the file is missing, damaged or no text, or Python knows no such encoding.
    """
    check_encoding(encoding)
    if path == "-":
        yield from _lines(stdin or sys.stdin.buffer, "stdin", encoding)
        return
    for file in find_files(locate(path), refuse, ignore_skip):
        if looks_binary(file.stream.peek(HEAD)[:HEAD], encoding):
            raise DataError(f"{file.source}: this is a binary file, not text. Give a file of text.")
        yield from _lines(file.stream, file.source, encoding)


def _lines(stream: IO[bytes], source: str, encoding: str) -> Iterator[str]:
    if encoding == UTF_8:
        return map(_decoded, stream)
    return (line.removesuffix("\n").removesuffix("\r") for line in decoded_lines(stream, source, encoding, refuse))


def _decoded(line: bytes) -> str:
    line = line.removesuffix(b"\n").removesuffix(b"\r")
    try:
        return line.decode("utf-8-sig")
    except UnicodeDecodeError:
        return line.decode("utf-8", errors="replace") + NOT_TEXT
