"""What a model is trained for: `(model, batch) -> loss_sum`, nats summed over the targets that count."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from quatrain.data import Batch
from quatrain.models import SequenceModel

Objective = Callable[[SequenceModel, Batch], Tensor]


def language(model: SequenceModel, batch: Batch) -> Tensor:
    """Predict the next token: the sum of -log p(target), in nats."""
    return model.token_losses(batch.tokens, batch.targets, documents=batch.documents).sum()


OBJECTIVES: dict[str, Objective] = {"language": language}
