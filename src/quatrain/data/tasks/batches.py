"""Examples to training batches: a pure function of the seed and the step."""

from __future__ import annotations

from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Int

from quatrain.data._types import Batch
from quatrain.data.tasks._base import Examples, Task
from quatrain.errors import ConfigError


class TaskBatches:
    """Training batches of a task: `at(step)` depends on nothing but the task, the seed and the step.

    Without end, no example comes twice on purpose; with `n_examples`, that many are drawn once, and every
    epoch visits them in an order of its own, running on into the next.

    Args:
        task: draws the examples.
        seed: of the examples and the orders.
        batch_size: rows.
        n_examples: how many there are; None: new ones for every step.
    Raises:
        ConfigError: no rows, or no examples.
    """

    def __init__(self, task: Task, *, seed: int, batch_size: int, n_examples: int | None = None) -> None:
        if batch_size < 1:
            raise ConfigError(f"batch_size={batch_size}: a batch needs at least one example.")
        if n_examples is not None and n_examples < 1:
            raise ConfigError(f"n_examples={n_examples}: give at least 1, or None for new examples at every step.")
        self.task, self.seed, self.batch_size, self.n_examples = task, seed, batch_size, n_examples
        self._order = lru_cache(maxsize=2)(self._epoch_order)

    def at(self, step: int) -> Batch:
        """The batch of a step, from 0: tokens and targets (B, T)."""
        if self.n_examples is None:
            drawn = self.task.draw(self.batch_size, np.random.default_rng([self.seed, step]))
            return Batch(drawn.tokens, drawn.targets, None)
        first = step * self.batch_size
        places = [divmod(i, self.n_examples) for i in range(first, first + self.batch_size)]
        rows = [int(self._order(epoch)[index]) for epoch, index in places]
        return Batch(self._pool.tokens[rows], self._pool.targets[rows], None)

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step; where examples are always new, all there is is the first."""
        return 0.0 if self.n_examples is None else step * self.batch_size / self.n_examples

    @cached_property
    def _pool(self) -> Examples:
        assert self.n_examples is not None
        return self.task.draw(self.n_examples, np.random.default_rng([self.seed, 0]))

    def _epoch_order(self, epoch: int) -> Int[np.ndarray, " n"]:
        """The order of an epoch; its stream is not the one the pool was drawn from."""
        assert self.n_examples is not None
        return np.random.default_rng([self.seed, 1, epoch]).permutation(self.n_examples)
