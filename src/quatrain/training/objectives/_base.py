"""What an objective is: a loss to learn from, scores that suit it, and what stands beside them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from torch import Tensor

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

    def fault(self, quality: Quality) -> float:
        """What the best weights of a training are chosen by: the less, the better."""
        return quality.loss

    @abstractmethod
    def validate(self, model: Any, part: Any, n_targets: int | None) -> Quality:
        """A quick score on the way, of about so many targets of a part; None: all."""

    @abstractmethod
    def score(self, model: Any, part: Any) -> tuple[Quality, np.ndarray]:
        """The score of a whole part, and its value item by item (N,) float64, in the order of the part."""

    def interval(self, values: np.ndarray) -> tuple[float, float]:
        """95 % interval of the mean of such values as `score` gives; here neighbours are not independent."""
        return bootstrap(values)

    def complete(self, model: Any, data: Any) -> None:  # noqa: B027 - most need nothing
        """Measure on the validation part what is kept with the trained weights, such as how wide intervals must be."""

    def baseline(self, config: TrainConfig, data: Any, say: Say) -> Scored | None:
        """The honest comparison: a model that is counted, scored on the same items as the model will be."""
        return None

    def beside(self, config: TrainConfig, data: Any, say: Say) -> Mapping[str, Scored]:
        """Other scores that belong beside the model's, by their key in result.json."""
        return {}

    @abstractmethod
    def flops_per_target(self, model: Any, config: TrainConfig, data: Any) -> float:
        """Floating-point operations of training on one target: forward, and twice as much backward."""
