"""The order in which examples are visited: a pure function of the seed and the step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Int

__all__ = ["Epochs"]


class Epochs:
    """Every epoch visits every example once, in an order of its own, and a batch may run on into the next epoch.

    Args:
        n: examples.
        batch_size: of an update.
        seeds: of the orders; the number of the epoch is one more.
    """

    def __init__(self, n: int, batch_size: int, seeds: Sequence[int]) -> None:
        self.n, self.batch_size, self.seeds = n, batch_size, [*seeds]
        self._order = lru_cache(maxsize=2)(self._epoch_order)

    def rows(self, step: int) -> Int[np.ndarray, " batch"]:
        """The examples of a step, from 0."""
        first = step * self.batch_size
        places = np.arange(first, first + self.batch_size)
        epochs = range(first // self.n, (first + self.batch_size - 1) // self.n + 1)
        return np.concatenate([self._order(epoch)[places[places // self.n == epoch] % self.n] for epoch in epochs])

    def gone(self, step: int) -> float:
        """Epochs gone before a step."""
        return step * self.batch_size / self.n

    def _epoch_order(self, epoch: int) -> Int[np.ndarray, " n"]:
        return np.random.default_rng([*self.seeds, epoch]).permutation(self.n)
