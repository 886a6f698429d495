"""Is a forecast of returns any better than a random walk, which says that there will be none?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from quatrain.training.evaluation import bootstrap
from quatrain.training.forecasting.significance import APART, Statistic, clark_west, diebold_mariano
from quatrain.training.scores.shares import wilson

__all__ = ["Walk", "judge_walk"]

SURE = 0.05
"""A test that says more than this says nothing."""
Outcome = Literal["better", "hint", "same", "worse", "few", "still"]


@dataclass(frozen=True)
class Walk:
    """Forecasts of returns beside those of a random walk."""

    r2: float | None
    """1 - squared errors / those of the random walk, out of sample: above 0 is better. None where nothing moved."""
    r2_interval: tuple[float, float] | None
    """95 %, by block bootstrap over windows; None where too few of them stand apart."""
    right_signs: float | None
    """Share of moves whose direction was forecast; those that did not move aside. None where nothing moved."""
    right_signs_interval: tuple[float, float] | None
    """95 % (Wilson 1927); of several steps ahead it takes them as independent, and is too narrow."""
    always_up: float | None
    """The share that one who always says the commoner direction of the training part has right."""
    n_signs: int
    diebold_mariano: Statistic | None
    """Two-sided, of equal squared errors; below 0 the model's are smaller. None where too few windows stand apart."""
    clark_west: Statistic | None
    """One-sided, of a random walk inside a larger model that knows no more than it; None as above."""
    n_windows: int
    horizon: int
    """Rows that a window tells; windows move on by one."""

    @property
    def outcome(self) -> Outcome:
        """What both tests show together."""
        if not self.n_signs:
            return "still"
        if self.diebold_mariano is None or self.clark_west is None:
            return "few"
        if self.diebold_mariano.p < SURE:
            return "better" if self.diebold_mariano.value < 0 else "worse"
        return "hint" if self.clark_west.p < SURE else "same"

    @property
    def verdict(self) -> str:
        """In a sentence."""
        match self.outcome:
            case "better":
                return f"better than a random walk ({self._numbers})"
            case "worse":
                return f"worse than a random walk ({self._numbers})"
            case "hint":
                return (
                    "not shown to have a smaller error than a random walk; Clark-West's test alone hints that it knows "
                    f"more, for which a steady drift is enough ({self._numbers})"
                )
            case "same":
                return f"not distinguishable from a random walk ({self._numbers})"
            case "still":
                return f"not judged beside a random walk: nothing moved in any of the {self.n_windows:,} windows"
            case "few":
                return (
                    "not tested against a random walk: too few windows that do not overlap to tell, there being "
                    f"{self.n_windows:,} of {self.horizon:,} rows that move on by one, where {self._needed:,} are "
                    f"needed ({self._numbers})"
                )

    @property
    def _needed(self) -> int:
        return APART * self.horizon if self.horizon > 1 else 2

    @property
    def _numbers(self) -> str:
        tests = (("Diebold-Mariano", self.diebold_mariano), ("Clark-West", self.clark_west))
        told = [f"{name} p = {test.p:.2g}" for name, test in tests if test is not None]
        r2 = [] if self.r2 is None else [f"out-of-sample R² {self.r2:+{'.4f' if abs(self.r2) < 1000 else '.3g'}}"]
        return "; ".join([*r2, *filter(None, [", ".join(told)])])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "outcome": self.outcome, "verdict": self.verdict}


def judge_walk(
    truth: Float[np.ndarray, "windows horizon targets"],
    forecast: Float[np.ndarray, "windows horizon targets"],
    commoner: float,
) -> Walk:
    """Forecasts of returns against none.

    Args:
        truth: returns; NaN where there is none, which does not count.
        commoner: sign of the commoner direction in training.
    """
    observed = ~np.isnan(truth).all(axis=(1, 2))
    truth, forecast = truth[observed], forecast[observed]
    horizon = truth.shape[1]
    walk, ours = np.square(truth), np.square(truth - forecast)
    loss, base = (np.nanmean(errors, axis=(1, 2)) for errors in (ours, walk))
    adjusted = np.nanmean(walk - (ours - np.square(forecast)), axis=(1, 2))
    moved = np.isfinite(truth) & (truth != 0)
    n = int(moved.sum())
    if not n:
        return Walk(None, None, None, None, None, 0, None, None, len(truth), horizon)
    n_right = int((np.sign(forecast[moved]) == np.sign(truth[moved])).sum())
    total = float(base.mean())
    tested = diebold_mariano(loss - base, horizon)
    low, high = bootstrap(base - loss, block=max(horizon, 20))
    return Walk(
        r2=1 - float(loss.mean()) / total,
        r2_interval=(low / total, high / total) if tested else None,
        right_signs=n_right / n,
        right_signs_interval=wilson(n_right, n),
        always_up=float((np.sign(truth[moved]) == commoner).sum()) / n,
        n_signs=n,
        diebold_mariano=tested,
        clark_west=clark_west(adjusted, horizon),
        n_windows=len(truth),
        horizon=horizon,
    )
