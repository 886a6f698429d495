"""Predict the next token of a text."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from torch import Tensor

from quatrain.data import Batch, Corpus, TextData
from quatrain.models import NGramConfig, SequenceModel
from quatrain.training.baseline import score_baseline
from quatrain.training.evaluation import Score, Scored, evaluate, stretches
from quatrain.training.objectives._base import Objective, Say

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig


class Language(Objective):
    """Predict the next token; the items are tokens, their values nats."""

    verb: ClassVar[str] = "generate"

    def loss_sum(self, model: SequenceModel, batch: Batch) -> Tensor:
        """Nats summed over the next tokens."""
        return model.token_losses(batch.tokens, batch.targets, documents=batch.documents).sum()

    def validate(self, model: SequenceModel, part: Corpus, n_targets: int | None) -> Score:
        """In stretches spread over the part, windows side by side."""
        return evaluate(model, stretches(part, n_targets), stride=model.max_seq_len)[0]

    def score(self, model: SequenceModel, part: Corpus) -> tuple[Score, np.ndarray]:
        """Every target once, in windows that overlap by half."""
        return evaluate(model, part)

    def baseline(self, config: TrainConfig, data: TextData, say: Say) -> Scored | None:
        """An n-gram of the training text."""
        if config.baseline_order == 0 or isinstance(config.model, NGramConfig):
            return None
        started = time.perf_counter()
        scored = score_baseline(data.tokenizer, data.train, data.val, config.baseline_order)
        say(
            f"baseline: {scored.name} {scored.loss:.4f} nats per token "
            f"({time.perf_counter() - started:.1f} s to count and score)"
        )
        return scored

    def flops_per_target(self, model: SequenceModel, config: TrainConfig, data: TextData) -> float:
        """Over a row of training."""
        return 3 * model.flops(config.train.seq_len) / config.train.seq_len
