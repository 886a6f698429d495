"""A column without a name that only counts the rows, as pandas writes it, is none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quatrain.data.cells.numbers import number_of

__all__ = ["columns_of"]

UNNAMED = re.compile(r"(unnamed: ?\d+)?", re.IGNORECASE)
"""What a column without a name is called, and what pandas calls it."""


def columns_of(rows: Sequence[Mapping[str, Any]], n_looked_at: int) -> tuple[list[str], list[str]]:
    """The columns that the first rows have, but one without a name that only counts all rows; and what to say of it.

    Example:
        >>> columns_of([{"": "0", "x": "5"}, {"": "1", "x": "3"}], 200)
        (['x'], ['The first column has no name and counts the rows, and so is not read.'])
    """
    columns = list(dict.fromkeys(name for row in rows[:n_looked_at] for name in row))
    counters = [
        name for name in columns[:1] if UNNAMED.fullmatch(name.strip()) and _counts([row.get(name) for row in rows])
    ]
    told = ["The first column has no name and counts the rows, and so is not read." for _ in counters]
    return [name for name in columns if name not in counters], told


def _counts(cells: Sequence[Any]) -> bool:
    """Whether whole numbers go on by one from cell to cell, up or down."""
    numbers = np.array([np.nan if (number := number_of(cell)) is None else number for cell in cells])
    return len(cells) > 1 and bool((np.diff(numbers) == 1).all() or (np.diff(numbers) == -1).all())
