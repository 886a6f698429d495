"""Parallel text in tables: .tsv and .csv with or without a header, .jsonl, .parquet."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from quatrain.data.cells import is_prose
from quatrain.data.config import PairsConfig
from quatrain.data.faults import Fault, OnFault, OnSkip, ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files
from quatrain.data.headers import lacks_numbers, open_table
from quatrain.data.pairs.languages import KNOWN_PAIRS, is_language
from quatrain.data.pairs.parts import named_parts
from quatrain.data.pairs.texts import Parallel, Texts, joined
from quatrain.data.readers import HALF_PAIR, head_of
from quatrain.data.tables import SEPARATED, TABLES, Row, peek

__all__ = ["read_tables", "say_so"]

NESTED = "translation"
"""A column that may hold both sides in one object, `{"en": ..., "de": ...}`, as many published sets have it."""
WORDS = {*itertools.chain.from_iterable(KNOWN_PAIRS), "translation", "input", "output", "score", "english", "german"}
"""Words that make a first row a header, beside those that do for all tables."""


@dataclass(frozen=True)
class Columns:
    """Where the sides stand in a table."""

    source: str
    target: str
    is_said: bool
    """Whether somebody said which is the source: a setting, or a word such as src."""
    has_header: bool


def read_tables(config: PairsConfig, place: Place, on_fault: OnFault, on_skip: OnSkip) -> Parallel:
    """All parts; the columns of the first table hold for the others, too."""
    stems = {
        file.name: PurePosixPath(file.name).with_suffix("").as_posix()
        for file in find_files(place, lambda _: None, ignore_skip)
        if _ending(file) in TABLES
    }
    parts = dict.fromkeys(stems.values(), "train") if place.is_text_file else named_parts(stems.values())
    found: defaultdict[str, list[Texts]] = defaultdict(list)
    columns: Columns | None = None
    n_left_out = 0
    for file in find_files(place, on_fault, on_skip):
        part = parts[stems[file.name]] if file.name in stems else None
        if part is None:
            n_left_out += 1
            on_skip(file.source, "belongs to no part, or is no table")
            continue
        if not head_of(file, on_fault):
            on_fault(Fault(file.source, "it is empty", "Fill it, or take it away."))
            continue
        rows, chosen = _open(file, config, columns, on_fault)
        if chosen is not None:
            columns = columns or chosen
            found[part].append(_sides(part, file.source, rows, chosen, on_fault))
    texts = {part: joined(found[part]) for part in sorted(found, key=lambda part: {"train": 0, "val": 1}.get(part, 2))}
    notes = (f"Left out {n_left_out:,} files that belong to no part or are no tables.",) if n_left_out else ()
    sides = (columns.source, columns.target) if columns else ("source", "target")
    return Parallel(place.name, texts, sides, _direction(columns) if columns else "", notes)


def say_so(config: PairsConfig, place: Place) -> bool:
    """Whether the columns of the first table are called as sides of parallel text are."""
    for file in find_files(place, refuse, ignore_skip):
        if _ending(file) in TABLES:
            rows, has_header = _rows(file, config, refuse)
            names, _, _ = peek(rows)
            return has_header and _called_so(names) is not None
    return False


def _open(
    file: FoundFile, config: PairsConfig, columns: Columns | None, on_fault: OnFault
) -> tuple[Iterator[Row], Columns | None]:
    """The rows of a table and the columns of its sides; None where they are not there (told to `on_fault`)."""
    rows, has_header = _rows(file, config, on_fault)
    names, texts, rows = peek(rows)
    if columns is not None:
        lacking = next((name for name in (columns.source, columns.target) if name not in names), None)
        if lacking is None or not names:
            return rows, columns
        advice = f"Its columns: {', '.join(names)}. Every table needs the same two."
        on_fault(Fault(file.source, f"no column is called {lacking!r}, as in the table before", advice))
        return rows, None
    if not names:
        return rows, Columns("source", "target", True, has_header)  # not a single row
    return rows, _choose(file.source, config, names, texts, has_header, on_fault)


def _choose(
    source: str, config: PairsConfig, names: list[str], texts: list[str], has_header: bool, on_fault: OnFault
) -> Columns | None:
    listed = ", ".join(names)
    for setting, wanted in (("source", config.source), ("target", config.target)):
        if wanted is not None and wanted not in names:
            advice = f"Its columns: {listed}. Name one: --set data.{setting}={(texts or names)[0]}."
            on_fault(Fault(source, f"no column is called {wanted!r}", advice))
            return None
    if config.source is not None and config.target is not None:
        return Columns(config.source, config.target, True, has_header)
    asked = config.source or config.target
    called = _called_so(names)
    if asked is not None:
        candidates = called if called and asked in called else tuple(texts)
        others = [name for name in candidates if name != asked]
        if len(others) == 1:
            sides = (asked, others[0]) if config.source is not None else (others[0], asked)
            return Columns(*sides, True, has_header)
    elif called is not None:
        return Columns(*called, called in KNOWN_PAIRS, has_header)
    elif len(texts) == 2:
        return Columns(texts[0], texts[1], False, has_header)
    count = {0: "no column holds", 1: "only one column holds"}.get(len(texts), f"{len(texts)} columns hold")
    problem = f"{count} text, and parallel text has two sides"
    a, b = [*dict.fromkeys((*texts, *names)), "TARGET"][:2]
    advice = f"Its columns: {listed}. Name two: --set data.source={a!r} --set data.target={b!r}."
    if len(names) < 2:
        advice = f"Its only column: {listed}. Write the other side into a second one."
    if has_header and PurePosixPath(source).suffix in SEPARATED and len(texts) > 1:
        advice += " If the first row is no header, give their numbers: --set data.source=1 --set data.target=2."
    on_fault(Fault(source, problem, advice))
    return None


def _called_so(names: Sequence[str]) -> tuple[str, str] | None:
    """The two columns whose names say that they are sides, in the order of the table where they do not say it."""
    lower = {name.lower(): name for name in names}
    for source, target in KNOWN_PAIRS:
        if source in lower and target in lower:
            return lower[source], lower[target]
    languages = [name for name in names if is_language(name) and name.lower() != "id"]
    return (languages[0], languages[1]) if len(languages) == 2 else None


def _rows(file: FoundFile, config: PairsConfig, on_fault: OnFault) -> tuple[Iterator[Row], bool]:
    """The rows of a table, and whether it names its columns; else they are called 1, 2, ..."""
    asked = (config.source, config.target)
    opened = open_table(file, config.encoding, on_fault, asked, words=WORDS, otherwise=_is_header)
    return (opened.rows if _ending(file) in SEPARATED else map(_flat, opened.rows)), opened.has_header


def _is_header(first: Sequence[str]) -> bool:
    """Whether a first row of which nothing else tells names the columns: two other words, or prose, are a pair, and
    numbers stand beside one."""
    n_prose = sum(is_prose([name]) for name in first)
    return n_prose < 2 and lacks_numbers(first) and (len(first) != 2 or all(map(is_language, first)))


def _flat(row: Row) -> Row:
    """The languages of a nested column as columns of their own."""
    line, values = row
    nested = values.get(NESTED)
    return (line, {**values, **nested}) if isinstance(nested, Mapping) else row


def _sides(part: str, source: str, rows: Iterable[Row], columns: Columns, on_fault: OnFault) -> Texts:
    src: list[str] = []
    tgt: list[str] = []
    lines: list[int] = []
    for line, row in rows:
        pair = [row.get(name) for name in (columns.source, columns.target)]
        wrong = next((i for i, text in enumerate(pair) if not _is_side(text)), None)
        if wrong is None:
            src.append(pair[0] or "")
            tgt.append(pair[1] or "")
            lines.append(line)
        else:
            name = (columns.source, columns.target)[wrong]
            problem = f"column {name!r} holds {pair[wrong]!r}, which is no text"
            on_fault(Fault(source, problem, "Put quotes around it, or name another column.", line))
    return Texts.of_file(part, src, tgt, (source, source), lines)


def _is_side(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not HALF_PAIR.search(value))


def _direction(columns: Columns) -> str:
    kind = "column" if columns.has_header else "column number"
    direction = f"From {kind} {columns.source} to {kind} {columns.target}."
    if not columns.has_header:
        direction += " The first row is read as a pair, not as names of columns."
    if not columns.is_said:
        direction += (
            f" For the other way round: --set data.source={_quoted(columns.target)} "
            f"--set data.target={_quoted(columns.source)}."
        )
    return direction


def _quoted(name: str) -> str:
    return name if name.isalpha() else f"'{name}'"


def _ending(file: FoundFile) -> str:
    return PurePosixPath(file.name).suffix
