"""Labelled texts in tables: .tsv and .csv with or without a header, .jsonl, .parquet."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from quatrain.data.cells import NO_HEADER, is_prose, numbers_instead, prose_first
from quatrain.data.classes.labels import class_name, several_names
from quatrain.data.classes.partition import GivenParts, given_parts_of, partition_column
from quatrain.data.config import LabelledConfig
from quatrain.data.faults import Fault, OnFault, OnSkip, ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files, locate
from quatrain.data.headers import Opened, open_table
from quatrain.data.labelled.columns import SINGLES, Columns, Lack, choose_columns, choose_sides
from quatrain.data.labelled.texts import Labelled, LabelledTexts, joined
from quatrain.data.pairs.parts import named_parts
from quatrain.data.readers import HALF_PAIR, head_of
from quatrain.data.tables import TABLES, Row, peek
from quatrain.errors import DataError

__all__ = ["open_labels", "read_sides", "read_tables"]

SAMPLE = 100
"""Rows that are looked at to tell prose from other text."""
HIDDEN = "-1"
"""What stands for labels that are kept secret, in the test parts of some published sets."""


def read_tables(config: LabelledConfig, place: Place, on_fault: OnFault, on_skip: OnSkip) -> Labelled:
    """All parts; a table beside the training part that has no labels is left out, and said to be."""
    stems = {
        file.name: PurePosixPath(file.name).with_suffix("").as_posix()
        for file in find_files(place, lambda _: None, ignore_skip)
        if PurePosixPath(file.name).suffix in TABLES
    }
    parts = dict.fromkeys(stems.values(), "train") if place.is_text_file else named_parts(stems.values())
    found: defaultdict[str, list[LabelledTexts]] = defaultdict(list)
    notes: list[str] = []
    columns: Columns | None = None
    for file in find_files(place, on_fault, on_skip):
        part = parts[stems[file.name]] if file.name in stems else None
        if part is None:
            on_skip(file.source, "belongs to no part, or is no table")
            continue
        if not head_of(file, on_fault):
            on_fault(Fault(file.source, "it is empty", "Fill it, or take it away."))
            continue
        opened = open_labels(file, config, on_fault)
        names, worded, rows = _with_prose(opened.rows)
        chosen = columns if columns and {*columns.sides, columns.label} <= {*names} else None
        choice = chosen or choose_columns(config, names, worded)
        if isinstance(choice, Lack) and choice.is_label and not (opened.has_header or _by_number(config.label_column)):
            choice, rows = _with_numbers(choice, names, worded, rows)
        if isinstance(choice, Columns):
            columns = choice
            spelled, splitting = Counter[str](), _partition(names, choice) if part == "train" else None
            texts, said = _examples(part, file.source, rows, choice, on_fault, spelled, splitting)
            divided, note = _divided(texts, splitting, said)
            for each in divided:
                found[each.name].append(each)
            notes += [note] if note else []
            notes += _blanks_in_words(file.source, spelled)
        elif choice.is_label and part != "train":
            notes.append(f"Left out {file.source}: it has no labels.")
        else:
            on_fault(Fault(file.source, choice.problem, choice.advice))
    examples = {part: joined(found[part]) for part in sorted(found, key=_rank)}
    for part in [name for name, texts in examples.items() if name != "train" and {*texts.labels} <= {HIDDEN, ""}]:
        notes.append(f"Left out {part}: its labels are not given.")
        examples.pop(part)
    return Labelled(place.name, examples, columns, str(columns or ""), tuple(notes))


def read_sides(config: LabelledConfig) -> Iterator[tuple[str, ...]]:
    """The text of every row of a table, or both texts of a pair, whatever its labels; what is missing is empty.

    Raises:
        DataError: the table is missing or damaged, or has no such columns.
    """
    for file in find_files(locate(config.path), refuse, ignore_skip):
        names, texts, rows = peek(open_labels(file, config, refuse).rows)
        if not names:
            continue
        sides = choose_sides(config, names, texts)
        if isinstance(sides, Lack):
            raise DataError(f"{file.source}: {sides.problem}. {sides.advice}")
        for _, row in rows:
            yield tuple(value if isinstance(value := row.get(name), str) else "" for name in sides)


def open_labels(file: FoundFile, config: LabelledConfig, on_fault: OnFault) -> Opened:
    """The rows of a table, which may lack a header."""
    asked = (config.text_column, config.second_column, config.label_column)
    return open_table(file, config.encoding, on_fault, asked)


def _with_prose(rows: Iterable[Row]) -> tuple[list[str], list[str], Iterator[Row]]:
    """As `peek`, but that prose comes first, and that the only column of prose is the text where none is called so."""
    names, texts, rows = peek(rows)
    sample = [*itertools.islice(rows, SAMPLE)]
    values = [row for _, row in sample]
    prose = [name for name in texts if is_prose([row.get(name) for row in values])]
    is_clear = len(prose) == 1 and not any(name.lower() in SINGLES for name in texts)
    return names, prose if is_clear else prose_first(texts, values), itertools.chain(sample, rows)


def _by_number(column: str | None) -> bool:
    return column is not None and column.isdecimal()


def _with_numbers(
    choice: Lack, names: Sequence[str], texts: Sequence[str], rows: Iterable[Row]
) -> tuple[Lack, Iterator[Row]]:
    """What to type where columns have numbers in place of names; and all the rows again."""
    rows = iter(rows)
    sample = [*itertools.islice(rows, SAMPLE)]
    numbers = numbers_instead(names, texts, [row for _, row in sample])
    advice = f"{NO_HEADER}: {numbers}." if numbers else f"{NO_HEADER}. {choice.advice}"
    return replace(choice, advice=advice), itertools.chain(sample, rows)


def _partition(names: Sequence[str], columns: Columns) -> str | None:
    """The column that could say which part each row belongs to."""
    return partition_column(names, without=(columns.label, *columns.sides))


def _divided(texts: LabelledTexts, splitting: str | None, said: Sequence[Any]) -> tuple[list[LabelledTexts], str]:
    """The examples of a table by the parts that a column names, or all as they are; and a sentence about it.

    Args:
        splitting: the column, if there is one.
        said: what it holds for each example.
    """
    given = given_parts_of(splitting, said) if splitting is not None else GivenParts([], "")
    if not given.parts:
        return [texts], given.note
    part_of_each = np.array(given.parts)
    return [texts.keep(part_of_each == part, part) for part in dict.fromkeys(given.parts)], given.note


def _examples(
    part: str,
    source: str,
    rows: Iterable[Row],
    columns: Columns,
    on_fault: OnFault,
    spelled: Counter[str],
    splitting: str | None,
) -> tuple[LabelledTexts, list[Any]]:
    """The examples of a table, and what the column `splitting` holds for each.

    Args:
        spelled: counts the labels that are spelled with more blanks than their class.
        splitting: the column that could say which part a row belongs to, if there is one.
    """
    said: list[Any] = []
    sides: tuple[list[str], ...] = tuple([] for _ in columns.sides)
    labels: list[str] = []
    lines: list[int] = []
    for line, row in rows:
        label = class_name(row.get(columns.label))
        if label is None:
            on_fault(Fault(source, *_no_class(columns.label, row[columns.label]), line))
            continue
        values = [row.get(name) for name in columns.sides]
        wrong = next((i for i, value in enumerate(values) if not _is_text(value)), None)
        if wrong is not None:
            problem = f"column {columns.sides[wrong]!r} holds {values[wrong]!r}, which is no text"
            on_fault(Fault(source, problem, "Put quotes around it, or name another column.", line))
            continue
        written = row.get(columns.label)
        spelled.update([written] if isinstance(written, str) and written != label and label else [])
        for side, value in zip(sides, values, strict=True):
            side.append(value or "")
        labels.append(label)
        lines.append(line)
        said.append(row.get(splitting) if splitting is not None else None)
    return LabelledTexts.of_file(part, sides, labels, source, lines), said


def _no_class(column: str, value: Any) -> tuple[str, str]:
    """What is wrong with a label, and what to do."""
    if several_names(value):
        advice = "An example has one class: keep one, or write a column for each label and learn them one by one."
        return f"column {column!r} holds a list of labels, {value!r}", advice
    advice = "Write a word or a whole number, or name another column: --set data.label_column=NAME."
    return f"column {column!r} holds {value!r}, which names no class", advice


def _blanks_in_words(source: str, spelled: Counter[str]) -> list[str]:
    """That labels were read without their blanks, if some were."""
    if not spelled:
        return []
    shown = ", ".join(map(repr, [*spelled][:3])) + (", ..." if len(spelled) > 3 else "")
    return [
        f"{source}: {spelled.total():,} labels are read without the blanks around them, or doubled in them: {shown}."
    ]


def _is_text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not HALF_PAIR.search(value))


def _rank(part: str) -> int:
    return {"train": 0, "val": 1}.get(part, 2)
