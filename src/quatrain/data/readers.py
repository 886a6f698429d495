"""From a path to documents of text, streaming: nothing larger than a block or one row is held."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from quatrain.data.cells import setting_of
from quatrain.data.config import DataConfig
from quatrain.data.decoding import check_encoding, decoded, looks_binary
from quatrain.data.faults import Fault, OnFault, OnNote, OnSkip, ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files, locate, reporting_damage
from quatrain.data.headers import Opened, open_table
from quatrain.data.part_names import Part, is_about_the_data, part_folders, part_of
from quatrain.data.tables import TABLES, choose_column

__all__ = [
    "HALF_PAIR",
    "Document",
    "Piece",
    "a_row_a_line",
    "given_parts",
    "head_of",
    "read_documents",
    "read_pieces",
]

HALF_PAIR = re.compile("[\ud800-\udfff]")  # JSON can write them; they are no characters
LIST_OF_ROWS = re.compile(rb"(\xef\xbb\xbf)?\s*\[\s*\{")  # how a file of JSON starts that holds objects in a list
HEAD = 8192  # bytes looked at to tell binary files from text
SHOWN = 40  # characters of what was taken for a name


@dataclass(frozen=True)
class Document:
    """One text that stands for itself: a file, or a row of a table."""

    text: str
    source: str
    """File, archive member and line."""


@dataclass(frozen=True)
class Piece:
    """A stretch of a document, in reading order."""

    text: str
    source: str
    """File, archive member and line of the document."""
    part: Part | None
    """The part of a given split; None where the data brings none."""
    starts_document: bool


def read_documents(config: DataConfig) -> Iterator[Document]:
    """The documents of a file, a folder, an archive or an embedded text.

    A table gives one for every row that is not empty, any other file one for itself. In folders, hidden,
    binary and empty files are skipped.

    Raises:
        DataError: the path is missing, holds no text, or something in it is damaged, unsafe or wrongly encoded.
        MissingExtra: a parquet file, and polars is not installed.
    """
    texts: list[str] = []
    source = ""
    for piece in read_pieces(config):
        if piece.starts_document and texts:
            yield Document("".join(texts), source)
            texts = []
        texts.append(piece.text)
        source = piece.source
    if texts:
        yield Document("".join(texts), source)


def read_pieces(
    config: DataConfig,
    on_fault: OnFault = refuse,
    on_skip: OnSkip = ignore_skip,
    on_note: OnNote = lambda _source, _what: None,
) -> Iterator[Piece]:
    """The same as `read_documents`, but long documents come in pieces of about a million characters.

    Raises:
        DataError: the path is missing or the encoding unknown; and whatever `on_fault` makes of a fault.
    """
    check_encoding(config.encoding)
    place = locate(config.path)
    parts = given_parts(place)
    is_empty = True

    def told(fault: Fault) -> None:
        nonlocal is_empty
        is_empty = False
        on_fault(fault)

    for file in find_files(place, told, on_skip):
        part = parts.get(file.name) if parts else None
        if parts and part is None:
            on_skip(file.source, "outside the given split")
            continue
        head = head_of(file, told)
        if head is None:
            continue
        ending = PurePosixPath(file.name).suffix
        if head == b"":
            on_skip(file.source, "empty")
        elif ending in TABLES:
            for piece in _rows(file, config, part, told, on_skip, on_note):
                is_empty = False
                yield piece
        elif place.is_text_file and ending == ".json" and LIST_OF_ROWS.match(head):
            told(Fault(file.source, "this is one list of rows", a_row_a_line(file.source)))
        elif not looks_binary(head, config.encoding):
            for piece in _text(file, config.encoding, part, told):
                is_empty = False
                yield piece
        elif place.is_text_file:
            told(Fault(file.source, "this is a binary file, not text", "Give a file of text."))
        else:
            on_skip(file.source, "binary")
    if is_empty:
        on_fault(Fault(config.path, "it is empty, or nothing in it is text", "Give a file or folder that holds text."))


def given_parts(place: Place) -> dict[str, Part] | None:
    """The part of each file where names such as `wiki.train.tokens` or `test/a.txt` split the data; else None.

    A split is given when train and one of val (valid, validation, dev) and test are named, and every
    file but readmes and licences names one.
    """
    if place.is_text_file:
        return None
    names = [file.name for file in find_files(place, lambda _: None, ignore_skip)]
    folders = part_folders(folder for name in names for folder in PurePosixPath(name).parent.parts)
    parts: dict[str, Part] = {}
    for name in names:
        part = part_of(name, folders)
        if part is not None:
            parts[name] = part
        elif not is_about_the_data(name):
            return None
    return parts if "train" in parts.values() and len({*parts.values()}) > 1 else None


def a_row_a_line(path: str) -> str:
    """What to type so that a file of JSON, a list of rows, becomes one that is read: a row a line."""
    code = '"import json, sys; [print(json.dumps(row)) for row in json.load(sys.stdin)]"'
    target = str(PurePosixPath(path).with_suffix(".jsonl"))
    return f"python -c {code} < {shlex.quote(path)} > {shlex.quote(target)} makes it a table, a row a line."


def head_of(file: FoundFile, on_fault: OnFault) -> bytes | None:
    """The first bytes of a file, which stay to be read; None where it cannot be."""
    with reporting_damage(file.source, on_fault):
        return file.stream.peek(HEAD)[:HEAD]
    return None


def _text(file: FoundFile, encoding: str, part: Part | None, on_fault: OnFault) -> Iterator[Piece]:
    starts = True
    for text in decoded(file.stream, file.source, encoding, on_fault):
        if text:
            yield Piece(text, file.source, part, starts)
            starts = False


def _rows(
    file: FoundFile, config: DataConfig, part: Part | None, on_fault: OnFault, on_skip: OnSkip, on_note: OnNote
) -> Iterator[Piece]:
    opened = open_table(file, config.encoding, on_fault, (config.text_column,))
    column, rows = choose_column(opened.rows, file.source, config.text_column, on_fault, has_header=opened.has_header)
    if column is None:
        return
    if config.text_column is None and (note := _about_header(opened, column)):
        on_note(file.source, note)
    for number, row in rows:
        text = row.get(column, "")
        if text is None or text == "":
            on_skip(f"{file.source}, line {number}", "empty")
        elif isinstance(text, str) and not HALF_PAIR.search(text):
            yield Piece(text, f"{file.source}, line {number}", part, True)
        else:
            problem = f"column {column!r} holds {text!r}, which is no text"
            on_fault(Fault(file.source, problem, "Put quotes around it, or name another column.", number))


def _about_header(opened: Opened, column: str) -> str:
    """That the first row is read as text, or is not although it could be; empty where it surely is a header."""
    if not opened.has_header:
        which = f", and the text is column {column}" if len(opened.columns) > 1 else ""
        return f"the first row is read as text, not as names of columns{which}."
    if opened.is_sure:
        return ""
    number = str([*opened.columns].index(column) + 1)
    name = "a name" if len(opened.columns) == 1 else "names of columns"
    return (
        f"the first row is taken for {name}, and column {column[:SHOWN]!r} is read. If that row is text, too: "
        f"{setting_of('text_column', number)}"
    )
