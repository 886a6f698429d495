"""A whole comparison: solve widths, search rates, train every seed, measure costs, judge; go on where it stopped."""

from __future__ import annotations

import fcntl
import json
import math
import shlex
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quatrain import __version__
from quatrain.comparison.config import CompareConfig
from quatrain.comparison.cost import crossover
from quatrain.comparison.entrants import REFERENCE, Entrant, Field, enter
from quatrain.comparison.jobs import Job, cost_job, n_cores, run_jobs, training_job
from quatrain.comparison.solve import shape_of
from quatrain.comparison.statistics import in_blocks, interval, paired_test
from quatrain.comparison.subject import SOLVED, Subject, TextSubject, open_subject
from quatrain.comparison.verdict import judge
from quatrain.comparison.words import budget_sentence, duration, search_sentence, test_sentence
from quatrain.config import Config, read_toml
from quatrain.data import Task
from quatrain.errors import ConfigError, RunError
from quatrain.runs import RunFolder, write_atomically, write_json
from quatrain.training import Interrupted
from quatrain.training.device import pick_device

Say = Callable[[str], None]

RESULT = "compare.json"
RECIPE = "compare.toml"
DATA = "data.json"
"""Which data it was; other data under the same name ends it."""
PARTS = ("runs", "search", "costs")
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
"""Lengths at which costs are measured."""


@dataclass(frozen=True)
class Comparison:
    """The folder, what is compared, and how much of the machine it may have."""

    folder: Path
    config: CompareConfig
    subject: Subject
    field: Field
    n_at_once: int
    say: Say

    @property
    def threads(self) -> int:
        """Of each training."""
        return max(n_cores() // self.n_at_once, 1)

    def run(self) -> dict[str, Any]:
        """Whatever is not done yet; then the result."""
        started = time.perf_counter()
        trained = [entrant for entrant in self.field.entrants if not entrant.is_counted]
        searches = [job for entrant in trained if not self._begun(entrant) for job in self._searches(entrant)]
        self._run("search", searches)
        finals = [job for entrant in self.field.entrants for job in self._finals(entrant)]
        self._run("train", finals)
        costs = [self._cost(entrant) for entrant in trained]
        self._run("cost", costs, n_at_once=1)
        return self._result(time.perf_counter() - started)

    def _searches(self, entrant: Entrant) -> list[Job]:
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

    def _begun(self, entrant: Entrant) -> RunFolder | None:
        """The first of its trainings, once the rate is chosen: from then on all have that rate."""
        first = RunFolder(self.folder / f"runs/{entrant.place}-0")
        return first if first.recipe_path.exists() else None

    def _factor(self, entrant: Entrant) -> float | None:
        """The best factor of the rate; None where every trial failed."""
        if len(self.config.search) == 1:
            return self.config.search[0]
        begun, lr = self._begun(entrant), entrant.recipe.optim.lr
        if begun:
            chosen = read_toml(begun.recipe_path)["optim"]["lr"]
            return min(self.config.search, key=lambda factor: abs(factor * lr - chosen))
        pairs = zip(self.config.search, self._searches(entrant), strict=True)
        losses = [(_loss(job), factor) for factor, job in pairs]
        loss, factor = min(losses)
        return factor if math.isfinite(loss) else None

    def _finals(self, entrant: Entrant) -> list[Job]:
        if entrant.is_counted:
            return [self._training(f"runs/{entrant.place}", entrant.word, "final", entrant, entrant.recipe)]
        factor = self._factor(entrant)
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
        save = self.subject.data.tokenizer.save if isinstance(self.subject, TextSubject) else None
        return training_job(self.folder / place, title, kind, recipe, save)

    def _cost(self, entrant: Entrant) -> Job:
        return cost_job(self.folder / f"costs/{entrant.place}", f"{entrant.word}, cost", entrant.recipe.model, LENGTHS)

    def _run(self, phase: str, jobs: list[Job], n_at_once: int | None = None) -> None:
        n_done = sum(job.is_done for job in jobs)
        if n_done < len(jobs):
            done = f", {n_done} of them done before" if n_done else ""
            self.say(f"{phase}: {len(jobs)} jobs{done}")

        def told(job: Job, code: int) -> None:
            nonlocal n_done
            n_done += 1
            outcome = job.outcome()
            self.say(f"  [{n_done}/{len(jobs)}] {job.title}: {_in_words(outcome) if outcome else job.fault()}")

        run_jobs(jobs, n_at_once or self.n_at_once, self.threads, told)

    def _result(self, seconds: float) -> dict[str, Any]:
        entrants = [self._entrant(entrant) for entrant in self.field.entrants]
        sign = -1 if self.subject.higher_is_better else 1
        ranked = sorted((e for e in entrants if e["value"] is not None), key=lambda e: sign * e["value"])
        ranking = [e["word"] for e in ranked]
        result = {
            "format": 1,
            "quatrain": __version__,
            "seconds": seconds,
            "command": _command(self.config),
            "data": self.subject.about() | {"seq_len": self.field.entrants[0].recipe.train.seq_len},
            "budget": {
                "kind": self.config.budget.of,
                "amount": self.config.budget.amount,
                "sentence": budget_sentence(self.config, self.field),
                "size": self.field.target,
                "steps": self.field.entrants[0].recipe.train.steps,
            },
            "seeds": list(range(self.config.seeds)),
            "search": {
                "factors": list(self.config.search),
                "share": 1 - self.config.shares[1],
                "sentence": search_sentence(self.config),
            },
            "machine": {
                "cpus": n_cores(),
                "threads": self.threads,
                "jobs": self.n_at_once,
                "torch": torch.__version__,
                "device": str(pick_device(self.field.entrants[0].recipe.train.device)),
            },
            "entrants": entrants,
            "ranking": ranking,
            "test": self._test(ranking),
            "crossovers": _crossovers(entrants),
        }
        return result | {"verdict": judge(result)}

    def _entrant(self, entrant: Entrant) -> dict[str, Any]:
        shape = shape_of(entrant.recipe.model)
        seq_len = entrant.recipe.train.seq_len
        finals = self._finals(entrant)
        runs = [self._seed(job, seed) for seed, job in enumerate(finals) if job.is_done]
        blocks = self._blocks(entrant, self._ended(entrant)) if runs else None
        value = float(blocks.mean()) if blocks is not None else None
        cost = None if entrant.is_counted else self._cost(entrant).outcome()
        is_task = self.subject.higher_is_better
        return {
            "word": entrant.word,
            "kind": entrant.recipe.model.kind,
            "solution": entrant.solution,
            "n_parameters": sum(weight.numel() for weight in shape.parameters()),
            "flops_per_token": 3 * shape.flops(seq_len) // seq_len,
            "reach": shape.reach,
            "state_bytes": {str(length): shape.state_size(length) for length in LENGTHS},
            "search": self._tried(entrant),
            "factor": None if entrant.is_counted else self._factor(entrant),
            "runs": runs,
            "value": value,
            "interval": self._interval(blocks),
            "solves": value >= SOLVED if is_task and value is not None else None,
            "natural": self.subject.natural(entrant.word),
            "predicted": self.subject.predicted(entrant.word, shape.reach),
            "cost": cost,
            "failed": None if runs else self._fault(entrant),
        }

    def _tried(self, entrant: Entrant) -> list[dict[str, Any]]:
        lr = entrant.recipe.optim.lr
        pairs = zip(self.config.search, self._searches(entrant), strict=False)
        return [
            {"factor": factor, "lr": lr * factor, "loss": (job.outcome() or {}).get("loss")} for factor, job in pairs
        ]

    def _seed(self, job: Job, seed: int) -> dict[str, Any]:
        outcome = job.outcome() or {}
        kept = {name: outcome[name] for name in ("value", "loss", "steps", "tokens", "seconds", "curve")}
        return {"seed": seed, "folder": str(job.folder.relative_to(self.folder)), **kept}

    def _ended(self, entrant: Entrant) -> list[int]:
        """The seeds whose trainings have come to an end."""
        return [seed for seed, job in enumerate(self._finals(entrant)) if job.is_done]

    def _blocks(self, entrant: Entrant, seeds: Sequence[int]) -> np.ndarray:
        """The values (S, B) of some of a model's seeds."""
        finals = self._finals(entrant)
        return in_blocks(np.stack([finals[seed].values() for seed in seeds]), self.subject.block)

    def _interval(self, blocks: np.ndarray | None) -> list[float] | None:
        if blocks is None:
            return None
        bounds = (0.0, 1.0) if self.subject.higher_is_better else (0.0, math.inf)
        return [float(np.clip(end, *bounds)) for end in interval(blocks)]

    def _test(self, ranking: list[str]) -> dict[str, Any] | None:
        """The best two on the seeds that both have ended; a counted one stands for every seed."""
        pair = [next(e for e in self.field.entrants if e.word == word) for word in ranking[:2]]
        ended = [set(self._ended(entrant)) for entrant in pair if not entrant.is_counted]
        seeds = sorted(set.intersection(*ended)) if ended else [0]
        if len(pair) < 2 or not seeds:
            return None
        first, second = (self._blocks(entrant, [0] if entrant.is_counted else seeds) for entrant in pair)
        paired = paired_test(first, second)
        return {
            "best": ranking[0],
            "second": ranking[1],
            **paired.to_dict(),
            "seeds": seeds,
            "significant": paired.p < 0.05,
            "sentence": test_sentence(len(seeds), first.shape[1], self.subject.about()["items"]),
        }

    def _fault(self, entrant: Entrant) -> str:
        jobs = self._finals(entrant) or self._searches(entrant)
        return jobs[0].fault() if jobs else "nothing was run"


def conduct(config: CompareConfig, folder: Path, *, resume: bool, n_at_once: int, say: Say) -> dict[str, Any]:
    """Compare, and leave everything in a folder: compare.toml, compare.json, a run folder for every training.

    Args:
        resume: go on with what stands in the folder.
        n_at_once: trainings side by side.

    Returns:
        The content of compare.json.

    Raises:
        ConfigError: a model is unknown, no width meets the budget, or the folder holds another comparison.
        RunError: there is a comparison in the folder already, or none to go on with.
        Interrupted: a signal came; everything is saved.
    """
    recipe = folder / RECIPE
    if resume:
        if not recipe.exists():
            raise RunError(f"{folder}: there is no comparison here. Leave out --resume to start it.")
        if CompareConfig.from_dict(read_toml(recipe)) != config:
            raise ConfigError(
                f"--resume: {folder} was started as another comparison. Type quatrain compare --resume --out {folder}, "
                "or leave out --resume and name another folder with --out."
            )
    elif recipe.exists():
        raise RunError(
            f"{folder}: a comparison is already there. Add --resume to go on with it, or name another --out."
        )
    elif foreign := [part for part in PARTS if (folder / part).exists()]:
        raise RunError(f"{folder / foreign[0]}: stands there, and is not this comparison's. Name another --out.")
    subject = open_subject(config.data, say)
    data = folder / DATA
    if resume and data.exists() and json.loads(data.read_text(encoding="utf-8")) != _identity(subject):
        raise ConfigError(
            f"{folder}: the data has changed since this comparison was started, so that not all models would be "
            "compared on the same. Restore it, or leave out --resume and name another folder with --out."
        )
    field = enter(config, subject)  # before anything is written
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        write_json(data, _identity(subject))
        write_atomically(recipe, lambda path: path.write_text(config.to_toml(), encoding="utf-8"))
        say(budget_sentence(config, field))
        if config.budget.of == "time":
            n_trained = sum(not entrant.is_counted for entrant in field.entrants)
            trials, trainings = (math.ceil(n_trained * n / n_at_once) for n in (len(config.search), config.seeds))
            total = config.budget.amount * (trials * config.shares[0] + trainings * config.shares[1])
            say(f"That is about {duration(total)} of training in all, {n_at_once} at once.")
        for entrant in field.entrants:
            say(f"  {entrant.word}: " + ", ".join(f"{name} {value}" for name, value in entrant.solution.items()))
        try:
            result = Comparison(folder, config, subject, field, n_at_once, say).run()
        except KeyboardInterrupt:
            raise Interrupted(
                f"Stopped; what was trained is saved.\ngo on:   quatrain compare --resume --out {folder}"
            ) from None
        write_json(folder / RESULT, result)
        return result


def _identity(subject: Subject) -> dict[str, str]:
    """What says whether it is the same data still."""
    return {"fingerprint": subject.data.fingerprint}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a folder, until this process ends at the latest.

    Raises:
        RunError: another process holds it.
    """
    with open(folder / ".lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunError(
                f"{folder}: another quatrain compare is at work here. Wait for it, or name another folder with --out."
            ) from None
        yield


def _loss(job: Job) -> float:
    loss = (job.outcome() or {}).get("loss")
    return loss if loss is not None and math.isfinite(loss) else math.inf


def _in_words(outcome: dict[str, Any]) -> str:
    if "exponent" in outcome and not outcome["lengths"]:
        return f"has fewer positions than the shortest length, {LENGTHS[0]}"
    if "exponent" in outcome:
        return f"{outcome['lengths'][-1]} positions trained in {outcome['training'][-1]:.3f} s"
    value = outcome["value"] if outcome["value"] is not None else outcome["loss"]
    return f"{value:.4f} after {outcome['steps']:,} steps, {outcome['seconds']:.0f} s"


def _crossovers(entrants: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where each model's training becomes cheaper than the reference's."""
    costs = {entrant["word"]: entrant["cost"] for entrant in entrants if entrant["cost"]}
    if REFERENCE not in costs:
        return []
    slow = costs.pop(REFERENCE)
    return [
        {
            "slow": REFERENCE,
            "fast": word,
            "length": crossover(slow["lengths"], slow["training"], cost["training"]),
            "of": "training",
        }
        for word, cost in costs.items()
    ]


def _command(config: CompareConfig) -> str:
    """What to type for the same comparison."""
    budget, data = config.budget, config.data
    unit, size = ("s" if budget.of == "time" else ""), (f",params={budget.params:.15g}" if budget.params else "")
    asked = ["--models", ",".join(config.models), "--budget", f"{budget.of}={budget.amount:.15g}{unit}{size}"]
    asked += ["--seeds", str(config.seeds), "--rates", ",".join(f"{factor:g}" for factor in config.search)]
    asked += ["--size", config.size] if config.size != "auto" else []
    asked += ["--steps", str(config.steps)] if config.steps is not None else []
    settings = list(config.settings)
    if isinstance(data, Task):
        changed = ",".join(f"{name}={value}" for name, value in _changed(data))
        place = f"{data.kind}:{changed}" if changed else data.kind
    else:
        place = data.path
        settings += [f"data.{name}={value}" for name, value in _changed(data) if name != "path"]
    asked += [word for setting in settings for word in ("--set", setting)]
    return shlex.join(["quatrain", "compare", place, *asked])


def _changed(config: Config, where: str = "") -> Iterator[tuple[str, Any]]:
    """The settings that are not their defaults, by dotted names."""
    for name, field in type(config).model_fields.items():
        value = getattr(config, name)
        if isinstance(value, Config):
            yield from _changed(value, f"{where}{name}.")
        elif value != field.default:
            yield f"{where}{name}", value if isinstance(value, str) else json.dumps(value)
