"""Labels as tables hold them: the columns they stand in, and the names of classes that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["LABEL_COLUMNS", "class_name", "label_column", "several_names"]

LABEL_COLUMNS = (
    "label", "labels", "gold_label", "class", "category", "sentiment", "target", "topic", "intent", "emotion",
    "polarity", "stars", "rating", "spam", "is_spam", "is_duplicate", "duplicate", "is_toxic",
)  # fmt: skip
"""What columns of labels are called, the likeliest first."""


def label_column(names: Sequence[str], without: Sequence[str | None] = ()) -> str | None:
    """The column that is called as labels usually are."""
    lower = {name.lower(): name for name in names if name not in without}
    return next((lower[usual] for usual in LABEL_COLUMNS if usual in lower), None)


def class_name(value: Any) -> str | None:
    """A label as the name of a class, empty where it is missing; None where it is none.

    Example:
        >>> [class_name(value) for value in (1, 1.0, True, " good ", None, 0.5)]
        ['1', '1', 'true', 'good', '', None]
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case float() if value != value:
            return ""
        case float():
            return str(int(value)) if value.is_integer() else None
        case str():
            return " ".join(value.split())
    return None


def several_names(value: Any) -> str | None:
    """A list of labels, joined by commas; None where a label is no list of words.

    Example:
        >>> several_names(["rude", "late"]), several_names("rude"), several_names([])
        ('rude, late', None, None)
    """
    is_list = isinstance(value, list) and bool(value) and all(isinstance(name, str) for name in value)
    return ", ".join(value) if is_list else None
