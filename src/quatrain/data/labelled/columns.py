"""Which columns of a table hold the text, or the two texts, and the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quatrain.data.config import LabelledConfig
from quatrain.data.tables import TEXT_COLUMNS

__all__ = ["Columns", "Lack", "choose_columns", "class_name", "label_column"]

LABEL_COLUMNS = (
    "label", "labels", "gold_label", "class", "category", "sentiment", "target", "topic", "intent", "emotion",
    "polarity", "stars", "rating", "spam",
)  # fmt: skip
"""What columns of labels are called, the likeliest first."""
SINGLES = (*TEXT_COLUMNS, "review", "phrase", "comment", "message", "tweet", "title", "question", "query", "utterance")
"""What columns of text are called."""
PAIRS = (
    ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"), ("text1", "text2"),
    ("text_1", "text_2"), ("text_a", "text_b"), ("premise", "hypothesis"), ("question1", "question2"),
    ("question", "sentence"), ("question", "answer"), ("question", "passage"),
)  # fmt: skip
"""What the columns of a pair of texts are called."""


@dataclass(frozen=True)
class Columns:
    """Where the parts of an example stand."""

    text: str
    second: str | None
    label: str

    @property
    def sides(self) -> tuple[str, ...]:
        """The columns of text."""
        return (self.text,) if self.second is None else (self.text, self.second)

    def __str__(self) -> str:
        return f"{self.label!r} is told from {' and '.join(map(repr, self.sides))}."


@dataclass(frozen=True)
class Lack:
    """Why there are no such columns."""

    problem: str
    advice: str
    is_label: bool
    """Whether only the labels are not there."""


def choose_columns(config: LabelledConfig, names: Sequence[str], texts: Sequence[str]) -> Columns | Lack:
    """The columns that the settings name, or that are called as usual.

    Args:
        names: all columns.
        texts: those that hold text.
    """
    listed = f"Its columns: {', '.join(names) or 'none'}."
    for setting in ("text_column", "second_column", "label_column"):
        wanted = getattr(config, setting)
        if wanted is not None and wanted not in names:
            advice = f"{listed} Name one: --set data.{setting}={(texts or names or ['NAME'])[0]!r}."
            return Lack(f"no column is called {wanted!r}", advice, setting == "label_column")
    label = config.label_column or label_column(names, without=(config.text_column, config.second_column))
    if label is None:
        return Lack("no column looks like labels", f"{listed} Name it: --set data.label_column=NAME.", True)
    if config.text_column is not None:
        return Columns(config.text_column, config.second_column, label)
    lower = {name.lower(): name for name in names if name != label}
    if config.second_column is None:
        for first, second in PAIRS:
            if first in lower and second in lower:
                return Columns(lower[first], lower[second], label)
    free = [name for name in texts if name not in (label, config.second_column)]
    usual = [lower[name] for name in SINGLES if lower.get(name) in free]
    if usual or len(free) == 1:
        return Columns([*usual, *free][0], config.second_column, label)
    problem = "no column holds text" if not free else f"{len(free)} columns hold text"
    return Lack(problem, f"{listed} Name one: --set data.text_column={(free or ['NAME'])[0]!r}.", False)


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
