"""Which batches an update reads, when sequences grow during training."""

from __future__ import annotations

from typing import Protocol

from quatrain.data import Batch
from quatrain.training.config import LoopConfig

STAGES = ((0.0, 4), (0.2, 2), (0.5, 1))
"""From which share of the way the sequences are how many times shorter."""


class BatchesByStep(Protocol):
    """Batches as a pure function of the step."""

    def at(self, step: int) -> Batch:
        """The batch of a step, from 0."""

    def epoch_of(self, step: int) -> float:
        """How often everything was read before a step."""


class Source(Protocol):
    """What is learned from."""

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> BatchesByStep:
        """Training batches."""


class Course:
    """Batches by step and progress: of one length, or of three that follow one another.

    Short sequences make an update of as many tokens from more places of the text, which is worth more than long
    contexts while there is little to learn from them (Press et al. 2021, "Shortformer", section 4).
    """

    def __init__(self, source: Source, loop: LoopConfig) -> None:
        stages = STAGES if loop.grow else ((0.0, 1),)
        self._stages = [
            (start, source.batches(seed=loop.seed, batch_size=loop.batch_size * n, seq_len=max(loop.seq_len // n, 1)))
            for start, n in stages
        ]

    def at(self, progress: float) -> BatchesByStep:
        """The batches of a share of the way, 0 to 1."""
        return [batches for start, batches in self._stages if progress >= start][-1]
