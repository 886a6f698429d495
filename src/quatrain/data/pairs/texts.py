"""Parallel text as it was read: two lists of lines, and where each line came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from jaxtyping import Bool, Int

__all__ = ["SOURCE", "TARGET", "Parallel", "Texts"]

SOURCE, TARGET = 0, 1
"""The sides of a pair."""


@dataclass(frozen=True)
class Texts:
    """The pairs of one part, those with an empty side among them."""

    name: str
    """What the part is called."""
    src: list[str]
    tgt: list[str]
    files: tuple[tuple[str, str], ...]
    """The files that were read, by what they are called to people: that of the sources and that of the targets."""
    file_of: Int[np.ndarray, " n"]
    """Which of the files each pair comes from."""
    lines: Int[np.ndarray, " n"]
    """The line it stands in there, from 1."""

    @classmethod
    def of_file(cls, name: str, src: list[str], tgt: list[str], files: tuple[str, str], lines: Sequence[int]) -> Texts:
        """All from one file, or from one on each side."""
        return cls(name, src, tgt, (files,), np.zeros(len(src), np.int64), np.array(lines, np.int64))

    def __len__(self) -> int:
        return len(self.src)

    def place(self, index: int, side: int = SOURCE) -> str:
        """The file and line of one side of a pair."""
        return f"{self.files[self.file_of[index]][side]}, line {self.lines[index]}"

    @property
    def is_empty(self) -> tuple[Bool[np.ndarray, " n"], Bool[np.ndarray, " n"]]:
        """Where sources and where targets are nothing but white space."""
        src, tgt = (np.array([not text or text.isspace() for text in side], bool) for side in (self.src, self.tgt))
        return src, tgt

    def keep(self, is_kept: Bool[np.ndarray, " n"], name: str | None = None) -> Texts:
        """Some of the pairs, as a part of another name if one is given."""
        rows = np.flatnonzero(is_kept).tolist()
        return Texts(
            name or self.name,
            [self.src[row] for row in rows],
            [self.tgt[row] for row in rows],
            self.files,
            self.file_of[rows],
            self.lines[rows],
        )


def joined(texts: Sequence[Texts]) -> Texts:
    """Several files of one part, one after the other."""
    if len(texts) == 1:
        return texts[0]
    n_before = np.cumsum([0, *(len(text.files) for text in texts)])
    return Texts(
        texts[0].name,
        list(chain.from_iterable(text.src for text in texts)),
        list(chain.from_iterable(text.tgt for text in texts)),
        tuple(chain.from_iterable(text.files for text in texts)),
        np.concatenate([text.file_of + n for text, n in zip(texts, n_before, strict=False)]),
        np.concatenate([text.lines for text in texts]),
    )


@dataclass(frozen=True)
class Parallel:
    """Everything that was read."""

    name: str
    """What the data is called."""
    parts: dict[str, Texts]
    """train, val and test parts, in this order, as far as they are there."""
    sides: tuple[str, str]
    """What source and target are called: languages, columns or files."""
    direction: str
    """Which way is translated, in a sentence, and what to type for the other way round."""
    notes: tuple[str, ...] = ()
    """What was left out."""
