"""Token streams to batches: for training, a pure function of the step; for evaluation, every target once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from quatrain.data._types import Batch, Corpus
from quatrain.errors import ConfigError, DataError
from quatrain.models._base import IGNORE

__all__ = ["Batches", "windows"]


class Batches:
    """Training batches: `at(step)` depends on nothing but the corpus, the seed and the step.

    An epoch lays windows of `seq_len` side by side from an offset of its own and visits them once each in
    an order of its own; fewer than two windows' worth of targets is left over at the ends, other ones in
    every epoch. Batches run on from one epoch into the next.

    Args:
        corpus: the tokens.
        seed: of the offsets and orders.
        batch_size: rows.
        seq_len: tokens of a row.
    Raises:
        DataError: the corpus is shorter than one window.
    """

    def __init__(self, corpus: Corpus, *, seed: int, batch_size: int, seq_len: int) -> None:
        if corpus.n_targets < seq_len:
            raise DataError(
                f"the text has {len(corpus.tokens):,} tokens, but one row of seq_len={seq_len} needs "
                f"{seq_len + 1:,}. Give a longer text, or shorter rows: "
                f"--set train.seq_len={max(corpus.n_targets // 2, 1)}."
            )
        self.corpus, self.seed, self.batch_size, self.seq_len = corpus, seed, batch_size, seq_len
        self.windows_per_epoch = max((corpus.n_targets - seq_len + 1) // seq_len, 1)
        self._starts = lru_cache(maxsize=2)(self._epoch_starts)

    def at(self, step: int) -> Batch:
        """The batch of a step, from 0: tokens, targets (B, T) and documents (B, T) or None."""
        first = step * self.batch_size
        places = [divmod(i, self.windows_per_epoch) for i in range(first, first + self.batch_size)]
        starts = [int(self._starts(epoch)[index]) for epoch, index in places]
        rows = _rows(self.corpus, starts, self.seq_len)
        documents = _documents(self.corpus, starts, self.seq_len)
        return Batch(torch.from_numpy(rows[:, :-1].copy()), torch.from_numpy(rows[:, 1:].copy()), documents)

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return step * self.batch_size / self.windows_per_epoch

    def _epoch_starts(self, epoch: int) -> np.ndarray:
        """(windows_per_epoch,) int64: where the windows of an epoch start, in the order of their visit."""
        generator = np.random.default_rng([self.seed, epoch])
        spare = self.corpus.n_targets - self.windows_per_epoch * self.seq_len
        offset = int(generator.integers(spare + 1))
        return generator.permutation(self.windows_per_epoch) * self.seq_len + offset


def windows(corpus: Corpus, *, seq_len: int, stride: int, batch_size: int) -> Iterator[Batch]:
    """Batches that together score every target of the corpus exactly once.

    Windows of `seq_len` move on by `stride`; a window scores what the ones before it did not, so after the
    first every target has at least `seq_len - stride` tokens before it in its window. The last window is
    moved back to end with the corpus; a corpus shorter than a window makes one short window.

    Args:
        stride: tokens between the starts of two windows, 1 to `seq_len`.
        batch_size: rows of a batch; the last may have fewer.
    Raises:
        ConfigError: `stride` is not between 1 and `seq_len`.
        DataError: the corpus has no target.
    """
    if not 1 <= stride <= seq_len:
        raise ConfigError(f"stride={stride} must lie between 1 and seq_len={seq_len}, the fastest.")
    n = corpus.n_targets
    if n < 1:
        raise DataError("there is nothing to score: the text has fewer than two tokens. Give a longer text.")
    length = min(seq_len, n)
    starts = [*range(0, n - length, stride), n - length]
    scored = [0, *(start + length for start in starts[:-1])]  # targets before this one are scored already
    for first in range(0, len(starts), batch_size):
        rows = slice(first, first + batch_size)
        tokens = np.stack([corpus.tokens[start : start + length + 1] for start in starts[rows]]).astype(np.int64)
        targets = tokens[:, 1:].copy()
        for row, (start, done) in enumerate(zip(starts[rows], scored[rows], strict=True)):
            targets[row, : done - start] = IGNORE
        documents = _documents(corpus, starts[rows], length)
        yield Batch(torch.from_numpy(tokens[:, :-1].copy()), torch.from_numpy(targets), documents)


def _rows(corpus: Corpus, starts: Sequence[int], length: int) -> np.ndarray:
    """(B, length + 1) int64: inputs and, moved by one, targets."""
    return np.stack([corpus.tokens[start : start + length + 1] for start in starts]).astype(np.int64)


def _documents(corpus: Corpus, starts: Sequence[int], length: int) -> Int[Tensor, "batch seq"] | None:
    """The document of each position, from 1 in each row; the token that starts one belongs to it."""
    if len(corpus.document_starts) < 2:
        return None
    positions = np.array(starts)[:, None] + np.arange(length)  # (B, T)
    numbers = np.searchsorted(corpus.document_starts, positions, side="right")
    return torch.from_numpy(numbers - numbers[:, :1] + 1)
