"""A column of a table that says which part each row belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from quatrain.data.part_names import PART_WORDS, Part

__all__ = ["GivenParts", "given_parts_of", "partition_column"]

PARTITION_COLUMNS = ("split", "set", "partition", "subset", "fold", "part")
"""What columns of parts are called, the likeliest first."""


class GivenParts(NamedTuple):
    """What a column says of the rows."""

    parts: list[Part]
    """The part of each row; empty where the column does not say it."""
    note: str
    """What it says, in a sentence; empty where it names no part at all."""


def partition_column(names: Sequence[str], without: Sequence[str | None] = ()) -> str | None:
    """The column that is called as those of parts are.

    Args:
        names: of all columns.
        without: those that hold something else.
    """
    lower = {name.lower(): name for name in names if name not in without}
    return next((lower[usual] for usual in PARTITION_COLUMNS if usual in lower), None)


def given_parts_of(column: str, values: Sequence[Any]) -> GivenParts:
    """The part of each row, if every value of a column names one.

    Example:
        >>> given_parts_of("split", ["train", "Test"])
        GivenParts(parts=['train', 'test'], note="Parts as column 'split' says: train 1, test 1.")
    """
    words = [str(value).strip().lower() for value in values]
    parts = [PART_WORDS[word] for word in words if word in PART_WORDS]
    if len(parts) == len(words):
        counts = Counter(parts)
        shown = ", ".join(f"{part} {counts[part]:,}" for part in ("train", "val", "test") if counts[part])
        return GivenParts(parts, f"Parts as column {column!r} says: {shown}." if shown else "")
    if not parts:
        return GivenParts([], "")
    other = next(value for value, word in zip(values, words, strict=True) if word not in PART_WORDS)
    return GivenParts([], f"Column {column!r} is not read as the parts: it holds {other!r}, which names none.")
