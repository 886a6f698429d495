"""What is compared on: how it is measured and learned, and which models can learn it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from quatrain.models import ModelConfig, NGramConfig
from quatrain.training.optim import OptimConfig


@dataclass(frozen=True)
class Subject(ABC):
    """What the models learn, and what says which of them is better."""

    usual: ClassVar[tuple[str, ...]]
    """Words of the models that are compared where nothing else is said."""
    yardstick: ClassVar[str]
    """The model whose size at a notch of the dial is everyone's, and whose costs others are held against."""
    n_sides: ClassVar[int]
    """Sequences of a row: one, or a target and its source."""
    scores: ClassVar[tuple[str, ...]] = ()
    """What the score of a training tells besides the value."""

    config: Any
    """What names the data."""
    data: Any
    """What it was opened to."""

    @property
    @abstractmethod
    def objective(self) -> Literal["language", "answers", "translate"]:
        """The word of the objective."""

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
        """Width and layers of the yardstick at a notch of the dial; `auto`: what the time pays for."""

    @abstractmethod
    def row(self, seq_len: int) -> tuple[int, ...]:
        """Lengths of an average row of training: of what is predicted, then of its source where it has one."""

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

    def reach(self, model: Any) -> int | None:
        """The furthest distance at which an input can matter to a model; None: any."""
        return None

    def beside(self, outcomes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What is told of a model besides its value, from the outcomes of its seeds."""
        return {"scores": {}, "by_length": []}

    def solves(self, value: float) -> bool | None:
        """Whether a value is a solution; None: there is nothing to be solved."""
        return None

    def natural(self, word: str) -> bool:
        """Whether theory says that this architecture is the natural one."""
        return False

    def predicted(self, word: str, reach: int | None) -> bool | None:
        """Whether theory says that it solves this; None: theory says nothing."""
        return None
