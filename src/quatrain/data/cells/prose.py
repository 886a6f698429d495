"""What stands in a column of a table: texts that people wrote, or a few values that come again and again."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "NO_HEADER",
    "are_data",
    "is_prose",
    "numbers_instead",
    "prose_first",
    "repeated_column",
    "setting_of",
    "stands_below",
]

LEAST_WORDS = 3
"""Words of a text that is no name, at least."""
WITHOUT_BLANKS = r"\u3040-\u30ff\u3400-\u9fff"
"""Writing that has no blanks between words."""
WORD = re.compile(rf"[{WITHOUT_BLANKS}]|[^\W\d_{WITHOUT_BLANKS}][^\s{WITHOUT_BLANKS}]*")
"""From a letter to the next blank; of writing without blanks a character."""
EACH = 2
"""Rows in which a value that repeats stands on average, at least."""
NO_HEADER = "The first row looks like data, not like names of columns"
"""What to say of a table without a header line."""
MOST_WORDS = 5
"""Words of a value that could be the name of a class, at most."""


def is_prose(values: Sequence[Any]) -> bool:
    """Whether most values of a column are texts of several words, and most of them different.

    Example:
        >>> is_prose(["a fine film", "dull from the start"]), is_prose(["New Town", "1 Jan 2026 03:00"])
        (True, False)
    """
    texts = [value for value in values if isinstance(value, str) and len(WORD.findall(value)) >= LEAST_WORDS]
    return 2 * len(texts) > len(values) and 2 * len({*texts}) > len(texts)


def prose_first(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Columns of text, those of prose before dates, names and the like."""
    return sorted(names, key=lambda name: not is_prose([row.get(name) for row in rows]))


def repeated_column(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str | None:
    """The column that could hold labels: that of the fewest different values, if there are two and each repeats.

    Example:
        >>> repeated_column([{"id": i, "kind": "ab"[i % 2]} for i in range(8)], ["id", "kind"])
        'kind'
    """
    counts = {name: len({str(row.get(name)).strip() for row in rows}) for name in names}
    few = [
        name
        for name, n in counts.items()
        if 2 <= n <= len(rows) / EACH and all(_could_name_a_class(row.get(name)) for row in rows)
    ]
    return min(few, key=counts.__getitem__, default=None)


def stands_below(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the name of a column is also a value in it, in a row that does not repeat the whole header.

    Example:
        >>> stands_below("pos", [{"pos": "neg", "fine": "dull"}, {"pos": "pos", "fine": "fun"}])
        True
    """
    return any(
        str(row.get(name)).strip() == name.strip() and any(str(row[key]).strip() != key.strip() for key in row)
        for row in rows
    )


def are_data(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what was taken for names of columns is a first row of data.

    It is where one that could be a label stands below itself too, or where one is prose as its column is; or one is
    prose, and no row is below.

    Example:
        >>> are_data(["neg", "a dull film"], [{"neg": "pos", "a dull film": "warm and wise"}])
        True
    """
    label = repeated_column(rows, names)
    if label is not None and stands_below(label, rows):
        return True
    return any(is_prose([name]) and (not rows or is_prose([row.get(name) for row in rows])) for name in names)


def numbers_instead(names: Sequence[str], texts: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """What to type so that a label is told from a text, where columns have numbers in place of names; empty where none
    could hold labels, or none text.

    Args:
        names: of all columns.
        texts: those of columns of text.
        rows: some of them.
    """
    label = repeated_column(rows, names)
    text = next(iter(prose_first([name for name in texts if name != label], rows)), None)
    if label is None or text is None:
        return ""
    return f"{setting_of('label_column', label)} {setting_of('text_column', text)}"


def setting_of(setting: str, column: str) -> str:
    """What to type so that a column is read as the one that a setting names.

    Example:
        >>> setting_of("label_column", "is spam")
        "--set 'data.label_column=is spam'"
    """
    return f"--set {shlex.quote(f'data.{setting}={column}')}"


def _could_name_a_class(value: Any) -> bool:
    """Whether a value is missing, whole, true or false, or a few words."""
    if isinstance(value, str):
        return len(WORD.findall(value)) <= MOST_WORDS
    return value is None or isinstance(value, int)
