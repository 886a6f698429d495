"""What is compared on: how it is measured and learned, and which models can learn it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, ClassVar, Literal, TypeVar

from quatrain.models import ModelConfig, NGramConfig
from quatrain.training.machine import machine_flops
from quatrain.training.optim import OptimConfig
from quatrain.training.planning._base import Notch, paid_for

VALIDATION_TOKENS = 12_288
NotchT = TypeVar("NotchT", bound=Notch)


@dataclass(frozen=True)
class Subject(ABC):
    """What the models learn, and what says which of them is better."""

    usual: ClassVar[tuple[str, ...]]
    """Words of the models that are compared where nothing else is said."""
    baselines: ClassVar[tuple[str, ...]] = ()
    """Words for what the objective counts by itself, without a model; they stand in every comparison."""
    yardstick: ClassVar[str]
    """The model whose size at a notch of the dial is everyone's, and whose costs others are held against."""
    scores: ClassVar[tuple[str, ...]] = ()
    """What the score of a training tells besides the value."""
    target: ClassVar[str] = "a token"
    """What one thing that is learned from is called, with its article."""
    fault: ClassVar[str] = "validation loss"
    """What the best rate of a search has least of."""

    config: Any
    """What names the data."""
    data: Any
    """What it was opened to."""

    @property
    @abstractmethod
    def objective(self) -> Literal["language", "answers", "translate", "classify", "tag", "masked", "forecast"]:
        """The word of the objective."""

    @property
    def settled(self) -> Any:
        """What names the data in the folders of the trainings: with all that was found out about it."""
        return self.config

    @property
    @abstractmethod
    def seq_len(self) -> int:
        """Positions of a row."""

    @property
    @abstractmethod
    def batch_size(self) -> int:
        """Rows of an update."""

    @property
    @abstractmethod
    def grow(self) -> int:
        """How many times shorter rows are at first."""

    @property
    def loop(self) -> dict[str, Any]:
        """The settings of the loop that this asks for."""
        return {
            "batch_size": self.batch_size,
            "seq_len": self.seq_len,
            "grow": self.grow,
            "validation_tokens": VALIDATION_TOKENS,
        }

    @property
    @abstractmethod
    def optim(self) -> OptimConfig:
        """How the weights move, at the rates that factors multiply."""

    @abstractmethod
    def architecture(self, word: str, d_model: int, n_layers: int, seq_len: int) -> ModelConfig:
        """The model that a word stands for.

        Raises:
            ConfigError: nothing is called that, or it cannot learn this.
        """

    @property
    def counted(self) -> Mapping[str, NGramConfig]:
        """The models for it that are counted and not trained, by word."""
        return {}

    @abstractmethod
    def reference(self, size: str, seconds: float | None) -> tuple[int, int]:
        """Width and layers of the yardstick at a notch of the dial; `auto`: what the time pays for.

        Raises:
            ConfigError: the dial has no such notch.
        """

    @abstractmethod
    def flops(self, model: Any, seq_len: int) -> int:
        """Floating-point operations of training a model on a target, in rows of so many positions."""

    @abstractmethod
    def targets_per_update(self, batch_size: int, seq_len: int) -> float:
        """What an update learns from, on average."""

    @property
    @abstractmethod
    def block(self) -> int:
        """Neighbouring items that count as one observation."""

    @property
    @abstractmethod
    def higher_is_better(self) -> bool:
        """Of the values of items."""

    @abstractmethod
    def about(self, seq_len: int) -> dict[str, Any]:
        """What compare.json says of it, learned in rows of so many positions."""

    def measured(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """Those of some lengths at which costs are measured; none where every example is as long as another."""
        return lengths

    def remembered(self, model: Any, lengths: Sequence[int]) -> dict[str, Any]:
        """Of a model that writes: how far back an input can matter, and the bytes of its state after some lengths."""
        return {}

    def beside(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What is told of a model besides its value, from the outcomes of its seeds: means of the other scores."""
        known = [name for name in self.scores if outcomes and all(one[name] is not None for one in outcomes)]
        return {"scores": {name: _mean_score(outcomes, name) for name in known}, "by_length": []}

    def solves(self, value: float) -> bool | None:
        """Whether a value is a solution; None: there is nothing to be solved."""
        return None

    def natural(self, word: str) -> bool:
        """Whether theory says that this architecture is the natural one."""
        return False

    def predicted(self, word: str, reach: int | None) -> bool | None:
        """Whether theory says that it solves this; None: theory says nothing."""
        return None


def notch_of(dial: Mapping[str, NotchT], size: str, seconds: float | None) -> NotchT:
    """A notch by its word, or the largest that a time pays for; without a time the smallest."""
    if size in dial:
        return dial[size]
    return next(iter(dial.values())) if seconds is None else paid_for(dial, seconds * machine_flops("cpu"))


def _mean_score(outcomes: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    """A score's mean over seeds, and the mean of the ends of its intervals: that of one training, over its items."""
    ends = [outcome[f"{name}_interval"] for outcome in outcomes if outcome.get(f"{name}_interval")]
    interval = [fmean(side) for side in zip(*ends, strict=True)] or None
    return {"value": fmean(outcome[name] for outcome in outcomes), "interval": interval}
