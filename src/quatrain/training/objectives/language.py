"""Predict the next token of a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from torch import Tensor

from quatrain.data import Batch, Corpus, TextData
from quatrain.models import NGramConfig, SequenceModel
from quatrain.training.baselines import Baseline
from quatrain.training.baselines.ngram import count_ngram
from quatrain.training.evaluation import Score, evaluate, stretches
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

    def baselines(self, config: TrainConfig, data: TextData, say: Say) -> Iterable[Baseline]:
        """An n-gram of the training text."""
        if config.baseline_order != 0 and not isinstance(config.model, NGramConfig):
            yield count_ngram(data.tokenizer, data.train, config.baseline_order)

    def flops_per_target(self, model: SequenceModel, config: TrainConfig, data: TextData) -> float:
        """Over a row of training."""
        return 3 * model.flops(config.train.seq_len) / config.train.seq_len
