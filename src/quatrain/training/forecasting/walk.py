"""Is a forecast of returns any better than a random walk, which says that there will be none?"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from quatrain.training.evaluation import bootstrap
from quatrain.training.forecasting.student import normal_tail, student_tail
from quatrain.training.scores.shares import wilson

__all__ = ["Statistic", "Walk", "clark_west", "diebold_mariano", "judge_walk"]

SURE = 0.05
"""A test that says more than this says nothing."""
Outcome = Literal["better", "hint", "same", "worse"]


@dataclass(frozen=True)
class Statistic:
    """A statistic and how often chance alone would show one as large."""

    value: float
    p: float


@dataclass(frozen=True)
class Walk:
    """Forecasts of returns beside those of a random walk."""

    r2: float
    """1 - squared errors / those of the random walk, out of sample: above 0 is better."""
    r2_interval: tuple[float, float]
    """95 %, by block bootstrap over windows."""
    right_signs: float
    """Share of moves whose direction was forecast; those that did not move aside."""
    right_signs_interval: tuple[float, float]
    """95 % (Wilson 1927); of several steps ahead it takes them as independent, and is too narrow."""
    always_up: float
    """The share that one who always says the commoner direction of the training part has right."""
    n_signs: int
    diebold_mariano: Statistic
    """Two-sided, of equal squared errors; below 0 the model's are smaller."""
    clark_west: Statistic
    """One-sided, of a random walk inside a larger model that knows no more than it."""

    @property
    def outcome(self) -> Outcome:
        """What both tests show together."""
        if self.diebold_mariano.p < SURE:
            return "better" if self.diebold_mariano.value < 0 else "worse"
        return "hint" if self.clark_west.p < SURE else "same"

    @property
    def verdict(self) -> str:
        """In a sentence."""
        tests = f"Diebold-Mariano p = {self.diebold_mariano.p:.2g}, Clark-West p = {self.clark_west.p:.2g}"
        numbers = f"out-of-sample R² {self.r2:+.4f}; {tests}"
        match self.outcome:
            case "better":
                return f"better than a random walk ({numbers})"
            case "worse":
                return f"worse than a random walk ({numbers})"
            case "hint":
                return (
                    "not shown to have a smaller error than a random walk; Clark-West's test alone hints that it knows "
                    f"more, for which a steady drift is enough ({numbers})"
                )
            case "same":
                return f"not distinguishable from a random walk ({numbers})"

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
    right = np.sign(forecast[moved]) == np.sign(truth[moved])
    n = max(int(moved.sum()), 1)
    low, high = bootstrap(base - loss, block=max(horizon, 20))
    total = max(float(base.mean()), 1e-300)
    return Walk(
        r2=1 - float(loss.mean()) / total,
        r2_interval=(low / total, high / total),
        right_signs=float(right.sum()) / n,
        right_signs_interval=wilson(int(right.sum()), n),
        always_up=float((np.sign(truth[moved]) == commoner).sum()) / n,
        n_signs=int(moved.sum()),
        diebold_mariano=diebold_mariano(loss - base, horizon),
        clark_west=clark_west(adjusted, horizon),
    )


def diebold_mariano(differences: Float[np.ndarray, " n"], horizon: int = 1) -> Statistic:
    """Whether the mean of loss differences is 0, with the correction of Harvey, Leybourne and Newbold 1997.

    Diebold and Mariano 1995, "Comparing predictive accuracy". Where the variance with plain weights is negative,
    Bartlett's weights are taken.

    Args:
        differences: loss of one forecast minus loss of the other, in the order of time.
        horizon: steps ahead; differences further apart are independent if the forecasts are good.
    """
    n = len(differences)
    mean, variance = float(differences.mean()), _variance(differences, horizon)
    correction = max((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n, 0.0)
    if variance <= 0 or correction == 0 or n < 2:
        return Statistic(0.0, 1.0)
    statistic = mean / math.sqrt(variance / n) * math.sqrt(correction)
    return Statistic(statistic, min(2 * student_tail(abs(statistic), n - 1), 1.0))


def clark_west(adjusted: Float[np.ndarray, " n"], horizon: int = 1) -> Statistic:
    """Whether a larger model forecasts better than the one inside it, whose parameters it need not estimate.

    Clark and West 2007, "Approximately normal tests for equal predictive accuracy in nested models".

    Args:
        adjusted: e0^2 - (e1^2 - (f0 - f1)^2): the errors of the smaller model less those of the larger, which are
            freed of the noise that estimating more costs.
        horizon: as for `diebold_mariano`.
    """
    n = len(adjusted)
    variance = _variance(adjusted, horizon)
    if variance <= 0 or n < 2:
        return Statistic(0.0, 1.0)
    statistic = float(adjusted.mean()) / math.sqrt(variance / n)
    return Statistic(statistic, normal_tail(statistic))


def _variance(values: np.ndarray, horizon: int) -> float:
    """Of sqrt(n) times the mean, neighbours up to `horizon` - 1 apart being dependent."""
    centred = values - values.mean()
    covariances = [float(centred[lag:] @ centred[: len(centred) - lag]) / len(centred) for lag in range(horizon)]
    plain = covariances[0] + 2 * sum(covariances[1:])
    if plain > 0:
        return plain
    return covariances[0] + 2 * sum((1 - lag / horizon) * part for lag, part in enumerate(covariances) if lag)
