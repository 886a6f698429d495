"""What is in some data, and what training on it would cost."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from quatrain.api.places import path_of
from quatrain.data import DataReport, LabelReport, PairReport, TagReport, WindowReport, check_data, open_data
from quatrain.training import Request, data_config, otherwise
from quatrain.training import plan as plan_recipe
from quatrain.training.cost import Cost, estimate_cost

Say = Callable[[str], None]


@dataclass(frozen=True)
class Checked:
    """The data report, and what the training it leads to would cost."""

    report: DataReport | PairReport | LabelReport | TagReport | WindowReport
    cost: Cost | None
    """None where the data cannot be used as it is."""
    command: str = ""
    """What to type to train on it as it was checked."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**self.report.to_dict(), "cost": self.cost.to_dict() if self.cost else None}

    def __str__(self) -> str:
        advice = (
            f"Train on it: {self.command}"
            if self.cost
            else "It cannot be trained on as it is: mend what is marked ERROR."
        )
        return "\n".join([*self.report.lines(), *(self.cost.lines() if self.cost else []), advice])


def check(
    data: str | Path, *, task: str | None = None, seconds: float | None = None, settings: Sequence[str] = ()
) -> Checked:
    """What is in this data, what is wrong with it, and what training on it would cost.

    Args:
        task: what it is to be used for; None: what it looks like.
        seconds: the training time to plan for.
        settings: dotted settings such as `data.encoding=latin-1`.
    """
    return check_request(Request(data=path_of(data), task=task, seconds=seconds, settings=tuple(settings)))


def check_request(request: Request) -> Checked:
    """`check`, from a request."""
    asked = data_config(request)
    report = check_data(asked)
    if not report.is_usable:
        advice = otherwise(request, asked)
        report = replace(report, warnings=(*report.warnings, advice)) if advice else report
        return Checked(report, None, _command(request))
    data = open_data(asked)
    recipe = plan_recipe(request, data, asked)
    checked = check_data(asked, seq_len=recipe.train.seq_len)
    return Checked(checked, estimate_cost(recipe, data), _command(request))


def _command(request: Request) -> str:
    """How training is asked for what was checked, in a shell."""
    task = ["--task", request.task] if request.task else []
    settings = [word for setting in request.settings for word in ("--set", setting)]
    return shlex.join(["quatrain", "train", str(request.data), *task, *settings])
