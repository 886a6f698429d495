"""What to type next, for this run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from quatrain.report.folder import RunFacts

PROMPT = "Once upon a time"


@dataclass(frozen=True)
class Step:
    """One thing to do with a run."""

    purpose: str
    code: str
    language: str = "sh"


def next_steps(run: RunFacts, place: str) -> list[Step]:
    """The commands and the Python lines that use a run.

    Args:
        place: path of the run folder as the reader would type it.
    """
    folder, prompt = shlex.quote(place), _prompt(run)
    resume = Step("Go on from the last checkpoint", f"quatrain train {_data(run)} --out {folder} --resume")
    if run.result is None:
        return [resume]
    export = Step("Take it to Transformers", f"quatrain export {folder} --to hf --out {shlex.quote(place + '-hf')}")
    return [
        Step("Write with it", f"quatrain generate {folder} {shlex.quote(prompt)}"),
        Step("Score it again", f"quatrain evaluate {folder}"),
        *([export] if _has_family(run) else []),
        Step("From Python", python_lines(place, prompt), "python"),
    ]


def _has_family(run: RunFacts) -> bool:
    """Whether it may be exported: an n-gram, and a Transformer that looks n-grams up, have no family there."""
    embedding = run.model.get("embedding")
    looks_up = isinstance(embedding, dict) and embedding.get("kind") == "ngram"
    return not run.is_counted and not looks_up


def python_lines(place: str, prompt: str) -> str:
    """Open a run and write with it."""
    return f"import quatrain as qt\n\nrun = qt.open_run({place!r})\nprint(run.generate({prompt!r}))"


def _prompt(run: RunFacts) -> str:
    return next((sample.prompt for sample in run.samples if sample.prompt.strip()), PROMPT)


def _data(run: RunFacts) -> str:
    """The data as the recipe names it."""
    data = run.recipe_values.get("data")
    path = data.get("path") if isinstance(data, dict) else None
    return shlex.quote(path) if isinstance(path, str) else "DATA"
