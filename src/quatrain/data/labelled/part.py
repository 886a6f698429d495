"""One part of labelled text as a model reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Int

from quatrain.data.by_length import BatchesByLength
from quatrain.data.examples import ExampleBatch
from quatrain.data.framing import Framing
from quatrain.data.labelled.framed import FramedTexts, frame_texts

__all__ = ["UNKNOWN", "TextExamples"]

UNKNOWN = -1
"""The label of an example whose class is not known."""
POSITIONS = 16_384
"""Tokens scored at once, padding included."""


@dataclass(frozen=True, eq=False)
class TextExamples:
    """The texts, or pairs of texts, of one part, and their classes."""

    reads: ClassVar[str] = "text"

    texts: list[str]
    seconds: list[str] | None
    labels: Int[np.ndarray, " n"]
    """The class of each, -1 where it is not known."""
    classes: tuple[str, ...]
    framing: Framing

    @classmethod
    def unlabelled(
        cls, texts: Sequence[str], seconds: Sequence[str] | None, classes: tuple[str, ...], framing: Framing
    ) -> TextExamples:
        """Texts whose classes are to be told."""
        labels = np.full(len(texts), UNKNOWN, np.int64)
        return cls([*texts], None if seconds is None else [*seconds], labels, classes, framing)

    @cached_property
    def framed(self) -> FramedTexts:
        """All of every text.

        Raises:
            DataError: a character the tokenizer does not know.
        """
        return frame_texts(self.framing, self.texts, self.seconds)

    @property
    def n_targets(self) -> int:
        """Examples."""
        return len(self.texts)

    @property
    def mean_length(self) -> int:
        """Tokens of an example on average, those of the frame counted."""
        return max(round(float(self.framed.lengths.mean())), 1) if len(self.texts) else 1

    def n_longer_than(self, seq_len: int) -> int:
        """Examples of more tokens than that."""
        return int(self.is_longer_than(seq_len).sum())

    def is_longer_than(self, seq_len: int | None) -> Bool[np.ndarray, " n"]:
        """Whether each example has more tokens than that; None: there is no bound."""
        return self.framed.lengths > (np.inf if seq_len is None else seq_len)

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> BatchesByLength[ExampleBatch]:
        """Training batches of about equally long examples; longer ones than `seq_len` tokens are cut.

        Raises:
            DataError: there is no example.
        """
        framed = self.cut(seq_len)
        return BatchesByLength(
            framed.lengths, lambda rows: framed.batch(rows, self.labels[rows]), seed=seed, batch_size=batch_size
        )

    def in_order(
        self, rows: Int[np.ndarray, " some"] | None = None, seq_len: int | None = None
    ) -> Iterator[tuple[Int[np.ndarray, " batch"], ExampleBatch]]:
        """Some examples, or all, each once, the longest first, about equally long ones together."""
        framed = self.cut(seq_len)
        some = np.arange(len(self.texts)) if rows is None else rows
        some = some[np.argsort(-framed.lengths[some], kind="stable")]
        start = 0
        while start < len(some):
            n = max(POSITIONS // max(int(framed.lengths[some[start]]), 1), 1)
            batch = some[start : start + n]
            yield batch, framed.batch(batch, self.labels[batch])
            start += n

    def cut(self, seq_len: int | None) -> FramedTexts:
        """The same with examples of at most `seq_len` tokens; cut once for each length."""
        if seq_len is None or not self.n_longer_than(seq_len):
            return self.framed
        if seq_len not in self._cut:
            self._cut[seq_len] = self._cut_to(seq_len)
        return self._cut[seq_len]

    @cached_property
    def _cut(self) -> dict[int, FramedTexts]:
        return {}

    def _cut_to(self, seq_len: int) -> FramedTexts:
        rows = np.flatnonzero(self.framed.lengths > seq_len)
        texts = [self.texts[row] for row in rows]
        seconds = None if self.seconds is None else [self.seconds[row] for row in rows]
        return self.framed.replaced(rows, frame_texts(self.framing, texts, seconds, seq_len))

    def plain(self) -> tuple[list[str], ...]:
        """The texts, a list a side."""
        return (self.texts,) if self.seconds is None else (self.texts, self.seconds)

    def shown(self, row: int) -> dict[str, str]:
        """The text, or both."""
        second = {} if self.seconds is None else {"second": self.seconds[row]}
        return {"text": self.texts[row], **second}
