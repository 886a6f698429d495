"""Pictures as they were read: pixels, labels, and what each is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, UInt8

__all__ = ["LabelledPictures", "ReadPictures"]


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """The pictures of one part, all of one size."""

    name: str
    """What the part is called."""
    pixels: UInt8[np.ndarray, "all channels height width"]
    """Of this part, and perhaps of others; maybe on the disk."""
    rows: Int[np.ndarray, " n"]
    """Which of them are in the part."""
    labels: Sequence[str]
    """The name of each one's class."""
    places: Sequence[str]
    """What each is called to people: its file, or its number in an array."""

    def __len__(self) -> int:
        return len(self.labels)

    def place(self, row: int) -> str:
        """What a picture is called to people."""
        return self.places[row]

    def keep(self, is_kept: Bool[np.ndarray, " n"], name: str | None = None) -> LabelledPictures:
        """Some of the pictures, as a part of another name if one is given; no pixel is copied."""
        some = np.flatnonzero(is_kept).tolist()
        labels, places = [self.labels[i] for i in some], [self.places[i] for i in some]
        return LabelledPictures(name or self.name, self.pixels, self.rows[some], labels, places)


@dataclass(frozen=True)
class ReadPictures:
    """Everything that was read."""

    name: str
    """What the data is called."""
    parts: dict[str, LabelledPictures]
    """train, val and test, as far as they are there."""
    notes: tuple[str, ...] = ()
    """What was scaled or left out, in sentences."""
    unreadable: tuple[str, ...] = ()
    """Each picture that could not be read, and why."""
    unused: tuple[str, ...] = ()
    """Which tables beside them are not read, and why, in sentences."""
