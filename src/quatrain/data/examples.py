"""Examples with answers, as a model reads them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from quatrain.models._base import IGNORE

__all__ = ["ExampleBatch", "ExampleBatches", "ExamplePart"]


@dataclass(frozen=True)
class ExampleBatch:
    """What one forward pass reads: `model(*batch.inputs)`."""

    inputs: tuple[Tensor | None, ...]
    """What the backbone takes, in its order: tokens (B, T), token_mask (B, T), segments (B, T) of text; pixels
    (B, C, H, W) of pictures, numbers (B, T, C) of windows of a series. None stands for what is not given."""
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


class ExampleBatches(Protocol):
    """Training batches as a pure function of the step."""

    def at(self, step: int) -> ExampleBatch:
        """The batch of a step, from 0."""

    def epoch_of(self, step: int) -> float:
        """How often everything was read before a step."""


class ExamplePart(Protocol):
    """One part (train, val or a test) of examples that each have a class, whatever their sort.

    Parts are compared by identity (`dataclass(eq=False)`), so that what was counted on one is counted once.
    """

    reads: ClassVar[str]
    """The sort of the examples, as backbones name what they read: text, images or series."""

    @property
    def labels(self) -> Int[np.ndarray, " n"]:
        """The class of each example, int64; -1 where it is not known."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes: `classes[label]`."""

    @property
    def n_targets(self) -> int:
        """Answers that count."""

    @property
    def mean_length(self) -> int:
        """Positions of an example on average."""

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> ExampleBatches:
        """Training batches; examples of more than `seq_len` positions are cut."""

    def in_order(
        self, rows: Int[np.ndarray, " some"] | None = None, seq_len: int | None = None
    ) -> Iterator[tuple[Int[np.ndarray, " batch"], ExampleBatch]]:
        """Some examples, or all, each once and without augmentation, with their places: for scores.

        Args:
            seq_len: most positions of an example, what is beyond is cut; None: all are read.
        """

    def plain(self) -> tuple[list[str], ...] | Float[np.ndarray, "n features"]:
        """The examples as a model of counts reads them: one list of texts a side, or a row of numbers each."""

    def shown(self, row: int) -> dict[str, str]:
        """What a person is shown of an example: `text` (and `second`), or `picture` (a data: URI) and its `name`."""
