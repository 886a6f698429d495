"""Whether the first row of a table names its columns, or is data as the rows below it are: one rule for all readers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from quatrain.data.cells import are_data, stands_below
from quatrain.data.classes.labels import LABEL_COLUMNS
from quatrain.data.faults import OnFault
from quatrain.data.files import FoundFile
from quatrain.data.tables import SEPARATED, TABLES, TEXT_COLUMNS, Row, is_text, named

__all__ = ["PAIRS", "SINGLES", "Opened", "lacks_numbers", "names_columns", "open_table"]

SAMPLE = 100
"""Rows below the first one that are looked at."""
SINGLES = (*TEXT_COLUMNS, "review", "phrase", "comment", "message", "tweet", "title", "question", "query", "utterance")
"""What columns of text are called."""
PAIRS = (
    ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"), ("text1", "text2"),
    ("text_1", "text_2"), ("text_a", "text_b"), ("premise", "hypothesis"), ("question1", "question2"),
    ("question", "sentence"), ("question", "answer"), ("question", "passage"),
)  # fmt: skip
"""What the columns of a pair of texts are called."""
USUAL = {*SINGLES, *itertools.chain.from_iterable(PAIRS), *LABEL_COLUMNS, "id", "index", "date", "timestamp"}
"""Words that make a first row a header."""


@dataclass(frozen=True)
class Opened:
    """The rows of a table under the names of their columns, or under their numbers where it has no header."""

    rows: Iterator[Row]
    columns: Sequence[str]
    """What they are called; empty where only the rows can say it."""
    has_header: bool
    """Whether the first row names them; else they are called 1, 2, ..., and it is a row as all others."""
    is_sure: bool
    """Whether something says so; else the first row could as well be data."""


def open_table(
    file: FoundFile,
    encoding: str,
    on_fault: OnFault,
    asked: Sequence[str | None] = (),
    *,
    words: Collection[str] = (),
    otherwise: Callable[[Sequence[str]], bool] | None = None,
) -> Opened:
    """The rows of a table, with a header or without one: see `names_columns`.

    Args:
        asked: the columns that settings name.
        words: what columns are called besides the usual, in lower case.
        otherwise: whether a first row of which nothing tells is a header; None: if no number is in it.
    """
    ending = PurePosixPath(file.name).suffix
    if ending not in SEPARATED:
        return Opened(TABLES[ending](file, encoding, on_fault), (), has_header=True, is_sure=True)
    values = SEPARATED[ending](file, encoding, on_fault)
    top = next((value for value in values if value[1]), None)
    if top is None:
        return Opened(iter(()), (), has_header=True, is_sure=True)
    below = list(itertools.islice(values, SAMPLE))
    told = names_columns(top[1], [row for _, row in below], [name for name in asked if name is not None], words)
    has_header = (otherwise or lacks_numbers)(top[1]) if told is None else told
    columns = top[1] if has_header else [str(place) for place in range(1, len(top[1]) + 1)]
    rows = itertools.chain(below if has_header else [top, *below], values)
    return Opened(named(rows, columns, file.source, on_fault), columns, has_header, told is not None)


def names_columns(
    first: Sequence[str], below: Sequence[Sequence[str]], asked: Sequence[str] = (), words: Collection[str] = ()
) -> bool | None:
    """Whether a first row names the columns of a table; None where nothing tells.

    It does if it counts them (0, 1, ...), if settings ask for one of its names or one is usual, unless that is a value
    of its column, too, and if a word stands above numbers. It does not if settings ask for columns by number, if a
    value that could be a label stands below itself, or prose above prose.

    Example:
        >>> names_columns(["neg", "a dull film"], [["pos", "warm and wise"], ["neg", "too long for me"]])
        False
        >>> names_columns(["stars", "What did you like?"], [["4", "the cast, above all"], ["5", "all of it"]])
        True
    """
    if _count(first):
        return True
    if asked and all(map(str.isdecimal, asked)):
        return {*asked} <= {*first} and not any(1 <= int(number) <= len(first) for number in asked)
    rows = [dict(zip(first, row, strict=True)) for row in below if len(row) == len(first)]
    usual = [name for name in first if name.strip().lower() in {*USUAL, *words}]
    if {*asked} & {*usual} or any(not stands_below(name, rows) for name in first if name in usual or name in asked):
        return True
    if {*asked} & {*first}:
        return False
    if any(_stands_above_numbers(name, rows) for name in first):
        return True
    return False if are_data(first, rows) else None


def lacks_numbers(first: Sequence[str]) -> bool:
    """Whether no value of a first row is a number: columns of texts are not called so."""
    return not any(value.strip() and not is_text(value) for value in first)


def _count(names: Sequence[str]) -> bool:
    """Whether names count from 0 or 1, as those do that pandas gives to columns without any."""
    counted = [name for name in names if name]
    return bool(counted) and any(counted == [str(start + i) for i in range(len(counted))] for start in (0, 1))


def _stands_above_numbers(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    values = [value for row in rows if (value := row[name].strip())]
    return is_text(name) and bool(values) and not any(map(is_text, values))
