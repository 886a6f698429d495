"""One column of text out of .jsonl, .csv, .tsv and .parquet."""

from __future__ import annotations

import csv
import io
import itertools
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from quatrain.data.cells import NO_HEADER, is_prose, numbers_instead, prose_first, repeated_column, setting_of
from quatrain.data.decoding import decoded_lines
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.separators import said_separator, separator_of
from quatrain.errors import MissingExtra

__all__ = ["SEPARATED", "TABLES", "Row", "Values", "choose_column", "column_of", "is_text", "named", "peek"]

Row = tuple[int, Mapping[str, Any]]
"""Line in the file (row in a parquet file), from 1, and the values by column."""
Values = tuple[int, list[str]]
"""Line in the file, from 1, and the values of a row in the order of the columns."""
TEXT_COLUMNS = ("text", "content", "body", "sentence")
SAMPLE = 100  # rows looked at to tell columns of text from others
PARQUET_ROWS = 10_000  # rows held at once

EACH, FEW_WORDS = 10, 3
"""Rows that have the same text, on average, and the words of one, where texts are the names of classes."""

Reader = Callable[[FoundFile, str, OnFault], Iterator[Row]]
"""(file, encoding, on_fault) -> rows."""


def json_rows(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[Row]:
    """One JSON object a line; blank lines are passed over."""
    for number, line in enumerate(decoded_lines(file.stream, file.source, encoding, on_fault), start=1):
        if not line.strip():
            continue
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            on_fault(Fault(file.source, f"this is not JSON ({error})", "Mend or remove the line.", number))
            continue
        if isinstance(values, dict):
            yield number, values
        else:
            problem = f"a {type(values).__name__} stands where an object is needed"
            on_fault(Fault(file.source, problem, 'Write {"text": "..."} on each line.', number))


def csv_values(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[Values]:
    """Values with commas between them, or with semicolons, tabs or bars; quoted ones may hold these and newlines. A
    first line that says which, `sep=;` as Excel writes it, is none of them."""
    csv.field_size_limit(sys.maxsize)  # Python's own bound, 131,072 characters, is less than a long article
    separator = separator_of(file, encoding)
    lines = decoded_lines(file.stream, file.source, encoding, on_fault)
    first = next(lines, "")
    n_before = 1 if said_separator(first) else 0
    rest = lines if n_before or not first else itertools.chain([first], lines)
    yield from _values(csv.reader(rest, delimiter=separator), file.source, on_fault, n_before)


def tsv_values(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[Values]:
    """Tab-separated values; quotes are plain characters."""
    csv.field_size_limit(sys.maxsize)
    lines = decoded_lines(file.stream, file.source, encoding, on_fault)
    return _values(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), file.source, on_fault)


def csv_rows(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[Row]:
    """Values with commas (semicolons, tabs, bars) between them, with a header line."""
    return _below_header(csv_values(file, encoding, on_fault), file.source, on_fault)


def tsv_rows(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[Row]:
    """Tab-separated values with a header line."""
    return _below_header(tsv_values(file, encoding, on_fault), file.source, on_fault)


def parquet_rows(file: FoundFile, _encoding: str, on_fault: OnFault) -> Iterator[Row]:
    """Rows of a parquet file, some thousands at a time.

    Raises:
        MissingExtra: polars is not installed.
    """
    try:
        import polars
    except ImportError:
        raise MissingExtra(
            f"{file.source}: reading .parquet needs an extra package: pip install 'quatrain[data]'."
        ) from None
    try:
        frame = polars.scan_parquet(file.path or io.BytesIO(file.stream.read()))
        schema = frame.collect_schema()
        texts = any(kind == polars.String for kind in schema.values())
        wanted = [name for name, kind in schema.items() if not (texts and kind.is_nested())]
        for start in itertools.count(0, PARQUET_ROWS):
            rows = frame.select(wanted).slice(start, PARQUET_ROWS).collect()
            yield from ((start + i, row) for i, row in enumerate(rows.iter_rows(named=True), start=1))
            if len(rows) < PARQUET_ROWS:
                return
    except (polars.exceptions.PolarsError, OSError) as error:
        problem = f"this is not a whole parquet file ({error})"
        on_fault(Fault(file.source, problem, "Write it again, or leave it out."))


SEPARATED: dict[str, Callable[[FoundFile, str, OnFault], Iterator[Values]]] = {".csv": csv_values, ".tsv": tsv_values}
"""Endings of tables that may come without a header line."""

TABLES: dict[str, Reader] = {
    ".jsonl": json_rows,
    ".ndjson": json_rows,
    ".csv": csv_rows,
    ".tsv": tsv_rows,
    ".parquet": parquet_rows,
}
"""Endings of files that are tables."""


def _values(reader: Any, source: str, on_fault: OnFault, n_before: int = 0) -> Iterator[Values]:
    """The rows of a reader, which does not know of some lines before."""
    while True:
        start = n_before + reader.line_num + 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            on_fault(Fault(source, f"this is not a row ({error})", "Mend the quotes or line ends here.", start))
            continue
        yield start, values


def _below_header(values: Iterator[Values], source: str, on_fault: OnFault) -> Iterator[Row]:
    for _, header in values:
        yield from named(values, header, source, on_fault)


def named(values: Iterable[Values], columns: Sequence[str], source: str, on_fault: OnFault) -> Iterator[Row]:
    """Values under the names of their columns; blank lines are passed over."""
    for line, row in values:
        if len(row) == len(columns):
            yield line, dict(zip(columns, row, strict=True))
        elif row:
            problem = f"{len(row)} values stand under {len(columns)} columns"
            on_fault(Fault(source, problem, "Mend the row; a value that holds a separator needs quotes.", line))


def choose_column(
    rows: Iterable[Row], source: str, wanted: str | None, on_fault: OnFault, *, has_header: bool = True
) -> tuple[str | None, Iterator[Row]]:
    """The column of text, and all the rows again; None where there is none (told to `on_fault`).

    Args:
        wanted: the column asked for; None takes one of the usual names, or the only column of text.
        has_header: False where columns have numbers in place of names.
    """
    columns, texts, rows = peek(rows)
    name = wanted or next((usual for usual in TEXT_COLUMNS if usual in texts), None)
    if name is None and len(texts) == 1:
        rows = iter(rows)
        looked_at = list(itertools.islice(rows, SAMPLE))
        rows, fault = itertools.chain(looked_at, rows), _no_text(looked_at, texts[0], source)
        if fault is not None:
            on_fault(fault)
            return None, rows
        name = texts[0]
    if not columns or name in columns:
        return name, rows
    problem = "no column holds text" if wanted is None else f"no column is called {wanted!r}"
    if wanted is None and texts:
        problem = "several columns hold text"
    sample = [row for _, row in itertools.islice(rows, SAMPLE)]
    example = (prose_first(texts, sample) or columns or ["NAME"])[0]
    is_told = has_header or (wanted or "").isdecimal()
    listed = "Its columns: " if is_told else f"{NO_HEADER}, so these are numbers: "
    advice = f"{listed}{', '.join(columns) or 'none'}. Name one: {setting_of('text_column', example)}"
    on_fault(Fault(source, problem, advice + _instead(sample, columns, texts, has_header=has_header)))
    return None, rows


def _no_text(rows: Sequence[Row], name: str, source: str) -> Fault | None:
    """Why the only column with words holds no text; None where it may."""
    as_text = f"If it is to be read as text: {setting_of('text_column', name)}"
    if _names_classes(rows, name):
        problem = f"column {name!r} holds the same few words again and again, beside numbers: classes, not text"
        advice = (
            "If every row is a window of a series behind its label, take the header line away and type --task classify"
        )
        return Fault(source, problem, f"{advice}. {as_text}")
    if _holds_stamps(rows, name):
        problem = f"column {name!r} holds no text, and looks like time stamps that are not understood"
        return Fault(source, problem, f"Write them as 2026-03-14 and type --task forecast. {as_text}")
    return None


def _names_classes(rows: Sequence[Row], name: str) -> bool:
    """Whether a column beside others holds the same few words again and again."""
    values = {str(row.get(name)).strip() for _, row in rows}
    is_short = sum(len(value.split()) for value in values) <= FEW_WORDS * len(values)
    return is_short and len(values) * EACH <= len(rows) and len(rows[0][1]) > 1


def _holds_stamps(rows: Sequence[Row], name: str) -> bool:
    """Whether a column beside numbers holds no prose, and most of its cells rather digits than letters."""
    cells = [row.get(name) for _, row in rows]
    n_alike = sum(isinstance(cell, str) and _is_mostly_digits(cell) for cell in cells)
    others = [value for _, row in rows for other, value in row.items() if other != name]
    return 2 * n_alike > len(cells) and _are_numbers(others) and not is_prose(cells)


def _is_mostly_digits(text: str) -> bool:
    """Whether a text has digits, and no fewer than it has letters."""
    n_digits = sum(map(str.isdigit, text))
    return n_digits > 0 and n_digits >= sum(map(str.isalpha, text))


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether some values stand here, and all but empty ones are numbers."""
    known = [value for value in values if value is not None and value != ""]
    return bool(known) and not any(is_text(value) or isinstance(value, bool | list | dict) for value in known)


def _instead(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], texts: Sequence[str], *, has_header: bool
) -> str:
    """What to type where classes or translations could be meant: a column of few values, or a second one of text."""
    label = repeated_column(rows, columns)
    if label is not None and [name for name in texts if name != label]:
        settings = setting_of("label_column", label) if has_header else numbers_instead(columns, texts, rows)
        return f", or tell {label!r} from the text: --task classify {settings}"
    is_pair = len(texts) == 2 and all(is_prose([row.get(name) for row in rows]) for name in texts)
    return ", or translate one to the other: --task translate" if is_pair else ""


def peek(rows: Iterable[Row]) -> tuple[list[str], list[str], Iterator[Row]]:
    """The names of the columns, those that hold text, and all the rows."""
    rows = iter(rows)
    sample = list(itertools.islice(rows, SAMPLE))
    names = list(dict.fromkeys(name for _, row in sample for name in row))
    texts = [name for name in names if any(is_text(row.get(name)) for _, row in sample)]
    return names, texts, itertools.chain(sample, rows)


def column_of(rows: Sequence[Row], name: str) -> list[Any]:
    """What stands in a column, row by row; None where a row has no such column."""
    return [row.get(name) for _, row in rows]


def is_text(value: Any) -> bool:
    """Whether a value is a non-empty string that is no number."""
    if not isinstance(value, str) or not value.strip():
        return False
    try:
        float(value)
    except ValueError:
        return True
    return False
