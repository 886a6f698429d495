"""Windows as they were read: numbers, labels, and what each is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.faults import Fault, OnFault

__all__ = ["UNLABELLED", "LabelledWindows", "ReadWindows", "Window", "gathered"]

UNLABELLED = ""
"""Stands for the label of a window that has none."""


@dataclass(frozen=True, eq=False)
class Window:
    """One window."""

    numbers: Float[np.ndarray, "rows columns"]
    """float64; NaN where one is missing."""
    place: str
    """What it is called to people: file and line."""
    label: str = UNLABELLED
    """The name of its class."""


@dataclass(frozen=True, eq=False)
class LabelledWindows:
    """The windows of one part."""

    name: str
    """What the part is called."""
    windows: Sequence[Float[np.ndarray, "rows columns"]]
    """Their numbers, float64; NaN where one is missing. Not all need have as many rows."""
    labels: Sequence[str]
    """The name of each one's class."""
    places: Sequence[str]
    """What each is called to people: file and line."""

    def __len__(self) -> int:
        return len(self.labels)

    def place(self, row: int) -> str:
        """What a window is called to people."""
        return self.places[row]

    def keep(self, is_kept: Bool[np.ndarray, " n"], name: str | None = None) -> LabelledWindows:
        """Some of the windows, as a part of another name if one is given; no number is copied."""
        some = np.flatnonzero(is_kept).tolist()
        return LabelledWindows(
            name or self.name,
            [self.windows[i] for i in some],
            [self.labels[i] for i in some],
            [self.places[i] for i in some],
        )


@dataclass(frozen=True)
class ReadWindows:
    """Everything that was read."""

    name: str
    """What the data is called."""
    parts: dict[str, LabelledWindows]
    """train, val and test, as far as they are there."""
    columns: tuple[str, ...]
    """What the columns of a window are called."""
    config: LabelledSeriesConfig
    """What was asked for, with everything that was found out."""
    split: str = ""
    """How a long table was split, in a sentence; empty where files are the parts."""
    notes: tuple[str, ...] = ()
    """What was found out or left out, in sentences."""


def gathered(part: str, found: Iterable[Window | Fault], on_fault: OnFault) -> LabelledWindows:
    """Windows as one part; what is wrong is told."""
    windows: list[Window] = []
    for each in found:
        if isinstance(each, Fault):
            on_fault(each)
        else:
            windows.append(each)
    return LabelledWindows(
        part,
        [each.numbers for each in windows],
        [each.label for each in windows],
        [each.place for each in windows],
    )
