"""Tell the class of an example."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch.nn.functional as F
from torch import Tensor

from quatrain.data.examples import ExampleBatch, ExamplePart
from quatrain.models import IGNORE, Classifier
from quatrain.training.baselines import Baseline
from quatrain.training.baselines.classifiers import counted_classifiers, need_scikit_learn
from quatrain.training.evaluation import Quality
from quatrain.training.objectives._base import Objective, Say
from quatrain.training.scores.classes import ClassScore, QuickScore, glance, score_classes
from quatrain.training.scores.probabilities import logits_of, probabilities_of, sharpness
from quatrain.training.scores.shares import paired_shares

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig


class Classify(Objective):
    """Tell the class of an example; the items are examples, their values 1 for right and 0 for wrong."""

    headline: ClassVar[str] = "accuracy"
    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[str] = "example"
    completes: ClassVar[bool] = True

    def require(self) -> None:
        """scikit-learn, for the models beside it.

        Raises:
            MissingExtra: it is not installed.
        """
        need_scikit_learn()

    def loss_sum(self, model: Classifier, batch: ExampleBatch) -> Tensor:
        """Nats summed over the examples, smoothed in training if the model smooths them."""
        logits, smoothing = model(*batch.inputs).float(), model.label_smoothing if model.training else 0.0
        return F.cross_entropy(logits, batch.targets, ignore_index=IGNORE, reduction="sum", label_smoothing=smoothing)

    def fault(self, quality: Quality) -> float:
        """The share of errors; of equal ones the lower loss decides."""
        assert isinstance(quality, QuickScore)
        return quality.error + 0.5 / quality.n_targets * quality.loss / (1 + quality.loss)

    def validate(self, model: Classifier, part: ExamplePart, n_targets: int | None) -> QuickScore:
        """On examples spread evenly over the part."""
        started = time.perf_counter()
        n = part.n_targets if n_targets is None else min(n_targets, part.n_targets)
        rows = np.linspace(0, part.n_targets - 1, n).round().astype(np.int64)
        return glance(probabilities_of(model, part, rows), part.labels[rows], started)

    def score(self, model: Classifier, part: ExamplePart) -> tuple[ClassScore, np.ndarray]:
        """Every example once."""
        started = time.perf_counter()
        return score_classes(probabilities_of(model, part), part.labels, part.classes, started)

    def interval(self, values: np.ndarray, part: Any) -> tuple[float, float]:
        """Of a difference between two models, by which of them is right about each example."""
        return paired_shares(values)

    def complete(self, model: Classifier, data: Any) -> None:
        """Make it as sure of itself as the validation part shows it may be; what it tells stays the same."""
        model.sharpen(sharpness(logits_of(model, data.val), data.val.labels))

    def baselines(self, config: TrainConfig, data: Any, say: Say) -> Iterable[Baseline]:
        """Models of counts, and the majority class."""
        return counted_classifiers(data.train)

    def told(self, score: Mapping[str, Any]) -> str:
        """Accuracy."""
        return f"accuracy {score['accuracy']:.1%}"

    def flops_per_target(self, model: Classifier, config: TrainConfig, data: Any) -> float:
        """Over an example of mean length."""
        return 3 * model.flops(min(data.train.mean_length, config.train.seq_len))
