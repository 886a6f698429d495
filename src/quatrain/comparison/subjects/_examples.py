"""What models that read an example whole learn: a class, tags, hidden tokens, the rows to come."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from quatrain.comparison.subjects._base import Subject, notch_of
from quatrain.errors import ConfigError, suggest
from quatrain.models import ModelConfig
from quatrain.models.presets import fitting_heads
from quatrain.training.config import TrainConfig
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.optim import OptimConfig
from quatrain.training.planning import Planner, Request

BASELINE = "baseline"
"""The word for what the objective counts, or fits in seconds: what a training must be better than to be of use."""
PLANNED = ("batch_size", "seq_len", "grow", "ema", "dtype", "validation_tokens")
"""Settings of the loop that are the planner's."""


@dataclass(frozen=True)
class ExampleSubject(Subject, ABC):
    """Examples that are read whole; how they are learned is what the planner of the task says of its smallest size."""

    baselines: ClassVar[tuple[str, ...]] = (BASELINE,)
    planner: ClassVar[Planner]
    """Of the task and the sort of data."""
    sort: ClassVar[str]
    """The sort of data, in words."""
    metric: ClassVar[str]
    """What values are: a word of the page."""
    unit: ClassVar[str] = ""
    """Of the values."""
    items: ClassVar[str]
    """What has a value each."""
    loss_unit: ClassVar[str]
    """Of the loss that falls in training."""
    row: ClassVar[str]
    """What one example is called."""
    targets: ClassVar[str]
    """What several of what is learned from are called."""
    sized: ClassVar[Collection[str]] = ()
    """Words for models of a size of their own."""

    @cached_property
    def planned(self) -> TrainConfig:
        """What the planner makes of this data, with updates as small as they get: many serve short budgets best."""
        smallest = next(iter(self.planner.dial))
        request = Request(data=self.data.name, model=self.yardstick, size=smallest, steps=1)
        return self.planner.derive(request, self.data, self.config)

    @property
    def settled(self) -> Any:
        """With the columns, or the lengths, that were found."""
        return self.planned.data

    @property
    def seq_len(self) -> int:
        """As planned."""
        return self.planned.train.seq_len

    @property
    def batch_size(self) -> int:
        """As planned."""
        return self.planned.train.batch_size

    @property
    def grow(self) -> int:
        """As planned."""
        return self.planned.train.grow

    @property
    def loop(self) -> dict[str, Any]:
        """As planned."""
        return {name: getattr(self.planned.train, name) for name in PLANNED}

    @property
    def optim(self) -> OptimConfig:
        """As planned."""
        return self.planned.optim

    def architecture(self, word: str, d_model: int, n_layers: int, seq_len: int) -> ModelConfig:
        """As the planner has it, at this size.

        Raises:
            ConfigError: nothing is called that here, or it has a size of its own.
        """
        if word in self.sized:
            raise ConfigError(
                f"{word}: has a size of its own, and models are compared at one size. You may compare "
                f"{', '.join(self.usual)}, or others that are not named after a size."
            )
        try:
            self.planner.check_model(word)
        except ConfigError as error:
            raise ConfigError(f"{word}: of {self.sort}, {error}") from None
        smallest = next(iter(self.planner.dial.values()))
        return self.model(
            word, d_model, n_layers, fitting_heads(d_model, smallest.d_model // smallest.n_heads), seq_len
        )

    @abstractmethod
    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """The model that a word of the planner stands for."""

    def reference(self, size: str, seconds: float | None) -> tuple[int, int]:
        """Of the notch.

        Raises:
            ConfigError: the dial has no such notch.
        """
        if size not in (*self.planner.dial, "auto"):
            raise ConfigError(f"--size {size}: unknown for {self.sort}. {suggest(size, [*self.planner.dial, 'auto'])}")
        notch = notch_of(self.planner.dial, size, seconds)
        return notch.d_model, notch.n_layers

    def flops(self, model: Any, seq_len: int) -> int:
        """As the objective counts them."""
        recipe = self.planned.replace(train=self.planned.train.replace(seq_len=seq_len))
        return round(OBJECTIVES[self.objective].flops_per_target(model, recipe, self.data))

    def targets_per_update(self, batch_size: int, seq_len: int) -> float:
        """All that are learned from, over the updates of an epoch."""
        batches = self.data.train.batches(seed=0, batch_size=batch_size, seq_len=seq_len)
        return float(self.data.train.n_targets * batches.epoch_of(1))

    @property
    @abstractmethod
    def title(self) -> str:
        """What is asked, of which data."""

    @abstractmethod
    def n_items(self, seq_len: int) -> int:
        """How many values there are, read in rows of so many positions."""

    @property
    def chance(self) -> float | None:
        """The value of the likeliest answer, given always; None: it is not told."""
        return None

    def reading(self, seq_len: int) -> dict[str, Any]:
        """How an example is read, as compare.json says it."""
        return {}

    def about(self, seq_len: int) -> dict[str, Any]:
        """What is asked, by which measure, and what things are called."""
        return {
            "kind": self.objective,
            "name": self.data.name,
            "title": self.title,
            "split": f"{self.data.split} {self.data.left_out(seq_len)}".strip(),
            "metric": self.metric,
            "unit": self.unit,
            "better": "higher" if self.higher_is_better else "lower",
            "chance": self.chance,
            **self.reading(seq_len),
            "n_items": self.n_items(seq_len),
            "items": self.items,
            "row": self.row,
            "target": self.target,
            "targets": self.targets,
            "loss_unit": self.loss_unit,
            "fault": self.fault,
            "natural": [],
            "reason": None,
        }
