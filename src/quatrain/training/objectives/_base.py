"""What an objective is: a loss to learn from, scores that suit it, and what stands beside them."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from torch import Tensor

from quatrain.training.baselines import Baseline
from quatrain.training.evaluation import Quality, Scored, bootstrap

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig

Say = Callable[[str], None]


class Objective(ABC):
    """The loss that is learned from, and the scores that suit it."""

    headline: ClassVar[str] = "loss"
    """The key of result.json that a person judges by."""
    higher_is_better: ClassVar[bool] = False
    """Of the headline."""
    measure: ClassVar[str] = "nats"
    """What losses are counted in."""
    unit: ClassVar[str] = "token"
    """What one target is called."""
    verb: ClassVar[str] = "predict"
    """The command that uses a run."""
    passes: ClassVar[float] = 2.0
    """What scoring a target at the end costs, in validations of one: a time budget keeps it back."""
    completes: ClassVar[bool] = False
    """Whether something that is measured on the validation part is kept with trained weights: see `complete`."""

    def require(self) -> None:  # noqa: B027 - most need nothing
        """Find out before a training whether its result could be scored.

        Raises:
            MissingExtra: a package is not installed.
        """

    @abstractmethod
    def loss_sum(self, model: Any, batch: Any) -> Tensor:
        """Nats summed over the targets that count: -log p(target)."""

    def loss_parts(self, model: Any, batch: Any) -> dict[str, Tensor]:
        """What is learned from, taken apart: `loss`, which validations tell, too, and what is added to it, by name."""
        return {"loss": self.loss_sum(model, batch)}

    def fault(self, quality: Quality) -> float:
        """What the best weights of a training are chosen by: the less, the better."""
        return quality.loss

    @abstractmethod
    def validate(self, model: Any, part: Any, n_targets: int | None) -> Quality:
        """A quick score on the way, of about so many targets of a part; None: all."""

    @abstractmethod
    def score(self, model: Any, part: Any) -> tuple[Quality, np.ndarray]:
        """The score of a whole part, and its value item by item (N,) float64, in the order of the part."""

    def interval(self, values: np.ndarray, part: Any) -> tuple[float, float]:
        """95 % interval of the mean of such values as `score` gives of a part; here neighbours are not independent."""
        return bootstrap(values)

    def complete(self, model: Any, data: Any) -> None:  # noqa: B027 - most need nothing
        """Measure on the validation part what is kept with the trained weights, such as how wide intervals must be."""

    def baselines(self, config: TrainConfig, data: Any, say: Say) -> Iterable[Baseline]:
        """The honest comparisons: models that are counted or fitted in seconds; none if nothing suits the model."""
        return ()

    def score_beside(
        self, baselines: Iterable[Baseline], parts: Mapping[str, Any], say: Say
    ) -> dict[str, list[Scored]]:
        """Baselines scored on some parts, by part; in each the one first that is best on the first part.

        Which is the best is decided on the very items it is scored on there, which favours it a little: so the
        comparison is never too kind to the trained model.
        """
        started = time.perf_counter()
        scored = [{name: baseline.on(part) for name, part in parts.items()} for baseline in baselines]
        first, sign = next(iter(parts)), -1.0 if self.higher_is_better else 1.0
        scored.sort(key=lambda found: sign * found[first].score.to_dict().get(self.headline, sign * math.inf))
        for place, found in enumerate(scored):
            told = f"{found[first].name}: {self.told(found[first].score.to_dict())}"
            took = f" ({time.perf_counter() - started:.1f} s for all of them)" if place == len(scored) - 1 else ""
            say(f"{'beside it' if place else 'baseline'}: {told}{took}")
        return {name: [found[name] for found in scored] for name in parts}

    def compared(self, ours: Scored, others: Sequence[Scored], part: Any) -> dict[str, Any]:
        """The score of a part, what stands beside it, and the differences item by item; for JSON."""
        told = [{**other.to_dict(), "difference": self._difference(ours, other, part)} for other in others]
        baseline, beside = (told[0], told[1:]) if told else (None, [])
        difference = baseline.pop("difference") if baseline else None
        return {**ours.score.to_dict(), "baseline": baseline, "difference": difference, "beside": beside}

    def _difference(self, ours: Scored, other: Scored, part: Any) -> dict[str, Any] | None:
        """Model minus the other, item by item."""
        if ours.values is None or other.values is None:
            return None
        differences = ours.values - other.values
        return {"mean": float(differences.mean()), "interval": list(self.interval(differences, part))}

    def told(self, score: Mapping[str, Any]) -> str:
        """What one judges a score by, for people."""
        return f"{score['loss']:.4f} {self.measure} per {self.unit}"

    @abstractmethod
    def flops_per_target(self, model: Any, config: TrainConfig, data: Any) -> float:
        """Floating-point operations of training on one target: forward, and twice as much backward."""
