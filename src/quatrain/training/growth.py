"""Which batches an update reads, when sequences grow during training."""

from __future__ import annotations

from quatrain.data import Corpus
from quatrain.data.batches import Batches
from quatrain.training.config import LoopConfig

STAGES = ((0.0, 4), (0.2, 2), (0.5, 1))
"""From which share of the way the sequences are how many times shorter."""


class Course:
    """Batches by step and progress: `Batches` of one length, or of three that follow one another.

    Short sequences make an update of as many tokens from more places of the text, which is worth more than long
    contexts while there is little to learn from them (Press et al. 2021, "Shortformer", section 4).
    """

    def __init__(self, corpus: Corpus, loop: LoopConfig) -> None:
        stages = STAGES if loop.grow else ((0.0, 1),)
        self._stages = [
            (start, Batches(corpus, seed=loop.seed, batch_size=loop.batch_size * n, seq_len=max(loop.seq_len // n, 1)))
            for start, n in stages
        ]

    def at(self, progress: float) -> Batches:
        """The batches of a share of the way, 0 to 1."""
        return [batches for start, batches in self._stages if progress >= start][-1]
