"""A model beside the trained one, scored on the very items of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from quatrain.training.evaluation import Mapped, Scored

__all__ = ["Baseline"]


@dataclass(frozen=True)
class Baseline:
    """A model beside the trained one, ready to be scored on any part of its data."""

    key: str
    """A word for programs."""
    name: str
    """In words, for people."""
    score: Callable[[Any], tuple[Mapped, np.ndarray | None]]
    """Scores a part, and gives the value of every item (N,) float64 as `Objective.score` does; None: it has none."""

    def on(self, part: Any) -> Scored:
        """Its score of a part."""
        return Scored(self.name, *self.score(part), key=self.key)
