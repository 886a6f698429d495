"""Windows of one shape: equally many rows and columns, no number missing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from quatrain.data.labelled_series.read import LabelledWindows
from quatrain.errors import DataError

__all__ = ["SET_LINE", "filled", "shape_of", "shaped", "stretched"]

SET_LINE = "Put them on a straight line between those before and after: --set data.missing=line."
"""What to do with missing numbers where settings can be made."""
TRAIN_AGAIN = "Fill them; or train again with --set data.missing=line, which puts them on a straight line."
"""What to do where a trained model is asked."""


def shape_of(parts: Sequence[LabelledWindows], length: int | None) -> tuple[int, int]:
    """Rows and columns of a window: as many rows as are asked for, or the longest has; the columns of the first."""
    windows = [window for part in parts for window in part.windows]
    return length or max(map(len, windows)), windows[0].shape[1]


def shaped(
    part: LabelledWindows, shape: tuple[int, int], *, stretch: bool, missing: str, advice: str = TRAIN_AGAIN
) -> Float[np.ndarray, "n rows columns"]:
    """All windows of a part in one array, float64.

    Args:
        shape: rows and columns of each.
        stretch: whether another number of rows is stretched to it; else it is refused.
        missing: refuse, or line.
        advice: what to do where a number is missing and refused.
    Raises:
        DataError: a window has another shape, or a number is missing in it; the message names its place.
    """
    values = np.empty((len(part), *shape))
    for row, window in enumerate(part.windows):
        place = part.place(row)
        if window.shape[1] != shape[1]:
            raise DataError(f"{place}: a window of {window.shape[1]} columns, where {shape[1]} are needed.")
        whole = filled(window, missing, place, advice)
        if len(whole) != shape[0] and not stretch:
            raise DataError(
                f"{place}: a window of {len(whole):,} rows, where {shape[0]:,} are needed. Train with --set "
                f"data.length={shape[0]}, and windows of any length are stretched to it by straight lines."
            )
        values[row] = stretched(whole, shape[0])
    return values


def filled(
    window: Float[np.ndarray, "rows columns"], missing: str, place: str, advice: str = TRAIN_AGAIN
) -> Float[np.ndarray, "rows columns"]:
    """A window in which no number is missing; at its ends the nearest known number stands.

    Raises:
        DataError: one is missing and that is refused, or a whole column is.
    """
    is_missing = np.isnan(window)
    if not is_missing.any():
        return window
    row, column = map(int, np.argwhere(is_missing)[0])
    if missing == "refuse":
        raise DataError(
            f"{place}: {int(is_missing.sum()):,} numbers are missing, the first in row {row + 1} of the window. "
            f"{advice}"
        )
    if is_missing.all(axis=0).any():
        column = int(is_missing.all(axis=0).argmax())
        raise DataError(f"{place}: column {column + 1} of the window has no number. Take the window out.")
    rows, columns = np.arange(len(window)), zip(window.T, is_missing.T, strict=True)
    return np.stack([np.interp(rows, rows[~gap], column[~gap]) for column, gap in columns], axis=1)


def stretched(window: Float[np.ndarray, "rows columns"], n_rows: int) -> Float[np.ndarray, "n_rows columns"]:
    """The window read at so many moments evenly from its first row to its last, on straight lines between rows."""
    if len(window) == n_rows:
        return window
    rows, moments = np.arange(len(window)), np.linspace(0, len(window) - 1, n_rows)
    return np.stack([np.interp(moments, rows, column) for column in window.T], axis=1)
