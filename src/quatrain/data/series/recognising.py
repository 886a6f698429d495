"""Whether a table looks like a series, so that the task need not be named."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from quatrain.data.config import SeriesConfig
from quatrain.data.faults import ignore_skip, refuse
from quatrain.data.files import find_files, locate
from quatrain.data.prose import is_prose
from quatrain.data.series.moments import moment_columns
from quatrain.data.series.numbers import mark_of, number_of, numbers_of
from quatrain.data.series.ordering import told_apart
from quatrain.data.series.reading import SAMPLE, columns_of, rows_of
from quatrain.data.series.spellings import spelling_of
from quatrain.data.tables import TABLES, TEXT_COLUMNS, Row
from quatrain.errors import QuatrainError

__all__ = ["looks_like_series"]

FEWEST = 3
"""Rows of a table that can be told to be a series."""
TIMED, GROWING = 0.8, 0.9
"""Share of time stamps among the cells of their column, and of steps in one direction among those of whole numbers."""
STAYS = 4
"""Rows for which a label stays the same, on average, are as many: those are windows with labels."""


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
            return _is_timed(list(islice(rows_of(file, SeriesConfig(path=path), refuse), SAMPLE)))
    except QuatrainError:
        pass
    return False


def _is_timed(rows: Sequence[Row]) -> bool:
    cells = [row for _, row in rows]
    columns, _ = columns_of(cells)
    moments = moment_columns(cells, columns) if len(rows) >= FEWEST else None
    if moments is None:
        return False
    written = moments.cells(cells)
    spelling = spelling_of(written, moments.date)
    stamps = [stamp for cell in written if (stamp := spelling.parse(cell))]
    if len(stamps) < TIMED * len(rows) or not _counts_time(stamps):
        return False
    others = [name for name in columns if name not in moments.names and any(_holds(row.get(name)) for row in cells)]
    mark = mark_of(row.get(name) for row in cells for name in others)
    numeric = [name for name in others if numbers_of(rows, name, mark).is_numeric]
    worded = [[str(row.get(name)) for row in cells if _holds(row.get(name))] for name in others if name not in numeric]
    is_text = any(name.strip().lower() in TEXT_COLUMNS for name in others if name not in numeric)
    if not numeric or len(worded) > len(numeric) or is_text or any(map(is_prose, worded)):
        return False
    several = len(stamps) == len(rows) and told_apart(np.array([stamp[0] for stamp in stamps]), cells, others)
    return bool(several) or not any(map(_stays, worded))


def _counts_time(stamps: Sequence[tuple[int, str]]) -> bool:
    """Whether stamps are dates, or whole numbers that grow, or fall."""
    if any(style != "integer" for _, style in stamps):
        return True
    steps = np.diff([number for number, _ in stamps])
    return max(float((steps > 0).mean()), float((steps < 0).mean())) >= GROWING


def _holds(value: Any) -> bool:
    """Whether a cell is neither empty nor says that a number is missing."""
    number = number_of(value)
    return number is None or number == number


def _stays(cells: Sequence[str]) -> bool:
    """Whether the words of a column change seldom."""
    n_stretches = 1 + sum(cell != after for cell, after in itertools.pairwise(cells))
    return n_stretches > 1 and n_stretches * STAYS <= len(cells)
