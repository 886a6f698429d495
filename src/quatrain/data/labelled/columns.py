"""Which columns of a table hold the text, or the two texts, and the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quatrain.data.cells import setting_of
from quatrain.data.classes.labels import label_column
from quatrain.data.config import LabelledConfig
from quatrain.data.headers import PAIRS, SINGLES

__all__ = ["SINGLES", "Columns", "Lack", "Sides", "choose_columns", "choose_sides"]

Sides = tuple[str, ...]
"""The column of text, or the two of a pair."""


@dataclass(frozen=True)
class Columns:
    """Where the parts of an example stand."""

    sides: Sides
    label: str

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
    label = config.label_column or label_column(names, without=(config.text_column, config.second_column))
    if label is None:
        advice = f"Its columns: {', '.join(names) or 'none'}. Name it: --set data.label_column=NAME."
        return Lack("no column is called as labels usually are", advice, True)
    if label not in names:
        return Lack(*_not_there(label, "label_column", names, _likely_labels(names, texts)), True)
    sides = choose_sides(config, names, texts, label)
    return sides if isinstance(sides, Lack) else Columns(sides, label)


def choose_sides(
    config: LabelledConfig, names: Sequence[str], texts: Sequence[str], label: str | None = None
) -> Sides | Lack:
    """The column of text, or the two of a pair.

    Args:
        label: the column that cannot be one of them.
    """
    for setting in ("text_column", "second_column"):
        wanted = getattr(config, setting)
        if wanted is not None and wanted not in names:
            others = {config.text_column, config.second_column, label}
            return Lack(*_not_there(wanted, setting, names, [name for name in texts if name not in others]), False)
    second = () if config.second_column is None else (config.second_column,)
    if config.text_column is not None:
        return (config.text_column, *second)
    lower = {name.lower(): name for name in names if name not in (label, *second)}
    if not second:
        pair = next((pair for pair in PAIRS if lower.keys() >= {*pair}), None)
        if pair is not None:
            return lower[pair[0]], lower[pair[1]]
    free = [name for name in texts if name not in (label, *second)]
    usual = [lower[name] for name in SINGLES if lower.get(name) in free]
    if usual or len(free) == 1:
        return ([*usual, *free][0], *second)
    problem = "no column holds text" if not free else f"{len(free)} columns hold text"
    advice = f"Its columns: {', '.join(names)}. Name one: {setting_of('text_column', (free or ['NAME'])[0])}."
    return Lack(problem, advice, False)


def _not_there(wanted: str, setting: str, names: Sequence[str], likely: Sequence[str]) -> tuple[str, str]:
    """Problem and advice."""
    example = next(iter(likely or names), "NAME")
    advice = f"Its columns: {', '.join(names) or 'none'}. Name one: {setting_of(setting, example)}."
    return f"no column is called {wanted!r}", advice


def _likely_labels(names: Sequence[str], texts: Sequence[str]) -> list[str]:
    """Columns that could hold labels: the one that is called so, or else those that are no text."""
    usual = label_column(names)
    return [usual] if usual is not None else [name for name in names if name not in texts]
