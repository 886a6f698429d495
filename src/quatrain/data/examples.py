"""Examples with answers, as a model reads them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from quatrain.models._base import IGNORE

__all__ = ["ExampleBatch", "ExamplePart"]


@dataclass(frozen=True)
class ExampleBatch:
    """What one forward pass reads: `model(*batch.inputs)`."""

    inputs: tuple[Tensor | None, ...]
    """What the backbone takes, in its order: tokens (B, T), token_mask (B, T), segments (B, T) of text; pixels
    (B, C, H, W) of pictures. None stands for what is not given."""
    targets: Tensor
    """The answers: a class each (B,), or a tag for each position (B, T); `IGNORE` (-100) where nothing is scored."""

    @property
    def n_targets(self) -> int:
        """Answers that count."""
        return int((self.targets != IGNORE).sum())

    @property
    def n_rows(self) -> int:
        """Examples."""
        return len(self.targets)

    def to(self, device: torch.device) -> ExampleBatch:
        """The same batch on a device."""
        moved = tuple(None if part is None else part.to(device) for part in self.inputs)
        return ExampleBatch(moved, self.targets.to(device))

    def split(self, n_rows: int) -> list[ExampleBatch]:
        """Parts of at most `n_rows` examples."""
        return [
            ExampleBatch(
                tuple(None if part is None else part[i : i + n_rows] for part in self.inputs),
                self.targets[i : i + n_rows],
            )
            for i in range(0, self.n_rows, n_rows)
        ]


class ExamplePart(Protocol):
    """One part (train, val or a test) of examples that each have a class, whatever their sort."""

    @property
    def labels(self) -> np.ndarray:
        """(N,) int64: the class of each example."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes: `classes[label]`."""

    @property
    def n_targets(self) -> int:
        """Answers that count."""

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> Any:
        """Training batches as a pure function of the step: `at(step)`, `epoch_of(step)`."""

    def in_order(self, rows: np.ndarray | None = None) -> Any:
        """(rows, ExampleBatch) of some examples, or of all, without augmentation, each once: for scores."""
