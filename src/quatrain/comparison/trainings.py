"""The trainings of a comparison: which there are for each model, in which folders, and what came of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.comparison.config import CompareConfig
from quatrain.comparison.entrants import Entrant, Field
from quatrain.comparison.jobs import Job, cost_job
from quatrain.comparison.statistics import in_blocks
from quatrain.comparison.subjects import Subject
from quatrain.config import read_toml
from quatrain.runs import RunFolder


@dataclass(frozen=True)
class Trainings:
    """Every job of a comparison; asking for one prepares its folder."""

    folder: Path
    config: CompareConfig
    subject: Subject
    field: Field
    lengths: tuple[int, ...]
    """Where costs are measured; none where that means nothing."""

    @property
    def about(self) -> dict[str, Any]:
        """What compare.json says of the data."""
        return self.subject.about(self.field.entrants[0].recipe.train.seq_len)

    def searches(self, entrant: Entrant) -> list[Job]:
        """Trials of its rate; none where there is nothing to choose."""
        factors = self.config.search
        if len(factors) == 1 or entrant.is_counted:
            return []
        share, _ = self.config.shares
        return [
            self._training(
                f"search/{entrant.place}-x{factor:g}",
                f"{entrant.word}, rate x {factor:g}",
                "search",
                entrant,
                entrant.with_rate(factor, seed=0, share=share, n_validations=2),
            )
            for factor in factors
        ]

    def begun(self, entrant: Entrant) -> RunFolder | None:
        """The first of its trainings, once the rate is chosen: from then on all have that rate."""
        first = RunFolder(self.folder / f"runs/{entrant.place}-0")
        return first if first.recipe_path.exists() else None

    def factor(self, entrant: Entrant) -> float | None:
        """The best factor of the rate; None where every trial failed."""
        if len(self.config.search) == 1:
            return self.config.search[0]
        begun, lr = self.begun(entrant), entrant.recipe.optim.lr
        if begun:
            chosen = read_toml(begun.recipe_path)["optim"]["lr"]
            return min(self.config.search, key=lambda factor: abs(factor * lr - chosen))
        pairs = zip(self.config.search, self.searches(entrant), strict=True)
        losses = [(_loss(job), factor) for factor, job in pairs]
        loss, factor = min(losses)
        return factor if math.isfinite(loss) else None

    def finals(self, entrant: Entrant) -> list[Job]:
        """A training a seed, at the best rate; none where every trial failed."""
        if entrant.is_counted:
            return [self._training(f"runs/{entrant.place}", entrant.word, "final", entrant, entrant.recipe)]
        factor = self.factor(entrant)
        if factor is None:
            return []
        _, share = self.config.shares
        return [
            self._training(
                f"runs/{entrant.place}-{seed}",
                f"{entrant.word}, seed {seed}",
                "final",
                entrant,
                entrant.with_rate(factor, seed=seed, share=share),
            )
            for seed in range(self.config.seeds)
        ]

    def _training(self, place: str, title: str, kind: str, entrant: Entrant, recipe: Any) -> Job:
        return entrant.job(self.folder / place, title, kind, recipe, self.subject.data.tokenizer_files())

    def costs(self, entrant: Entrant) -> list[Job]:
        """What it costs at growing lengths; none where it is counted, or there are no lengths."""
        if entrant.is_counted or not self.lengths:
            return []
        place, title = self.folder / f"costs/{entrant.place}", f"{entrant.word}, cost"
        return [cost_job(place, title, entrant.recipe.model, self.lengths)]

    def ended(self, entrant: Entrant) -> list[int]:
        """The seeds whose trainings have come to an end."""
        return [seed for seed, job in enumerate(self.finals(entrant)) if job.is_done]

    def blocks(self, entrant: Entrant, seeds: Sequence[int]) -> np.ndarray:
        """The values (S, B) of some of a model's seeds."""
        finals = self.finals(entrant)
        return in_blocks(np.stack([finals[seed].values() for seed in seeds]), self.subject.block)


def _loss(job: Job) -> float:
    loss = (job.outcome() or {}).get("loss")
    return loss if loss is not None and math.isfinite(loss) else math.inf
