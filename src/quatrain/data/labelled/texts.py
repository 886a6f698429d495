"""Labelled texts as they were read: lists of texts and labels, and where each example came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from jaxtyping import Bool, Int

from quatrain.data.labelled.columns import Columns

__all__ = ["Labelled", "LabelledTexts"]


@dataclass(frozen=True)
class LabelledTexts:
    """The examples of one part, those without text or label among them."""

    name: str
    """What the part is called."""
    texts: list[str]
    seconds: list[str] | None
    """The second text of each example; None where examples are single texts."""
    labels: list[str]
    """The name of each example's class; empty where it has none."""
    files: tuple[str, ...]
    """The files that were read, as they are called to people."""
    file_of: Int[np.ndarray, " n"]
    """Which of the files each example comes from."""
    lines: Int[np.ndarray, " n"]
    """The line it stands in there, from 1; 0: it is the whole file."""

    @classmethod
    def of_file(
        cls, name: str, sides: Sequence[list[str]], labels: list[str], file: str, lines: Sequence[int]
    ) -> LabelledTexts:
        """All from one file."""
        texts, seconds = (sides[0], None) if len(sides) == 1 else sides
        return cls(name, texts, seconds, labels, (file,), np.zeros(len(texts), np.int64), np.array(lines, np.int64))

    def __len__(self) -> int:
        return len(self.texts)

    def place(self, index: int) -> str:
        """The file and line of an example."""
        file, line = self.files[self.file_of[index]], int(self.lines[index])
        return f"{file}, line {line}" if line else file

    @property
    def is_empty(self) -> Bool[np.ndarray, " n"]:
        """Where a text is nothing but white space."""
        sides = [self.texts] if self.seconds is None else [self.texts, self.seconds]
        empty = [np.array([not text or text.isspace() for text in side], bool) for side in sides]
        return np.logical_or.reduce(empty)

    @property
    def is_labelled(self) -> Bool[np.ndarray, " n"]:
        """Where there is a label."""
        return np.array([label != "" for label in self.labels], bool)

    def keys(self) -> list[str]:
        """What makes two examples the same: the text, or both."""
        return (
            self.texts if self.seconds is None else list(map("\x00".join, zip(self.texts, self.seconds, strict=True)))
        )

    def keep(self, is_kept: Bool[np.ndarray, " n"], name: str | None = None) -> LabelledTexts:
        """Some of the examples, as a part of another name if one is given."""
        rows = np.flatnonzero(is_kept).tolist()
        return LabelledTexts(
            name or self.name,
            [self.texts[row] for row in rows],
            None if self.seconds is None else [self.seconds[row] for row in rows],
            [self.labels[row] for row in rows],
            self.files,
            self.file_of[rows],
            self.lines[rows],
        )


def joined(texts: Sequence[LabelledTexts]) -> LabelledTexts:
    """Several files of one part, one after the other."""
    if len(texts) == 1:
        return texts[0]
    n_before = np.cumsum([0, *(len(text.files) for text in texts)])
    seconds = [text.seconds for text in texts if text.seconds is not None]
    return LabelledTexts(
        texts[0].name,
        list(chain.from_iterable(text.texts for text in texts)),
        list(chain.from_iterable(seconds)) if seconds else None,
        list(chain.from_iterable(text.labels for text in texts)),
        tuple(chain.from_iterable(text.files for text in texts)),
        np.concatenate([text.file_of + n for text, n in zip(texts, n_before, strict=False)]),
        np.concatenate([text.lines for text in texts]),
    )


@dataclass(frozen=True)
class Labelled:
    """Everything that was read."""

    name: str
    """What the data is called."""
    parts: dict[str, LabelledTexts]
    """train, val and test parts, in this order, as far as they are there."""
    columns: Columns | None
    """Where its parts stand in the tables; None where it stands in none."""
    reading: str
    """What is told from what, in a sentence."""
    notes: tuple[str, ...] = ()
    """What was left out."""
