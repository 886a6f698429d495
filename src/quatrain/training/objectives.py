"""What a model is trained for: the loss of a batch, and how good it is on a whole part of the data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from quatrain.data import Batch, Corpus
from quatrain.models import SequenceModel
from quatrain.training.evaluation import Score, evaluate, stretches


class Quality(Protocol):
    """What every score tells the loop."""

    @property
    def loss(self) -> float:
        """Nats per target: less is better."""

    @property
    def n_targets(self) -> int:
        """Targets scored."""

    @property
    def seconds(self) -> float:
        """Time the scoring took."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""


class Objective(ABC):
    """The loss that is learned from, and the scores that suit it."""

    def loss_sum(self, model: SequenceModel, batch: Batch) -> Tensor:
        """Nats summed over the targets that count: -log p(target)."""
        return model.token_losses(batch.tokens, batch.targets, documents=batch.documents).sum()

    @abstractmethod
    def validate(self, model: SequenceModel, part: Any, n_targets: int | None) -> Quality:
        """A quick score on the way, of about so many targets of a part; None: all."""

    @abstractmethod
    def score(self, model: SequenceModel, part: Any) -> tuple[Quality, np.ndarray]:
        """The score of a whole part, and its value item by item (N,) float64, in the order of the part."""


class Language(Objective):
    """Predict the next token; the items are tokens, their values nats."""

    def validate(self, model: SequenceModel, part: Corpus, n_targets: int | None) -> Score:
        """In stretches spread over the part, windows side by side."""
        return evaluate(model, stretches(part, n_targets), stride=model.max_seq_len)[0]

    def score(self, model: SequenceModel, part: Corpus) -> tuple[Score, np.ndarray]:
        """Every target once, in windows that overlap by half."""
        return evaluate(model, part)


OBJECTIVES: dict[str, Objective] = {"language": Language()}
