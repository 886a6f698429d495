"""What came of a comparison: the content of compare.json."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from quatrain import __version__
from quatrain.comparison.cost import crossovers
from quatrain.comparison.entrants import Entrant
from quatrain.comparison.jobs import Job, n_cores
from quatrain.comparison.leads import leads
from quatrain.comparison.statistics import interval
from quatrain.comparison.trainings import Trainings
from quatrain.comparison.verdict import judge
from quatrain.comparison.words import budget_sentence, command, search_sentence
from quatrain.training.config import LoopConfig
from quatrain.training.device import pick_device
from quatrain.training.scores.shares import wilson

KEPT = ("value", "loss", "steps", "tokens", "seconds", "curve")
"""Of the outcome of every training."""
TOLD = ("method",)
"""Of the outcome of a count: what it was."""


@dataclass(frozen=True)
class Result:
    """Reads the outcomes of all trainings."""

    trainings: Trainings
    n_at_once: int
    """Trainings that ran at the same time."""
    threads: int
    """Of each."""

    def to_dict(self, seconds: float) -> dict[str, Any]:
        """The content of compare.json; `seconds` is what this sitting took."""
        entrants = [self._entrant(entrant) for entrant in self.trainings.field.entrants]
        sign = -1 if self.trainings.subject.higher_is_better else 1
        ranked = sorted((e for e in entrants if e["value"] is not None), key=lambda e: sign * e["value"])
        ranking = [e["word"] for e in ranked]
        result = {
            "format": 1,
            "quatrain": __version__,
            "seconds": seconds,
            "command": command(self.trainings.config),
            "data": self.trainings.about,
            "budget": self._budget,
            "seeds": list(range(self.trainings.config.seeds)),
            "search": self._search,
            "machine": self._machine,
            "entrants": entrants,
            "ranking": ranking,
            **leads(self.trainings, [self._named(word) for word in ranking]),
            "crossovers": crossovers(entrants, self.trainings.subject.yardstick),
        }
        return result | {"verdict": judge(result)}

    @property
    def _loop(self) -> LoopConfig:
        """What all trainings have in common."""
        return self.trainings.field.entrants[0].recipe.train

    @property
    def _budget(self) -> dict[str, Any]:
        config, field = self.trainings.config, self.trainings.field
        return {
            "kind": config.budget.of,
            "amount": config.budget.amount,
            "sentence": budget_sentence(config, field),
            "size": field.target,
            "steps": self._loop.steps,
        }

    @property
    def _search(self) -> dict[str, Any]:
        config = self.trainings.config
        return {
            "factors": list(config.search),
            "share": 1 - config.shares[1],
            "sentence": search_sentence(config, self.trainings.subject.fault),
        }

    @property
    def _machine(self) -> dict[str, Any]:
        return {
            "cpus": n_cores(),
            "threads": self.threads,
            "jobs": self.n_at_once,
            "torch": torch.__version__,
            "device": str(pick_device(self._loop.device)),
        }

    def _entrant(self, entrant: Entrant) -> dict[str, Any]:
        subject, size = self.trainings.subject, entrant.size(self.trainings.subject, self.trainings.lengths)
        finals = self.trainings.finals(entrant)
        outcomes = [job.outcome() or {} for job in finals if job.is_done]
        runs = [self._seed(job, seed) for seed, job in enumerate(finals) if job.is_done]
        blocks = self.trainings.blocks(entrant, self.trainings.ended(entrant)) if runs else None
        value = float(blocks.mean()) if blocks is not None else None
        costs = {"cost": self._cost(entrant)} if self.trainings.lengths else {}
        return {
            "word": entrant.word,
            "kind": entrant.kind,
            "solution": entrant.solution | {name: one[name] for one in outcomes[:1] for name in TOLD if name in one},
            **size,
            "search": self._tried(entrant),
            "factor": None if entrant.is_counted else self.trainings.factor(entrant),
            "runs": runs,
            "value": value,
            "interval": self._interval(blocks),
            **subject.beside(outcomes),
            "solves": None if value is None else subject.solves(value),
            "natural": subject.natural(entrant.word),
            "predicted": subject.predicted(entrant.word, size.get("reach")),
            **costs,
            "failed": None if runs else self._fault(entrant),
        }

    def _cost(self, entrant: Entrant) -> dict[str, Any] | None:
        return next((job.outcome() for job in self.trainings.costs(entrant)), None)

    def _tried(self, entrant: Entrant) -> list[dict[str, Any]]:
        lr = entrant.recipe.optim.lr
        pairs = zip(self.trainings.config.search, self.trainings.searches(entrant), strict=False)
        return [
            {"factor": factor, "lr": lr * factor, "loss": (job.outcome() or {}).get("loss")} for factor, job in pairs
        ]

    def _seed(self, job: Job, seed: int) -> dict[str, Any]:
        outcome = job.outcome() or {}
        kept = {name: outcome[name] for name in (*KEPT, *self.trainings.subject.scores)}
        folder = str(job.folder.relative_to(self.trainings.folder)) if job.leaves_run else None
        return {"seed": seed, "folder": folder, **kept}

    def _interval(self, blocks: np.ndarray | None) -> list[float] | None:
        if blocks is None:
            return None
        if not self.trainings.subject.higher_is_better:
            return [float(np.clip(end, 0.0, math.inf)) for end in interval(blocks)]
        if blocks.min() == blocks.max() and blocks.flat[0] in (0.0, 1.0):  # all right, or all wrong, in every seed
            return list(wilson(int(blocks[0].sum()), blocks.shape[1]))
        return [float(np.clip(end, 0.0, 1.0)) for end in interval(blocks)]

    def _named(self, word: str) -> Entrant:
        return next(entrant for entrant in self.trainings.field.entrants if entrant.word == word)

    def _fault(self, entrant: Entrant) -> str:
        jobs = self.trainings.finals(entrant) or self.trainings.searches(entrant)
        return jobs[0].fault() if jobs else "nothing was run"
