"""How sure a comparison is: values of a few seeds (S) on the same items (N) of validation data."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

N_RESAMPLES = 2000
"""Bootstrap resamples behind an interval."""


def in_blocks(values: np.ndarray, size: int) -> np.ndarray:
    """Means (S, B) of neighbouring items: about `size` a block, for neighbours' values are not independent.

    Args:
        values: (S, N) in the order of the data.
    """
    n_blocks = max(values.shape[1] // size, min(values.shape[1], 20))
    edges = np.linspace(0, values.shape[1], n_blocks + 1).astype(np.int64)
    return np.add.reduceat(values, edges[:-1], axis=1) / np.diff(edges)


def interval(blocks: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Interval of the mean of (S, B) by a bootstrap over seeds and blocks alike, percentile method.

    Few seeds vary less among themselves than seeds do, so their deviations are widened by sqrt(S / (S - 1))
    (Davison and Hinkley 1997, section 3.8). One seed: over the blocks alone.
    """
    n_seeds, n_blocks = blocks.shape
    draw = np.random.default_rng(0)
    of_seeds = blocks.mean(axis=1)
    widening = math.sqrt(n_seeds / (n_seeds - 1)) if n_seeds > 1 else 0.0
    seed_parts = (of_seeds - of_seeds.mean())[draw.integers(n_seeds, size=(N_RESAMPLES, n_seeds))].mean(axis=1)
    block_parts = blocks.mean(axis=0)[draw.integers(n_blocks, size=(N_RESAMPLES, n_blocks))].mean(axis=1)
    low, high = np.quantile(block_parts + widening * seed_parts, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@dataclass(frozen=True)
class Paired:
    """The difference between two models, seed by seed and item by item."""

    difference: float
    """First minus second."""
    interval: tuple[float, float]
    """95 %."""
    p: float
    """How often chance alone would show a difference as large."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**asdict(self), "interval": list(self.interval)}


def paired_test(first: np.ndarray, second: np.ndarray) -> Paired:
    """Is the mean difference of two models' (S, B) more than the luck of the seeds and of the text?

    A t-test on the differences: the variance of their mean is that of seeds over S plus that of blocks over B, the
    degrees of freedom are Satterthwaite's (1946). A model that is counted has one row, which stands for every seed.
    """
    rows = max(len(first), len(second))
    differences = np.broadcast_to(first, (rows, first.shape[1])) - np.broadcast_to(second, (rows, second.shape[1]))
    n_seeds, n_blocks = differences.shape
    mean = float(differences.mean())
    of_seeds = float(differences.mean(axis=1).var(ddof=1)) / n_seeds if n_seeds > 1 else 0.0
    of_blocks = float(differences.mean(axis=0).var(ddof=1)) / n_blocks if n_blocks > 1 else 0.0
    variance = of_seeds + of_blocks
    if variance == 0:
        return Paired(mean, (mean, mean), 1.0 if mean == 0 else 0.0)
    freedom = variance**2 / (of_seeds**2 / max(n_seeds - 1, 1) + of_blocks**2 / max(n_blocks - 1, 1))
    error = math.sqrt(variance)
    half = t_quantile(0.975, freedom) * error
    return Paired(mean, (mean - half, mean + half), 2 * (1 - t_cdf(abs(mean) / error, freedom)))


def t_cdf(t: float, freedom: float) -> float:
    """Student's distribution function; with t = sqrt(freedom) tan(a) its density is cos(a)^(freedom - 1)."""

    def area(angle: float) -> float:
        angles = np.linspace(0, angle, 4_001)
        return float(np.trapezoid(np.cos(angles) ** (freedom - 1), angles))

    share = area(math.atan(abs(t) / math.sqrt(freedom))) / area(math.pi / 2)
    return 0.5 + math.copysign(share / 2, t)


def t_quantile(level: float, freedom: float) -> float:
    """The value that a share `level` (above one half) of Student's distribution lies below."""
    low, high = 0.0, 1.0
    while t_cdf(high, freedom) < level:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if t_cdf(middle, freedom) < level else (low, middle)
    return high
