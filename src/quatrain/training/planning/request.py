"""What a person asked for, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_SECONDS = 120.0


@dataclass(frozen=True)
class Request:
    """What a person asked for; None and `auto` are left to the plan."""

    data: str | None = None
    """Path or embedded name; may stand in the recipe instead."""
    target: str | None = None
    """The other side of a parallel text, where the sides are two files."""
    task: str | None = None
    """A word of PLANNERS; None: what the recipe says, or else what the data looks like."""
    model: str | None = None
    """A word for a model; None: the default of the task, or what the recipe says."""
    size: str | None = None
    """A word for a size, or auto; None: auto, or what the recipe says."""
    seconds: float | None = None
    """Time for the whole run."""
    steps: int | None = None
    """Updates, instead of a time."""
    recipe: Path | None = None
    """A recipe.toml that wins over what would be derived; a time, steps, seed or device given here win over it."""
    settings: tuple[str, ...] = ()
    """Dotted settings that win over everything."""
    seed: int | None = None
    device: str | None = None

    @property
    def time(self) -> float | None:
        """Seconds to plan for; None where the number of updates is given instead."""
        return None if self.steps else self.seconds or DEFAULT_SECONDS

    @property
    def loop(self) -> dict[str, Any]:
        """What it says about the loop; a time replaces a number of steps, and the other way round."""
        said: dict[str, Any] = {"seed": self.seed, "device": self.device}
        said = {name: value for name, value in said.items() if value is not None}
        if self.steps or self.seconds:
            said |= {"steps": self.steps, "seconds": self.seconds}
        return said
