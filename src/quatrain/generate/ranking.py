"""What a search ranks texts by: log-probability, set against their length."""

from __future__ import annotations

from collections.abc import Callable

LengthPenalty = Callable[[int], float]
"""Number of new tokens, the last one included, to what the log-probability of such a text is divided by."""


def power(exponent: float) -> LengthPenalty:
    """length ** exponent, as transformers: 0 ranks by log-probability, 1 by its mean; higher favours longer texts."""
    return lambda length: length**exponent


def gnmt(alpha: float) -> LengthPenalty:
    """((5 + length) / 6) ** alpha: 0 ranks by log-probability; higher favours longer texts.

    Wu et al. 2016, eq. 14, https://arxiv.org/abs/1609.08144; Vaswani et al. 2017, section 6.1, take alpha = 0.6.

    Example:
        >>> round(gnmt(0.6)(10), 4)
        1.7329
    """
    return lambda length: ((5 + length) / 6) ** alpha
