"""Intervals of shares and of their differences, in closed form: they have a width where all is right, too."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float

__all__ = ["paired_shares", "wilson"]

Z = 1.959963984540054
"""Standard deviations of a normal that 95 % lie within."""


def wilson(n_right: int, n: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927)."""
    share, spread = n_right / n, Z * Z / n
    centre = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def paired_shares(differences: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """95 % interval of the difference of two shares of the same examples (Agresti and Min 2005, section 4).

    Half an example is added to each of the four cases (both right, either alone, none), so that two models that are
    right about the same few examples are not taken for equal beyond doubt.

    Args:
        differences: 1 where the first alone is right, -1 where the second is, else 0.
    """
    n = len(differences) + 2
    first, second = ((np.sum(differences == side) + 0.5) / n for side in (1, -1))
    mean = float(first - second)
    half = Z * math.sqrt((first + second - mean**2) / n)
    return max(mean - half, -1.0), min(mean + half, 1.0)
