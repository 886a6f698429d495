"""Which batches an update reads, when sequences grow during training."""

from __future__ import annotations

from typing import Protocol, Self

import torch

from quatrain.training.config import LoopConfig

WHOLE = 0.5
"""From which share of the way the sequences are as long as they get."""
BEND = 1.32
"""Above 1 the stages get longer: with four times shorter sequences the second begins at a fifth of the way."""


class AnyBatch(Protocol):
    """What one update learns from, whatever it is made of."""

    @property
    def n_rows(self) -> int:
        """Sequences, or pairs."""

    @property
    def n_targets(self) -> int:
        """Targets that count."""

    def to(self, device: torch.device) -> Self:
        """The same on a device."""

    def split(self, n_rows: int) -> list[Self]:
        """Parts of at most so many rows."""


class BatchesByStep(Protocol):
    """Batches as a pure function of the step."""

    def at(self, step: int) -> AnyBatch:
        """The batch of a step, from 0."""

    def epoch_of(self, step: int) -> float:
        """How often everything was read before a step."""


class Source(Protocol):
    """What is learned from."""

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> BatchesByStep:
        """Training batches."""


class Course:
    """Batches by step and progress: of one length, or of lengths that double from stage to stage.

    Short sequences make an update of as many tokens from more places of the text, which is worth more than long
    contexts while there is little to learn from them (Press et al. 2021, "Shortformer", section 4).
    """

    def __init__(self, source: Source, loop: LoopConfig) -> None:
        self._stages = [
            (start, source.batches(seed=loop.seed, batch_size=loop.batch_size * n, seq_len=max(loop.seq_len // n, 1)))
            for start, n in stages(loop.grow)
        ]

    def at(self, progress: float) -> BatchesByStep:
        """The batches of a share of the way, 0 to 1."""
        return [batches for start, batches in self._stages if progress >= start][-1]


def stages(grow: int) -> list[tuple[float, int]]:
    """From which share of the way the sequences are how many times shorter.

    Example:
        >>> stages(4)
        [(0.0, 4), (0.2, 2), (0.5, 1)]
    """
    n = grow.bit_length() - 1
    return [(round(WHOLE * (i / n) ** BEND, 2) if n else 0.0, grow >> i) for i in range(n + 1)]
