"""What enters a comparison: a model that is trained, one that is counted, or what the objective counts by itself."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from quatrain.comparison.jobs import Job, count_job, training_job
from quatrain.comparison.solve import Ruler, n_parameters, shape_of
from quatrain.comparison.subjects import BASELINE, Subject
from quatrain.data import Tokenizer
from quatrain.training.config import TrainConfig


@dataclass(frozen=True)
class Entrant(ABC):
    """One architecture, at the agreed size, or what stands beside all of them."""

    word: str
    """As it was asked for, with its own settings."""
    recipe: TrainConfig
    """Of seed 0 and the rate as it stands."""
    solution: dict[str, Any]
    """The widths that were solved for."""

    is_counted: ClassVar[bool]
    """No widths, no rate, no seed."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The family, in compare.json."""

    @property
    def place(self) -> str:
        """Its name in paths."""
        return re.sub(r"[^\w.+]+", "-", self.word)

    @abstractmethod
    def job(self, folder: Path, title: str, kind: str, recipe: TrainConfig, tokenizers: Mapping[str, Tokenizer]) -> Job:
        """A training, or a count, that is ready to be done."""

    @abstractmethod
    def size(self, subject: Subject, lengths: Sequence[int]) -> dict[str, Any]:
        """What compare.json says of its size: parameters, operations of training a target, and what it remembers."""

    def with_rate(self, factor: float, *, seed: int, share: float = 1.0, **changes: Any) -> TrainConfig:
        """The recipe with its rates times `factor`, another seed, a share of its length, and changes of the loop."""
        loop, optim = self.recipe.train.replace(**changes), self.recipe.optim
        length: dict[str, Any] = {"steps": max(round(loop.steps * share), 1)} if loop.steps else {}
        if loop.seconds and not loop.steps:
            length = {"seconds": loop.seconds * share}
        rates = {name: getattr(optim, name) * factor for name in ("lr", "muon_lr") if hasattr(optim, name)}
        return self.recipe.replace(train=loop.replace(seed=seed, **length), optim=optim.replace(**rates))


class ModelEntrant(Entrant, ABC):
    """A model with a run folder of its own."""

    @property
    def kind(self) -> str:
        """Of the model."""
        return self.recipe.model.kind

    def job(self, folder: Path, title: str, kind: str, recipe: TrainConfig, tokenizers: Mapping[str, Tokenizer]) -> Job:
        """A training, in a run folder."""
        return training_job(folder, title, kind, recipe, tokenizers)

    def size(self, subject: Subject, lengths: Sequence[int]) -> dict[str, Any]:
        """Of the model, without storage."""
        shape = shape_of(self.recipe.model)
        return {
            "n_parameters": n_parameters(self.recipe.model),
            "flops_per_token": subject.flops(shape, self.recipe.train.seq_len),
            **subject.remembered(shape, lengths),
        }


class Trained(ModelEntrant):
    """A model that learns by steps."""

    is_counted = False


class Counted(ModelEntrant):
    """A model that counts what it knows: an n-gram."""

    is_counted = True


class Baseline(Entrant):
    """What the objective counts or fits by itself; the model of its recipe is a stand-in that says how rows are cut."""

    is_counted = True

    @property
    def kind(self) -> str:
        """Of no family."""
        return BASELINE

    def job(self, folder: Path, title: str, kind: str, recipe: TrainConfig, tokenizers: Mapping[str, Tokenizer]) -> Job:
        """A count, of which no model is left."""
        return count_job(folder, title, recipe)

    def size(self, subject: Subject, lengths: Sequence[int]) -> dict[str, Any]:
        """None that could be compared."""
        return {"n_parameters": None, "flops_per_token": None}


@dataclass(frozen=True)
class Field:
    """All entrants, and what is equal between them."""

    entrants: tuple[Entrant, ...]
    ruler: Ruler
    target: float
    """Parameters, or operations of training a target."""
