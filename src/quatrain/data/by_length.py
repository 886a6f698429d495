"""Examples to training batches: about equally long ones together, a pure function of the seed and the step."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
from jaxtyping import Int

from quatrain.errors import DataError

__all__ = ["BatchesByLength"]

POOL = 50
"""Batches whose examples are sorted by length together: more mix less and pad less."""
BatchT = TypeVar("BatchT")


class BatchesByLength(Generic[BatchT]):
    """Training batches of `batch_size` examples: `at(step)` depends on nothing but the examples, the seed and the step.

    In every epoch the examples come in another order; of each `POOL` batches of them those of about one length are put
    together, and then the batches are shuffled. Every epoch visits every example once.

    Args:
        lengths: positions of each example.
        gather: makes a batch of some examples.
        seed: of the orders.
        batch_size: examples a batch; the last of an epoch may have fewer.
    Raises:
        DataError: there is no example.
    """

    def __init__(
        self,
        lengths: Int[np.ndarray, " n"],
        gather: Callable[[Int[np.ndarray, " batch"]], BatchT],
        *,
        seed: int,
        batch_size: int,
    ) -> None:
        if not len(lengths):
            raise DataError("there is no example to learn from. Give a training part that has some.")
        self.seed, self.batch_size = seed, batch_size
        self._lengths, self._gather = lengths, gather
        self._epoch = lru_cache(maxsize=2)(self._epoch_order)

    @property
    def batches_per_epoch(self) -> int:
        """Batches that together hold every example once."""
        return -(-len(self._lengths) // self.batch_size)

    def at(self, step: int) -> BatchT:
        """The batch of a step, from 0."""
        return self._gather(self.rows(step))

    def rows(self, step: int) -> Int[np.ndarray, " batch"]:
        """The examples that the batch of a step holds."""
        epoch, index = divmod(step, self.batches_per_epoch)
        order, visits = self._epoch(epoch)
        start = int(visits[index]) * self.batch_size
        return order[start : start + self.batch_size]

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return step / self.batches_per_epoch

    def _epoch_order(self, epoch: int) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " batches"]]:
        """The examples in the order they are cut in, and the batches in the order of their visit."""
        generator = np.random.default_rng([self.seed, epoch])
        order = generator.permutation(len(self._lengths))
        pool = np.arange(len(order)) // (POOL * self.batch_size)
        order = order[np.lexsort((self._lengths[order], pool))]
        return order, generator.permutation(self.batches_per_epoch)
