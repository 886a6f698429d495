"""What came of a comparison: the content of compare.json."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from quatrain import __version__
from quatrain.comparison.cost import crossover
from quatrain.comparison.entrants import Entrant
from quatrain.comparison.jobs import Job, n_cores
from quatrain.comparison.statistics import interval, paired_test
from quatrain.comparison.trainings import Trainings
from quatrain.comparison.verdict import judge
from quatrain.comparison.words import budget_sentence, command, search_sentence, test_sentence
from quatrain.training.device import pick_device

KEPT = ("value", "loss", "steps", "tokens", "seconds", "curve")
"""Of the outcome of every training."""
TOLD = ("method",)
"""Of the outcome of a count: what it was."""


@dataclass(frozen=True)
class Result:
    """Reads the outcomes of all trainings."""

    trainings: Trainings
    n_at_once: int
    threads: int

    def to_dict(self, seconds: float) -> dict[str, Any]:
        """The content of compare.json; `seconds` is what this sitting took."""
        entrants = [self._entrant(entrant) for entrant in self.trainings.field.entrants]
        sign = -1 if self.trainings.subject.higher_is_better else 1
        ranked = sorted((e for e in entrants if e["value"] is not None), key=lambda e: sign * e["value"])
        ranking = [e["word"] for e in ranked]
        counted = next((word for word in ranking[2:] if self._named(word).is_counted), None)
        result = {
            "format": 1,
            "quatrain": __version__,
            "seconds": seconds,
            "command": command(self.trainings.config),
            "data": self._about,
            "budget": {
                "kind": self.trainings.config.budget.of,
                "amount": self.trainings.config.budget.amount,
                "sentence": budget_sentence(self.trainings.config, self.trainings.field),
                "size": self.trainings.field.target,
                "steps": self.trainings.field.entrants[0].recipe.train.steps,
            },
            "seeds": list(range(self.trainings.config.seeds)),
            "search": {
                "factors": list(self.trainings.config.search),
                "share": 1 - self.trainings.config.shares[1],
                "sentence": search_sentence(self.trainings.config, self.trainings.subject.fault),
            },
            "machine": {
                "cpus": n_cores(),
                "threads": self.threads,
                "jobs": self.n_at_once,
                "torch": torch.__version__,
                "device": str(pick_device(self.trainings.field.entrants[0].recipe.train.device)),
            },
            "entrants": entrants,
            "ranking": ranking,
            "test": self._test(*ranking[:2]),
            "counted_test": self._test(ranking[0], counted) if counted else None,
            "crossovers": _crossovers(entrants, self.trainings.subject.yardstick),
        }
        return result | {"verdict": judge(result)}

    @property
    def _about(self) -> dict[str, Any]:
        return self.trainings.subject.about(self.trainings.field.entrants[0].recipe.train.seq_len)

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
        bounds = (0.0, 1.0) if self.trainings.subject.higher_is_better else (0.0, math.inf)
        return [float(np.clip(end, *bounds)) for end in interval(blocks)]

    def _named(self, word: str) -> Entrant:
        return next(entrant for entrant in self.trainings.field.entrants if entrant.word == word)

    def _test(self, *words: str) -> dict[str, Any] | None:
        """Two of them on the seeds that both have ended; a counted one stands for every seed."""
        pair = [self._named(word) for word in words]
        ended = [set(self.trainings.ended(entrant)) for entrant in pair if not entrant.is_counted]
        seeds = sorted(set.intersection(*ended)) if ended else [0]
        if len(pair) < 2 or not seeds:
            return None
        first, second = (self.trainings.blocks(entrant, [0] if entrant.is_counted else seeds) for entrant in pair)
        paired = paired_test(first, second)
        return {
            "best": words[0],
            "second": words[1],
            **paired.to_dict(),
            "seeds": seeds,
            "significant": paired.p < 0.05,
            "sentence": test_sentence(len(seeds), first.shape[1], self._about["items"]),
        }

    def _fault(self, entrant: Entrant) -> str:
        jobs = self.trainings.finals(entrant) or self.trainings.searches(entrant)
        return jobs[0].fault() if jobs else "nothing was run"


def _crossovers(entrants: list[dict[str, Any]], yardstick: str) -> list[dict[str, Any]]:
    """Where each model's training becomes cheaper than the yardstick's."""
    costs = {entrant["word"]: entrant["cost"] for entrant in entrants if entrant.get("cost")}
    if yardstick not in costs:
        return []
    slow = costs.pop(yardstick)
    return [
        {
            "slow": yardstick,
            "fast": word,
            "length": crossover(slow["lengths"], slow["training"], cost["training"]),
            "of": "training",
        }
        for word, cost in costs.items()
    ]
