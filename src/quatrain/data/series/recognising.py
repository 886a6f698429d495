"""Whether a table looks like a series, so that the task need not be named."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from quatrain.data.cells import (
    TIME_NAMES,
    Stamp,
    columns_of,
    is_prose,
    mark_of,
    moment_columns,
    number_of,
    numbers_of,
    spelling_of,
)
from quatrain.data.config import SeriesConfig
from quatrain.data.faults import ignore_skip, refuse
from quatrain.data.files import find_files, locate
from quatrain.data.series.ordering import told_apart
from quatrain.data.series.reading import SAMPLE, open_rows
from quatrain.data.series.stretches import are_classes, read_on
from quatrain.data.tables import TABLES, TEXT_COLUMNS, Row, column_of
from quatrain.errors import QuatrainError

__all__ = ["looks_like_series"]

FEWEST = 3
"""Rows of a table that can be told to be a series."""
TIMED, GROWING = 0.8, 0.9
"""Share of time stamps among the cells of their column, and of steps in one direction among those of whole numbers."""
ORDERED = 0.7
"""Share of steps in one direction among those of dates in a column that is not called as usual."""
BIRTH = re.compile(r"dob|born|.*birth.*|geburt.*|geboren.*", re.IGNORECASE)
"""What columns of dates are called that tell of people, not of the rows of a series."""
MESSAGES = (*TEXT_COLUMNS, "message", "tweet", "comment", "review")
"""What columns of texts are called, however short these are."""


def looks_like_series(path: str) -> bool:
    """Whether this is a table of time stamps and numbers, in whatever order: nearly all of one column are dates, most
    of the other columns are numbers, and none holds prose or labels that stay for a while.

    What cannot be read does not look like anything.
    """
    try:
        place = locate(path)
        if len(place.paths) != 1:
            return False
        for file in find_files(place, refuse, ignore_skip):
            if PurePosixPath(file.name).suffix not in TABLES:
                return False
            return _is_timed(open_rows(file, SeriesConfig(path=path), refuse).rows)
    except QuatrainError:
        pass
    return False


def _is_timed(read: Iterator[Row]) -> bool:
    """Whether the first rows hold dates and numbers, and the columns of words of all rows leave them a series."""
    rows = list(islice(read, SAMPLE))
    first = [row for _, row in rows]
    columns, _ = columns_of(first, SAMPLE)
    moments = moment_columns(first, columns) if len(rows) >= FEWEST else None
    if moments is None:
        return False
    written = moments.cells(first)
    spelling = spelling_of(written, moments.date)
    stamps = [stamp for cell in written if (stamp := spelling.parse(cell))]
    if len(stamps) < TIMED * len(first) or not _counts_time(stamps) or BIRTH.fullmatch(moments.date.strip()):
        return False
    others = [name for name in columns if name not in moments.names and any(_holds(row.get(name)) for row in first)]
    mark = mark_of(row.get(name) for row in first for name in others)
    numeric = [name for name in others if numbers_of(column_of(rows, name), mark).is_numeric]
    worded = [name for name in others if name not in numeric]
    if not numeric or any(_is_text(name, [row.get(name) for row in first]) for name in worded):
        return False
    is_ordered = moments.date.strip().lower() in TIME_NAMES or _share_in_order(stamps) >= ORDERED
    if is_ordered and not worded:
        return True
    cells = [row for _, row in read_on(rows, read)]
    found = [spelling.parse(cell) for cell in moments.cells(cells)]
    if _are_several(found, cells, others):
        return True
    dates = [stamp[0] for stamp in found if stamp and stamp[1] != "integer"]
    return is_ordered and _go_along(cells, worded, len(numeric), dates)


def _go_along(cells: Sequence[Mapping[str, Any]], worded: Sequence[str], most: int, dates: Sequence[int]) -> bool:
    """Whether columns of words go with a series: at most so many ever change, and none holds classes of windows.

    Args:
        dates: of the rows; as many as these only where each has one.
    """
    labels = {name: [_word(row.get(name)) for row in cells] for name in worded}
    known = dates if len(dates) == len(cells) else None
    n_changing = sum(len({*words}) > 1 for words in labels.values())
    return n_changing <= most and not any(are_classes(name, words, known) for name, words in labels.items())


def _are_several(stamps: Sequence[Stamp | None], cells: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bool:
    """Whether columns tell series below one another apart."""
    known = np.array([stamp[0] for stamp in stamps if stamp])
    return len(known) == len(stamps) and bool(told_apart(known, cells, columns))


def _is_text(name: str, cells: Sequence[Any]) -> bool:
    """Whether a column of words is called as texts are, or holds prose, in most rows."""
    n_filled = sum(map(_holds, cells))
    return (name.strip().lower() in MESSAGES and 2 * n_filled > len(cells)) or is_prose(cells)


def _share_in_order(stamps: Sequence[Stamp]) -> float:
    """The share of steps from row to row that lead forwards, or backwards, whichever is larger."""
    steps = np.diff([number for number, _ in stamps])
    return max(float((steps >= 0).mean()), float((steps <= 0).mean()))


def _word(value: Any) -> str:
    return str(value).strip() if _holds(value) else ""


def _counts_time(stamps: Sequence[Stamp]) -> bool:
    """Whether stamps are dates, or whole numbers that grow, or fall."""
    if any(style != "integer" for _, style in stamps):
        return True
    steps = np.diff([number for number, _ in stamps])
    return max(float((steps > 0).mean()), float((steps < 0).mean())) >= GROWING


def _holds(value: Any) -> bool:
    """Whether a cell is neither empty nor says that a number is missing."""
    number = number_of(value)
    return number is None or number == number
