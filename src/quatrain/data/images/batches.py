"""Pictures to training batches: a pure function of the seed and the step."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int, UInt8

from quatrain.data.config import AugmentConfig
from quatrain.data.epochs import Epochs
from quatrain.data.examples import ExampleBatch
from quatrain.data.images.augment import augmented
from quatrain.errors import ConfigError

__all__ = ["ImageBatches", "batch_of"]

ORDER_STREAM = 1
"""Seeds of the orders are (seed, 1, epoch), those of changes (seed, 0, step)."""


def batch_of(pixels: UInt8[np.ndarray, "n channels height width"], labels: Int[np.ndarray, " n"]) -> ExampleBatch:
    """Pictures as a model reads them: numbers from 0 to 1."""
    numbers = torch.from_numpy(np.ascontiguousarray(pixels)).float().div_(255)
    return ExampleBatch((numbers,), torch.from_numpy(labels))


class ImageBatches:
    """Training batches: `at(step)` depends on nothing but the pictures, the changes, the seed and the step.

    Every epoch visits every picture once, in an order of its own, and a batch may run on into the next epoch.

    Args:
        pixels: of the part, and perhaps of others.
        rows: which of them are in the part.
        labels: of these.
        augment: how pictures are changed.
        seed: of orders and changes.
        batch_size: pictures.
    Raises:
        ConfigError: no pictures in a batch.
    """

    def __init__(
        self,
        pixels: UInt8[np.ndarray, "all channels height width"],
        rows: Int[np.ndarray, " n"],
        labels: Int[np.ndarray, " n"],
        augment: AugmentConfig,
        *,
        seed: int,
        batch_size: int,
    ) -> None:
        if batch_size < 1:
            raise ConfigError(f"batch_size={batch_size}: a batch needs at least one picture.")
        self.pixels, self.rows, self.labels, self.augment = pixels, rows, labels, augment
        self.seed, self.epochs = seed, Epochs(len(rows), batch_size, [seed, ORDER_STREAM])

    def at(self, step: int) -> ExampleBatch:
        """The batch of a step, from 0."""
        some = self.epochs.rows(step)
        generator = np.random.default_rng([self.seed, 0, step])
        return batch_of(augmented(self.pixels[self.rows[some]], self.augment, generator), self.labels[some])

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return self.epochs.gone(step)
