"""Give the answers of a task with known ones."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from quatrain.data import Batch, Exam, TaskData
from quatrain.models import IGNORE, SequenceModel
from quatrain.training.evaluation import bootstrap
from quatrain.training.objectives._base import Objective

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig

POSITIONS = 16_384
"""Positions of an exam whose logits are held at once."""


@dataclass(frozen=True)
class Marks:
    """How well an exam was passed."""

    loss: float
    """Nats per target."""
    mark: float
    """Mean of the task's metric over the examples, 0 to 1."""
    metric: str
    """What it is called."""
    interval: tuple[float, float]
    """95 % interval of the mark, by bootstrap over the examples."""
    chance: float
    """The mark to be had without solving the task."""
    n_examples: int
    n_targets: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**vars(self), "interval": list(self.interval)}


class Answers(Objective):
    """Give the answers of a task; the items are examples, their values marks."""

    headline: ClassVar[str] = "mark"
    higher_is_better: ClassVar[bool] = True

    def loss_sum(self, model: SequenceModel, batch: Batch) -> Tensor:
        """Nats summed over the answers."""
        return model.token_losses(batch.tokens, batch.targets, documents=batch.documents).sum()

    def validate(self, model: SequenceModel, part: Exam, n_targets: int | None) -> Marks:
        """On the first examples, of about so many positions: these, not the few with a target, take the time."""
        n = part.n_examples if n_targets is None else n_targets // part.examples.tokens.shape[1]
        return self.score(model, part.first(max(n, 1)))[0]

    def score(self, model: SequenceModel, part: Exam) -> tuple[Marks, np.ndarray]:
        """On the whole exam."""
        started = time.perf_counter()
        device = next((weight.device for weight in model.parameters()), torch.device("cpu"))
        n_rows = max(POSITIONS // part.examples.tokens.shape[1], 1)
        was_training = model.training
        model.eval()
        marks, loss_sum = [], 0.0
        with torch.inference_mode():
            for start in range(0, part.n_examples, n_rows):
                rows = part.rows(start, start + n_rows)
                logits = model(rows.tokens.to(device)).float().cpu()
                losses = F.cross_entropy(logits.transpose(1, 2), rows.targets, ignore_index=IGNORE, reduction="sum")
                loss_sum += float(losses)
                marks.append(part.task.grade(rows, logits).double().numpy())
        model.train(was_training)
        values = np.concatenate(marks)
        quality = Marks(
            loss=loss_sum / part.n_targets,
            mark=float(values.mean()),
            metric=part.task.metric,
            interval=bootstrap(values, block=1),
            chance=part.task.chance(),
            n_examples=part.n_examples,
            n_targets=part.n_targets,
            seconds=time.perf_counter() - started,
        )
        return quality, values

    def flops_per_target(self, model: SequenceModel, config: TrainConfig, data: TaskData) -> float:
        """Over an example, of which a few positions are targets."""
        seq_len = data.task.seq_len
        return 3 * model.flops(seq_len) * data.val.n_examples / max(data.val.n_targets, 1)
