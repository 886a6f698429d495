"""What a person asked for, in a few words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quatrain.errors import ConfigError, suggest
from quatrain.training.config import TransferConfig

DEFAULT_SECONDS = 120.0
TUNING = ("full", "frozen", "lora")
"""Words for what learns after a start: all weights, the new ones, or those and changes of low rank."""


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
    """Time for the whole run, at least half of it for updates."""
    steps: int | None = None
    """Updates, instead of a time."""
    start: str | None = None
    """A run folder whose model is started from; None: what the recipe says, or a random start."""
    tune: str | None = None
    """Which weights learn after such a start: full, frozen or lora; None: full."""
    recipe: Path | None = None
    """A recipe.toml that wins over what would be derived; a time, steps, seed or device given here win over it."""
    settings: tuple[str, ...] = ()
    """Dotted settings that win over everything."""
    seed: int | None = None
    device: str | None = None

    def __post_init__(self) -> None:
        if self.seconds is not None and self.seconds <= 0:
            raise ConfigError(f"seconds={self.seconds:g} must be more than nothing, for example 120 (--for 2m).")
        if self.start is not None and not self.start.strip():
            raise ConfigError("--from: names no folder. Write --from RUN, or leave it out.")

    @property
    def time(self) -> float | None:
        """Seconds to plan for; None where the number of updates is given instead."""
        return None if self.steps else self.seconds or DEFAULT_SECONDS

    @property
    def transfer(self) -> TransferConfig | None:
        """The start it asks for.

        Raises:
            ConfigError: a word for how to tune that means nothing, or none to start from.
        """
        if self.start is None:
            if self.tune is not None:
                raise ConfigError(f"--tune {self.tune}: says how a start is tuned; name one with --from RUN.")
            return None
        if self.tune not in (None, *TUNING):
            raise ConfigError(f"--tune {self.tune}: unknown. {suggest(str(self.tune), TUNING)}")
        return TransferConfig.from_dict({"path": self.start, "how": self.tune or "full"})

    @property
    def loop(self) -> dict[str, Any]:
        """What it says about the loop; a time replaces a number of steps, and the other way round."""
        said: dict[str, Any] = {"seed": self.seed, "device": self.device}
        said = {name: value for name, value in said.items() if value is not None}
        if self.steps or self.seconds:
            said |= {"steps": self.steps, "seconds": self.seconds}
        return said
