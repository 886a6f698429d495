"""Pairs to training batches: about equally long ones together, a pure function of the seed and the step."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Int

from quatrain.data._types import Corpus
from quatrain.data.pairs.batch import PairBatch, lengths_of, pad
from quatrain.errors import DataError

__all__ = ["PairBatches"]

SPREAD = 2.0
"""Tokens by which the order of pairs of one length is shaken: more mixes batches better and pads more."""


class PairBatches:
    """Training batches: `at(step)` depends on nothing but the pairs, the seed and the step.

    The longer side of a pair decides its place: pairs stand in falling order of it, and are cut into batches of
    as many rows as `batch_size * seq_len` tokens allow, padding included. Where the cuts fall is the same in
    every epoch, so an epoch has a fixed number of batches; which of the equally long pairs meet, and in which
    order the batches come, is another in each. Every epoch visits every pair once.

    Pairs equally long on the longer side are sorted by how much longer one side is than the other, after each
    was moved at random by up to `SPREAD` tokens, so that the shorter sides need little padding, too.

    Args:
        source: the sources as one stream.
        target: the targets, in the same order.
        seed: of the orders.
        batch_size: rows of a batch, if all were as long as they may be.
        seq_len: tokens of the longest side, its end of text counted; pairs with a longer one are left out.
    Raises:
        DataError: no pair is short enough.
    """

    def __init__(self, source: Corpus, target: Corpus, *, seed: int, batch_size: int, seq_len: int) -> None:
        self.source, self.target, self.seed = source, target, seed
        src_len, tgt_len = lengths_of(source), lengths_of(target)
        longer = np.maximum(src_len, tgt_len)
        pairs = np.flatnonzero(longer <= seq_len)
        if not len(pairs):
            shortest = int(longer.min()) if len(longer) else seq_len
            raise DataError(
                f"none of the {len(longer):,} pairs fits into seq_len={seq_len} tokens; the shortest has {shortest} on "
                f"its longer side. Allow longer ones: --set train.seq_len={shortest}."
            )
        self.n_left_out = len(longer) - len(pairs)
        """Pairs with a side longer than `seq_len`."""
        order = np.argsort(-longer[pairs], kind="stable")
        self._pairs = pairs[order]  # in falling order of the longer side
        self._longer = longer[self._pairs]
        self._tilt = (tgt_len - src_len)[self._pairs]
        self._cuts = _cuts(self._longer, batch_size * seq_len)
        self._epoch = lru_cache(maxsize=2)(self._epoch_order)

    @property
    def batches_per_epoch(self) -> int:
        """Batches that together hold every pair once."""
        return len(self._cuts) - 1

    def at(self, step: int) -> PairBatch:
        """The batch of a step, from 0."""
        return pad(self.source, self.target, self.rows(step))

    def rows(self, step: int) -> Int[np.ndarray, " batch"]:
        """The pairs that the batch of a step holds."""
        epoch, index = divmod(step, self.batches_per_epoch)
        pairs, visits = self._epoch(epoch)
        batch = visits[index]
        return pairs[self._cuts[batch] : self._cuts[batch + 1]]

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return step / self.batches_per_epoch

    def _epoch_order(self, epoch: int) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " batches"]]:
        """The pairs in the order they are cut in, and the batches in the order of their visit."""
        generator = np.random.default_rng([self.seed, epoch])
        shaken = self._tilt + generator.uniform(-SPREAD, SPREAD, len(self._tilt))
        order = np.lexsort((shaken, -self._longer))
        return self._pairs[order], generator.permutation(self.batches_per_epoch)


def _cuts(longer: Int[np.ndarray, " n"], budget: int) -> Int[np.ndarray, " cuts"]:
    """Where batches start, and the end: the first of each is its longest, so it says how many rows fit."""
    cuts = [0]
    while cuts[-1] < len(longer):
        cuts.append(cuts[-1] + max(budget // int(longer[cuts[-1]]), 1))
    cuts[-1] = len(longer)
    return np.array(cuts)
