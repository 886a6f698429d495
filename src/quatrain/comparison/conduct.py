"""A whole comparison: solve widths, search rates, train every seed, measure costs, judge; go on where it stopped."""

from __future__ import annotations

import fcntl
import json
import math
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quatrain.comparison.config import CompareConfig
from quatrain.comparison.entering import enter
from quatrain.comparison.jobs import Job, n_cores, run_jobs
from quatrain.comparison.result import Result
from quatrain.comparison.subjects import Subject, open_subject
from quatrain.comparison.trainings import Trainings
from quatrain.comparison.words import budget_sentence, duration, widths
from quatrain.config import read_toml
from quatrain.errors import ConfigError, RunError
from quatrain.runs import write_atomically, write_json
from quatrain.training import Interrupted

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
    """All trainings, and how much of the machine they may have."""

    trainings: Trainings
    n_at_once: int
    say: Say

    @property
    def threads(self) -> int:
        """Of each training."""
        return max(n_cores() // self.n_at_once, 1)

    def run(self) -> dict[str, Any]:
        """Whatever is not done yet; then the result."""
        started = time.perf_counter()
        todo, entrants = self.trainings, self.trainings.field.entrants
        trained = [entrant for entrant in entrants if not entrant.is_counted]
        self._run("search", [job for entrant in trained if not todo.begun(entrant) for job in todo.searches(entrant)])
        self._run("train", [job for entrant in entrants for job in todo.finals(entrant)])
        self._run("cost", [job for entrant in trained for job in todo.costs(entrant)], n_at_once=1)
        return Result(todo, self.n_at_once, self.threads).to_dict(time.perf_counter() - started)

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
                f"--resume: {folder} was started as another comparison. Type {_go_on(folder)}, "
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
            say(f"  {entrant.word}: {widths(entrant)}")
        try:
            todo = Trainings(folder, config, subject, field, subject.measured(LENGTHS))
            result = Comparison(todo, n_at_once, say).run()
        except KeyboardInterrupt:
            raise Interrupted(f"Stopped; what was trained is saved.\ngo on:   {_go_on(folder)}") from None
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


def _in_words(outcome: dict[str, Any]) -> str:
    if "exponent" in outcome and not outcome["lengths"]:
        return f"has fewer positions than the shortest length, {LENGTHS[0]}"
    if "exponent" in outcome:
        return f"{outcome['lengths'][-1]} positions trained in {outcome['training'][-1]:.3f} s"
    value = outcome["value"] if outcome["value"] is not None else outcome["loss"]
    if "method" in outcome:
        return f"{value:.4f} by {outcome['method']}, {outcome['seconds']:.0f} s"
    return f"{value:.4f} after {outcome['steps']:,} steps, {outcome['seconds']:.0f} s"


def _go_on(folder: Path) -> str:
    """What to type to go on with a comparison."""
    return f"quatrain compare --resume --out {shlex.quote(str(folder))}"
