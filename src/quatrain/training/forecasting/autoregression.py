"""A linear forecast from the last rows of a column itself: counted, not trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

__all__ = ["Autoregression", "fit_autoregression"]

FEWEST = 10
"""Rows for each coefficient."""


@dataclass(frozen=True)
class Autoregression:
    """y[t+1] = constant + sum of coefficients[i] * y[t-i], iterated."""

    constant: float
    coefficients: Float[np.ndarray, " order"]

    def ahead(self, horizon: int) -> tuple[Float[np.ndarray, " horizon"], Float[np.ndarray, "horizon order"]]:
        """The same for every step ahead at once: y[t+h] = constants[h-1] + sum of weights[h-1, i] * y[t-i]."""
        order = len(self.coefficients)
        rows = [np.eye(order + 1)[order - i] for i in range(order)]  # (order + 1,) of y[t-order+1] ... y[t]
        unit = np.eye(order + 1)[0]
        for _ in range(horizon):
            past = rows[len(rows) - order :][::-1]
            rows.append(self.constant * unit + self.coefficients @ np.stack(past))
        ahead = np.stack(rows[order:])
        return ahead[:, 0], ahead[:, 1:]


def fit_autoregression(values: Float[np.ndarray, " n"], longest: int) -> Autoregression:
    """By least squares; the order with the least AIC (Akaike 1974), all fitted to the same rows.

    Args:
        longest: most rows of the past.
    """
    longest = max(min(longest, len(values) // FEWEST - 1), 1)
    if len(values) < longest + 2:
        return Autoregression(0.0, np.ones(1))  # the last value
    lags = np.stack([values[longest - i - 1 : len(values) - i - 1] for i in range(longest)], axis=1)
    target = values[longest:]
    orders = [order for order in range(1, longest + 1) if order < 6 or order % 3 == 0 or order == longest]
    return min((_fit(lags[:, :order], target) for order in orders), key=lambda found: found[0])[1]


def _fit(lags: np.ndarray, target: np.ndarray) -> tuple[float, Autoregression]:
    """AIC and coefficients of one order."""
    design = np.concatenate([np.ones((len(lags), 1)), lags], axis=1)
    found, *_ = np.linalg.lstsq(design, target, rcond=None)
    rest = target - design @ found
    variance = max(float(rest @ rest) / len(target), 1e-300)
    return len(target) * np.log(variance) + 2 * len(found), Autoregression(float(found[0]), found[1:])
