"""One row to come, as a forecaster tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from quatrain.data.series import Series


@dataclass(frozen=True)
class Step:
    """What is forecast for one row to come."""

    time: str | None
    """Its time stamp; None where the rows had none."""
    mean: dict[str, float]
    """By column, in its units; of a run on returns, returns."""
    quantiles: dict[str, dict[str, float]]
    """By column and level, calibrated."""
    price: dict[str, dict[str, float]] | None = None
    """Of returns one row ahead: the price they lead to, by column: last, and the levels."""
    path: str | None = None
    """Of the table; None where it was none, or stdin."""
    is_one_of_several: bool = False
    """Whether other tables were given, too."""
    failed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        price = {"price": self.price} if self.price else {}
        path = {"path": self.path} if self.path is not None else {}
        return {**path, "time": self.time, "mean": self.mean, "quantiles": self.quantiles, **price}

    def __str__(self) -> str:
        start = f"{self.path or '-'}\t" if self.is_one_of_several else ""
        start += f"{self.time}  " if self.time else ""
        return "\n".join(start + self._line(name) for name in self.mean)

    def _line(self, name: str) -> str:
        levels = self.quantiles[name]
        pairs = list(zip(levels, reversed(levels), strict=True))[: len(levels) // 2]
        told = ", ".join(
            f"{float(high) - float(low):.0%} {levels[low]:.4g} to {levels[high]:.4g}" for low, high in pairs[::-1]
        )
        price = f"; price {self.price[name]['0.5']:.6g} after {self.price[name]['last']:.6g}" if self.price else ""
        return f"{name} {self.mean[name]:.4g} ({told}){price}"


def prices_of(series: Series, told: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """From the log returns of the next row to the prices they lead to."""
    last = dict(zip(series.targets, series.levels[-1], strict=True))
    return {
        target: {
            "last": float(last[target]),
            **{level: float(last[target] * np.exp(move)) for level, move in moves.items()},
        }
        for target, moves in told.items()
    }
