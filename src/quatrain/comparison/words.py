"""How a comparison was made fair, in sentences."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from functools import singledispatch
from typing import Any

from quatrain.comparison.config import CompareConfig
from quatrain.comparison.entrants import Entrant, Field
from quatrain.comparison.voices import aside, listed
from quatrain.config import Config
from quatrain.data import PairsConfig, Task
from quatrain.training.planning import PLANNERS, Request, task_of_request

UNITS = ((3600.0, "h"), (60.0, "min"), (1.0, "s"))
TOLD_FROM = 0.01
"""Share of the agreed size from which a model is said to be off it."""


def budget_sentence(config: CompareConfig, field: Field) -> str:
    """What was equal between the models, and which of them come only near to it."""
    who = "Every trained model" if any(entrant.is_counted for entrant in field.entrants) else "Every model"
    sentences = [f"{who} has about {_equal(config, field)}, the search included."]
    off = [entrant for entrant in field.entrants if abs(entrant.solution.get("deviation", 0)) >= TOLD_FROM]
    for has_width, opening in ((True, "Only near to that size"), (False, "Not of that size, for want of a width")):
        told = [f"{one.word} ({aside(one.solution['deviation'])})" for one in off if has_width is _has_width(one)]
        sentences += [f"{opening}: {listed(told)}."] if told else []
    return " ".join(sentences)


def _has_width(entrant: Entrant) -> bool:
    return "d_model" in entrant.solution


def _equal(config: CompareConfig, field: Field) -> str:
    size, amount, steps = field.target, config.budget.amount, field.entrants[0].recipe.train.steps
    if config.budget.of == "time":
        return f"{size:,.0f} parameters and {duration(amount)} a seed"
    if config.budget.of == "params":
        return f"{size:,.0f} parameters and {steps:,} updates a seed"
    return f"{size:,.3g} {field.ruler.unit} and {amount:.3g} operations of training a seed ({steps:,} updates)"


def widths(entrant: Entrant) -> str:
    """What was solved for, and how far off it is."""
    named = [f"{name} {value}" for name, value in entrant.solution.items() if name != "deviation"]
    off = entrant.solution.get("deviation")
    said = ", ".join(named) or ("no width to solve for" if off is not None else "counted, not trained")
    return said if off is None else f"{said}; {aside(off)}"


def search_sentence(config: CompareConfig, fault: str) -> str:
    """How rates were chosen: by what the best of them has least of."""
    if len(config.search) == 1:
        return f"Every rate is {config.search[0]:g} times the recipe's; none was searched."
    tried = ", ".join(f"{factor:g}" for factor in config.search)
    return (
        f"Every trained model tried {tried} times the recipe's learning rate with seed 0, in "
        f"{1 - config.shares[1]:.0%} of its budget together, and kept the one with the lowest {fault}."
    )


def test_sentence(n_seeds: int, n_blocks: int, items: str) -> str:
    """What the test between the best two did."""
    seeds = f"{n_seeds} seeds" if n_seeds > 1 else "one seed, so that the luck of the start is not in it"
    return (
        f"A paired t-test of the difference on the same {items}, in {n_blocks:,} blocks, over {seeds}; the variance is "
        "that of the seeds and of the blocks together."
    )


def duration(seconds: float) -> str:
    """Seconds in the unit that suits them."""
    length, unit = next(((length, unit) for length, unit in UNITS if seconds >= length), UNITS[-1])
    return f"{seconds / length:.3g} {unit}"


def command(config: CompareConfig) -> str:
    """What to type for the same comparison."""
    budget = config.budget
    unit, size = ("s" if budget.of == "time" else ""), (f",params={budget.params:.15g}" if budget.params else "")
    place, about_data = typed(config.data)
    asked = ["--models", ",".join(config.models), "--budget", f"{budget.of}={budget.amount:.15g}{unit}{size}"]
    asked += ["--seeds", str(config.seeds), "--rates", ",".join(f"{factor:g}" for factor in config.search)]
    asked += ["--size", config.size] if config.size != "auto" else []
    asked += ["--steps", str(config.steps)] if config.steps is not None else []
    asked += [word for setting in (*config.settings, *about_data) for word in ("--set", setting)]
    return shlex.join(["quatrain", "compare", *place, *asked])


@singledispatch
def typed(data: Any) -> tuple[list[str], list[str]]:
    """Words that name some data, and settings of it."""
    return [data.path, *_task(data)], _settings(data, "path")


@typed.register
def _(data: Task) -> tuple[list[str], list[str]]:
    changed = ",".join(f"{name}={value}" for name, value in _changed(data))
    return [f"{data.kind}:{changed}" if changed else data.kind], []


@typed.register
def _(data: PairsConfig) -> tuple[list[str], list[str]]:
    places = [place for place in (data.path, data.target_path) if place is not None]
    return [*places, *_task(data, data.target_path)], _settings(data, "path", "target_path")


def _task(data: Any, target: str | None = None) -> list[str]:
    """The task, where the data does not look like it."""
    word = next(planner.task for planner in PLANNERS if planner.data_config is type(data))
    return [] if task_of_request(Request(data=data.path, target=target)) == word else ["--task", word]


def _settings(data: Config, *but: str) -> list[str]:
    return [f"data.{name}={value}" for name, value in _changed(data) if name not in but]


def _changed(config: Config, usual: Any = None, where: str = "") -> Iterator[tuple[str, Any]]:
    """The settings that are not their defaults, by dotted names.

    Args:
        usual: the defaults; None: those of the class.
    """
    for name, field in type(config).model_fields.items():
        value, default = getattr(config, name), field.default if usual is None else getattr(usual, name)
        if isinstance(value, Config):
            yield from _changed(value, default if isinstance(default, type(value)) else None, f"{where}{name}.")
        elif value != default:
            yield f"{where}{name}", value if isinstance(value, str) else json.dumps(value)
