"""What a model is trained for: the loss of a batch, and how good it is on a whole part of the data."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from quatrain.data import Batch, Corpus, Exam
from quatrain.models import IGNORE, SequenceModel
from quatrain.training.evaluation import Score, bootstrap, evaluate, stretches

POSITIONS = 16_384
"""Positions of an exam whose logits are held at once."""


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


OBJECTIVES: dict[str, Objective] = {"language": Language(), "answers": Answers()}
