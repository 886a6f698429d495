"""Tails of the normal and of Student's t, in closed form."""

from __future__ import annotations

import math

__all__ = ["normal_tail", "student_tail"]


def normal_tail(z: float) -> float:
    """P(Z > z) of a standard normal."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def student_tail(t: float, freedom: int) -> float:
    """P(T > t) of Student's t: half the regularised incomplete beta function at freedom / (freedom + t^2).

    Example:
        >>> round(student_tail(2.0, 10), 6), student_tail(0.0, 5)
        (0.036694, 0.5)
    """
    half = 0.5 * _incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5)
    return half if t >= 0 else 1 - half


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """By its continued fraction (Abramowitz and Stegun 26.5.8), on the side where it converges fast."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(1 - x, b, a)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    value = 1.0
    for m in range(200, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        value = 1 + odd / (1 + even / value)
    return front / (a * value)
