"""Learning-rate schedules: a factor on every group's rate, from the step and the share of training done."""

from __future__ import annotations

import math
from typing import ClassVar, Self

from pydantic import model_validator

from quatrain.config import Config


class ScheduleConfig(Config):
    """The rate stays as it is after a linear warm-up."""

    kind: ClassVar[str] = "constant"

    warmup_steps: int = 0
    """Steps of linear growth at the start."""

    def factor(self, step: int, progress: float) -> float:
        """What rates are multiplied by at a step (from 0), `progress` (0 to 1) of the way."""
        return self.warmup(step) * self.shape(step, progress)

    def warmup(self, step: int) -> float:
        """The linear start."""
        return min((step + 1) / self.warmup_steps, 1.0) if self.warmup_steps else 1.0

    def shape(self, step: int, progress: float) -> float:
        """The course after the warm-up."""
        return 1.0


class CosineConfig(ScheduleConfig):
    """Half a cosine down to a floor: Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983."""

    kind: ClassVar[str] = "cosine"

    floor: float = 0.1
    """Share of the rate left at the end."""

    def shape(self, step: int, progress: float) -> float:
        """The half cosine."""
        return self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


class InverseSqrtConfig(ScheduleConfig):
    """Vaswani et al. 2017, eq. 3: grows linearly to step `warmup_steps`, then falls as 1 / sqrt(step).

    The factor is 1 at the peak. The paper's rate is d_model**-0.5 * warmup_steps**-0.5 times it.
    """

    kind: ClassVar[str] = "inverse_sqrt"

    warmup_steps: int = 4000
    """Steps of linear growth at the start."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.warmup_steps < 1:
            raise ValueError("warmup_steps must be at least 1 for inverse_sqrt.")
        return self

    def shape(self, step: int, progress: float) -> float:
        """The fall."""
        return min(1.0, (self.warmup_steps / (step + 1)) ** 0.5)


class TrapezoidConfig(ScheduleConfig):
    """Warm-up, a plateau, and a linear fall to a floor: Hägele et al. 2024, https://arxiv.org/abs/2405.18392."""

    kind: ClassVar[str] = "trapezoid"

    cooldown: float = 0.4
    """Share of training spent falling."""
    floor: float = 0.0
    """Share of the rate left at the end."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 0 < self.cooldown <= 1:
            raise ValueError(f"cooldown={self.cooldown} must lie in (0, 1].")
        return self

    def shape(self, step: int, progress: float) -> float:
        """One on the plateau, then the line down."""
        left = min(max(1 - progress, 0.0) / self.cooldown, 1.0)
        return self.floor + (1 - self.floor) * left


SCHEDULES: dict[str, type[ScheduleConfig]] = {
    "constant": ScheduleConfig,
    "cosine": CosineConfig,
    "inverse_sqrt": InverseSqrtConfig,
    "trapezoid": TrapezoidConfig,
}
