"""What to type next, for this run."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from quatrain.report.folder import RunFacts

PROMPT = "Once upon a time"


@dataclass(frozen=True)
class Step:
    """One thing to do with a run."""

    purpose: str
    code: str
    language: str = "sh"


def next_steps(run: RunFacts[Any, Any], place: str, use: Sequence[Step]) -> list[Step]:
    """The commands and the Python lines that use a run; of one that has not ended, how to go on with it.

    Args:
        place: path of the run folder as the reader would type it.
        use: how a run of its task is used.
    """
    if run.result is None and not run.was_trained_elsewhere:
        code = f"quatrain train {_data(run)} --out {shlex.quote(place)} --resume"
        return [Step("Go on from the last checkpoint", code)]
    return list(use)


def evaluate(run: RunFacts[Any, Any], place: str) -> Step:
    """Score it again, on the data it was scored on."""
    tests = list(run.result.tests) if run.result else []
    part = f" --part {shlex.quote(tests[0])}" if tests else ""
    return Step("Score it again", f"quatrain evaluate {shlex.quote(place)}{part}")


def export(place: str) -> Step:
    """Make a folder of it that Transformers opens."""
    return Step(
        "Take it to Transformers", f"quatrain export {shlex.quote(place)} --to hf --out {shlex.quote(place + '-hf')}"
    )


def python(place: str, use: str) -> Step:
    """Open a run from Python.

    Args:
        use: an expression that uses `run`.
    """
    return Step("From Python", f"import quatrain as qt\n\nrun = qt.open_run({place!r})\nprint({use})", "python")


def prompt_of(run: RunFacts[Any, Any], otherwise: str) -> str:
    """An input that the run was shown with."""
    return next((sample.prompt for sample in run.samples if sample.prompt.strip()), otherwise)


def _data(run: RunFacts[Any, Any]) -> str:
    """The data as the recipe names it."""
    data = run.recipe_values.get("data")
    path = data.get("path") if isinstance(data, dict) else None
    return shlex.quote(path) if isinstance(path, str) else "DATA"
