"""Rows of a series, however they are held in Python."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from quatrain.errors import DataError

__all__ = ["Rows", "rows_of_anything"]

Rows = Sequence[Mapping[str, Any]]


def rows_of_anything(data: Any, columns: Sequence[str]) -> Rows:
    """The rows of a frame of polars or pandas, of an array, or of mappings.

    Args:
        columns: those of an array, in order.
    Raises:
        DataError: it is none of these, or an array has other columns.
    """
    rows = _plain(data, columns)
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise DataError(
            f"{type(data).__name__}: no rows of a series. Give the path of a table, a frame of pandas or polars, a "
            f"list of mappings from column to value, or an array (rows, {len(columns)})."
        )
    return [{str(name): _as_in_a_file(value) for name, value in row.items()} for row in rows]


def _plain(data: Any, columns: Sequence[str]) -> Any:
    if hasattr(data, "to_dicts"):  # polars
        return data.to_dicts()
    if hasattr(data, "columns") and hasattr(data, "to_dict"):  # pandas
        return data.to_dict("records")
    if not isinstance(data, np.ndarray):
        return data
    values = data[:, None] if data.ndim == 1 and len(columns) == 1 else data
    if values.ndim != 2 or values.shape[1] != len(columns):
        shape = "x".join(map(str, data.shape))
        raise DataError(
            f"an array of {shape} numbers stands where (rows, {len(columns)}) are needed, the columns being "
            f"{', '.join(columns)}."
        )
    return [dict(zip(columns, row, strict=True)) for row in values.tolist()]


def _as_in_a_file(value: Any) -> Any:
    """A date as it is written in files; anything else as it is."""
    return str(value) if isinstance(value, dt.date) else value
