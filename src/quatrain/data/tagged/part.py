"""One part of tagged text as a model reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from quatrain.data.by_length import BatchesByLength
from quatrain.data.examples import ExampleBatch
from quatrain.data.tagged.sentences import Sentence
from quatrain.data.tagged.spans import entities
from quatrain.data.tagged.units import Encoded, Units
from quatrain.data.tagged.windows import Window, cut_windows
from quatrain.models._base import IGNORE

__all__ = ["TaggedPart", "WindowBatch", "surfaces"]

POSITIONS = 4096
"""Tokens scored at once, padding included."""
LONGEST = 512
"""Tokens of a window where the model has no bound."""


class WindowBatch(NamedTuple):
    """Some windows, as a model reads and answers them."""

    windows: list[Window]
    firsts: Tensor
    """(B, T): True where the first token of a word stands."""
    batch: ExampleBatch


@dataclass(frozen=True, eq=False)
class TaggedPart:
    """The sentences of one part, their tags in BIO; where tags are not known a sentence has none."""

    sentences: Sequence[Sentence]
    tags: tuple[str, ...]
    """Those a model knows; words with others are tagged, but nothing is learned from them."""
    units: Units
    seen: frozenset[str] = frozenset()
    """The entities of the training part, in lower case; empty where they are not known."""

    @property
    def n_targets(self) -> int:
        """Words."""
        return sum(len(sentence.words) for sentence in self.sentences)

    @property
    def mean_length(self) -> int:
        """Words of a sentence on average."""
        return max(round(self.n_targets / max(len(self.sentences), 1)), 1)

    def n_longer_than(self, seq_len: int) -> int:
        """Sentences of more tokens than that."""
        return sum(len(encoded.tokens) > seq_len for encoded in self._whole)

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> BatchesByLength[ExampleBatch]:
        """Training batches of about equally long sentences; longer ones than `seq_len` tokens come in windows.

        Raises:
            DataError: there is no sentence.
        """
        windows = self.windows(seq_len)
        lengths = np.array([len(window.encoded.tokens) for window in windows], np.int64)
        return BatchesByLength(
            lengths,
            lambda rows: self._gathered([windows[row] for row in rows]).batch,
            seed=seed,
            batch_size=batch_size,
        )

    def in_order(self, seq_len: int | None = None) -> Iterator[WindowBatch]:
        """Every word in the midst of a window once: the longest windows first.

        Args:
            seq_len: most tokens of a window; None: 512.
        """
        windows = sorted(self.windows(seq_len or LONGEST), key=lambda window: -len(window.encoded.tokens))
        start = 0
        while start < len(windows):
            n = max(POSITIONS // max(len(windows[start].encoded.tokens), 1), 1)
            yield self._gathered(windows[start : start + n])
            start += n

    def some(self, rows: Int[np.ndarray, " some"]) -> TaggedPart:
        """A part of some of the sentences, in this order; itself, where they are all."""
        if len(rows) == len(self.sentences):
            return self
        return TaggedPart([self.sentences[row] for row in rows], self.tags, self.units, self.seen)

    def windows(self, seq_len: int) -> list[Window]:
        """All sentences in windows of so many tokens; cut once for each length."""
        if seq_len not in self._cut:
            self._cut[seq_len] = cut_windows(self.units, [sentence.words for sentence in self.sentences], seq_len)
        return self._cut[seq_len]

    def _gathered(self, windows: list[Window]) -> WindowBatch:
        inputs = self.units.stack([window.encoded for window in windows])
        assert inputs[0] is not None, "the first input is the tokens"
        targets = torch.full(inputs[0].shape, IGNORE)
        firsts = torch.zeros(inputs[0].shape, dtype=torch.bool)
        for row, window in enumerate(windows):
            places = window.encoded.firsts
            is_there = places >= 0
            firsts[row, places[is_there]] = True
            tags = self.sentences[window.sentence].tags[window.start : window.start + len(places)]
            if tags:
                known = torch.tensor([self._id_of.get(tag, IGNORE) for tag in tags])
                targets[row, places[is_there]] = known[torch.from_numpy(is_there)]
        return WindowBatch(windows, firsts, ExampleBatch(inputs, targets))

    @cached_property
    def _cut(self) -> dict[int, list[Window]]:
        return {}

    @cached_property
    def _whole(self) -> list[Encoded]:
        return self.units.encode([sentence.words for sentence in self.sentences])

    @cached_property
    def _id_of(self) -> dict[str, int]:
        return {tag: number for number, tag in enumerate(self.tags)}


def surfaces(sentence: Sentence) -> list[str]:
    """The entities of a sentence as they are written, in lower case, in their order."""
    return [" ".join(sentence.words[found.start : found.stop]).lower() for found in entities(sentence.tags)]
