"""One part of labelled windows as a model reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int

from quatrain.data.epochs import Epochs
from quatrain.data.examples import ExampleBatch
from quatrain.data.labelled_series.drawing import drawn
from quatrain.errors import ConfigError

__all__ = ["Scale", "WindowBatches", "WindowExamples"]

NUMBERS = 1 << 19
"""Numbers of windows scored at once."""


@dataclass(frozen=True)
class Scale:
    """The unit of each column, taken from the training part."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    """Standard deviation; 1 for a column that never changed."""

    @classmethod
    def of(cls, values: Float[np.ndarray, "n rows columns"]) -> Scale:
        """Of each column over all rows of some windows."""
        mean, std = values.mean(axis=(0, 1)), values.std(axis=(0, 1))
        std = np.where(std > 1e-12 * np.maximum(np.abs(mean), 1.0), std, 1.0)
        return cls(tuple(float(f"{x:.7g}") for x in mean), tuple(float(f"{x:.7g}") for x in std))


@dataclass(frozen=True, eq=False)
class WindowExamples:
    """The windows of one part, and their classes."""

    reads: ClassVar[str] = "series"

    values: Float[np.ndarray, "n rows columns"]
    """In the units of the columns, float64."""
    labels: Int[np.ndarray, " n"]
    """The class of each, -1 where it is not known."""
    classes: tuple[str, ...]
    places: Sequence[str]
    """What each is called to people."""
    scale: Scale
    """Of the columns in the training part."""

    @classmethod
    def unlabelled(
        cls,
        values: Float[np.ndarray, "n rows columns"],
        classes: tuple[str, ...],
        places: Sequence[str],
        scale: Scale,
    ) -> WindowExamples:
        """Windows whose classes are to be told."""
        return cls(values, np.full(len(values), -1), classes, places, scale)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def n_targets(self) -> int:
        """Windows."""
        return len(self.values)

    @property
    def mean_length(self) -> int:
        """Rows of a window."""
        return self.values.shape[1]

    @property
    def n_columns(self) -> int:
        """Columns of a window."""
        return self.values.shape[2]

    def some(self, rows: Int[np.ndarray, " batch"]) -> ExampleBatch:
        """Some windows as a model reads them, float64: columns are brought to scale by the model."""
        return ExampleBatch((torch.from_numpy(self.values[rows]),), torch.from_numpy(self.labels[rows]))

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> WindowBatches:
        """Training batches.

        Raises:
            ConfigError: `seq_len` is not the length of a window.
        """
        if seq_len != self.mean_length:
            raise ConfigError(
                f"train.seq_len={seq_len} (train.grow counted in): these windows have {self.mean_length} rows. Set "
                "data.length, and leave out train.seq_len and train.grow."
            )
        return WindowBatches(self, seed=seed, batch_size=batch_size)

    def in_order(
        self, rows: Int[np.ndarray, " some"] | None = None, seq_len: int | None = None
    ) -> Iterator[tuple[Int[np.ndarray, " batch"], ExampleBatch]]:
        """Some windows, or all, each once."""
        which = np.arange(len(self)) if rows is None else rows
        n = max(NUMBERS // (self.values.shape[1] * self.n_columns), 1)
        for start in range(0, len(which), n):
            yield which[start : start + n], self.some(which[start : start + n])

    def plain(self) -> Float[np.ndarray, "n features"]:
        """The numbers of each in a row, columns without their units."""
        return ((self.values - self.scale.mean) / self.scale.std).reshape(len(self), -1)

    def shown(self, row: int) -> dict[str, str]:
        """Its lines as a data: URI, and its name."""
        return {"picture": drawn(self.values[row]), "name": self.places[row]}


class WindowBatches:
    """Training batches: `at(step)` depends on nothing but the windows, the seed and the step."""

    def __init__(self, part: WindowExamples, *, seed: int, batch_size: int) -> None:
        self.part, self.epochs = part, Epochs(len(part), batch_size, [seed])

    def at(self, step: int) -> ExampleBatch:
        """The batch of a step, from 0."""
        return self.part.some(self.epochs.rows(step))

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return self.epochs.gone(step)
