"""Parts of a series as windows: so many rows of the past, so many to be forecast, from every origin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from quatrain.data.epochs import Epochs
from quatrain.data.series.series import Series
from quatrain.errors import ConfigError

__all__ = ["SeriesBatch", "SeriesBatches", "SeriesPart"]


@dataclass(frozen=True)
class SeriesBatch:
    """What one forward pass reads: `model(*batch.inputs)`."""

    inputs: tuple[Float[Tensor, "batch input_len columns"]]
    """The past, float64: columns are standardised by the model, which knows the training part."""
    targets: Float[Tensor, "batch horizon targets"]
    """What came after it; NaN where it was not observed."""

    @property
    def n_targets(self) -> int:
        """Values that count."""
        return int((~self.targets.isnan()).sum())

    @property
    def n_rows(self) -> int:
        """Windows."""
        return len(self.targets)

    def to(self, device: torch.device) -> SeriesBatch:
        """The same batch on a device."""
        return SeriesBatch((self.inputs[0].to(device),), self.targets.to(device))

    def split(self, n_rows: int) -> list[SeriesBatch]:
        """Parts of at most `n_rows` windows."""
        return [
            SeriesBatch((self.inputs[0][i : i + n_rows],), self.targets[i : i + n_rows])
            for i in range(0, self.n_rows, n_rows)
        ]


@dataclass(frozen=True)
class SeriesPart:
    """All windows whose targets lie in some rows of a series; inputs may reach back before them.

    Windows move on by one row and none is dropped: of n rows there are n - horizon + 1, less those without any
    observed target and, at the very start, those without a whole past.
    """

    series: Series
    start: int
    """First row that may be forecast."""
    stop: int
    """The row after the last."""
    input_len: int
    horizon: int
    bounds: tuple[int, int] | None = None
    """Ends of the training rows, on which anything may be fitted, and of the validation rows, which may choose; None:
    neither is at hand."""

    @cached_property
    def origins(self) -> Int[np.ndarray, " windows"]:
        """The first forecast row of each window."""
        first = max(self.start, self.input_len)
        origins = np.arange(first, max(self.stop - self.horizon + 1, first))
        observed = np.concatenate([[0], np.cumsum((~np.isnan(self.series.truth)).any(axis=1))])
        return origins[observed[origins + self.horizon] > observed[origins]]

    def __len__(self) -> int:
        return len(self.origins)

    def observed_by(self, model: Any, seed: int) -> None:
        """Let a forecaster take the scales of its columns from these rows and all before them."""
        model.take_scale(torch.from_numpy(self.series.inputs[: self.stop]))

    @cached_property
    def n_targets(self) -> int:
        """Values to be forecast, in all windows."""
        observed = np.concatenate([[0], np.cumsum((~np.isnan(self.series.truth)).sum(axis=1))])
        return int((observed[self.origins + self.horizon] - observed[self.origins]).sum())

    def windows(self, which: Int[np.ndarray, " batch"]) -> SeriesBatch:
        """Some windows, by number."""
        origins = self.origins[which][:, None]
        past = self.series.inputs[origins + np.arange(-self.input_len, 0)]  # (B, T, C)
        return SeriesBatch((torch.from_numpy(past),), torch.from_numpy(self.truth(which)))

    def truth(self, which: Int[np.ndarray, " batch"]) -> Float[np.ndarray, "batch horizon targets"]:
        """What came after the origin of some windows."""
        return self.series.truth[self.origins[which][:, None] + np.arange(self.horizon)]

    def in_order(
        self, which: Int[np.ndarray, " some"] | None = None, *, at_once: int = 256
    ) -> Iterator[tuple[Int[np.ndarray, " batch"], SeriesBatch]]:
        """(numbers, windows) of some windows or of all, each once, the last batch as small as it is."""
        which = np.arange(len(self)) if which is None else which
        for first in range(0, len(which), at_once):
            some = which[first : first + at_once]
            yield some, self.windows(some)

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> SeriesBatches:
        """Training batches.

        Raises:
            ConfigError: `seq_len` is not the length of a window's past.
        """
        if seq_len != self.input_len:
            raise ConfigError(
                f"train.seq_len={seq_len} (train.grow counted in): a window of this series has {self.input_len} rows "
                "of the past. Set data.input_len, and leave out train.seq_len and train.grow."
            )
        return SeriesBatches(self, seed=seed, batch_size=batch_size)


class SeriesBatches:
    """Training batches: `at(step)` depends on nothing but the part, the seed and the step.

    Every epoch visits all windows in an order of its own, running on into the next.
    """

    def __init__(self, part: SeriesPart, *, seed: int, batch_size: int) -> None:
        self.part, self.epochs = part, Epochs(len(part), batch_size, [seed])

    def at(self, step: int) -> SeriesBatch:
        """The batch of a step, from 0."""
        return self.part.windows(self.epochs.rows(step))

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return self.epochs.gone(step)
