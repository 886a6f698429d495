"""Where a number stands on an axis: on a linear scale or a logarithmic one, with round numbers along it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from quatrain.report.quantities import scientific


class Scale(Protocol):
    """A monotone map from values to places; equal distances between places look equal."""

    def place(self, value: float) -> float:
        """Where a value stands."""

    def value(self, place: float) -> float:
        """What stands at a place."""

    def ticks(self, low: float, high: float, n_wanted: int) -> list[float]:
        """About so many round numbers within a range."""


@dataclass(frozen=True)
class Linear:
    """Equal differences look equal."""

    def place(self, value: float) -> float:
        return value

    def value(self, place: float) -> float:
        return place

    def ticks(self, low: float, high: float, n_wanted: int) -> list[float]:
        """Numbers 1, 2 or 5 times a power of ten apart, as far as leaves two of them."""
        rough = (high - low) / n_wanted
        power = 10.0 ** math.floor(math.log10(rough))
        gaps = [step * power for step in (10, 5, 2, 1, 0.5)]
        wide = next(place for place in range(3, -1, -1) if gaps[place] >= rough * (1 - 1e-9))
        found = [_multiples(gap, low, high) for gap in gaps[wide:]]
        return next((ticks for ticks in found if len(ticks) > 1), found[-1])


@dataclass(frozen=True)
class Logarithmic:
    """Equal ratios look equal; values are above zero."""

    base: int
    steps: tuple[int, ...] = (1,)
    """What powers of the base are multiplied with to give round numbers."""

    def place(self, value: float) -> float:
        return math.log(value, self.base)

    def value(self, place: float) -> float:
        return self.base**place

    def ticks(self, low: float, high: float, n_wanted: int) -> list[float]:
        """Steps times powers of the base; powers alone, or some of them, where that would be too many."""
        powers = [float(self.base) ** n for n in range(math.floor(self.place(low)), math.ceil(self.place(high)) + 1)]
        within = [power for power in powers if _between(low, power, high)]
        fine = [tick for power in powers for step in self.steps if _between(low, tick := step * power, high)]
        if len(fine) < 2:
            return Linear().ticks(low, high, n_wanted)
        return fine if len(fine) <= 1.5 * n_wanted else within[:: math.ceil(len(within) / n_wanted)]


LINEAR = Linear()
LOG = Logarithmic(10, (1, 2, 5))
DOUBLING = Logarithmic(2)
"""For lengths, which are powers of two."""


def _multiples(gap: float, low: float, high: float) -> list[float]:
    first, last = math.ceil(low / gap - 1e-9), math.floor(high / gap + 1e-9)
    return [tick * gap for tick in range(first, last + 1)]


def _between(low: float, value: float, high: float) -> bool:
    return low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


@dataclass(frozen=True)
class Axis:
    """A range of numbers and where each of them stands in it."""

    low: float
    high: float
    scale: Scale = LINEAR
    write: Callable[[float], str] = scientific
    """How its numbers are written."""

    @classmethod
    def over(
        cls,
        values: Sequence[float],
        margin: float = 0.0,
        scale: Scale = LINEAR,
        write: Callable[[float], str] = scientific,
    ) -> Axis:
        """The range of some values, wider by a share `margin` on both ends and never empty."""
        low, high = scale.place(min(values)), scale.place(max(values))
        room = (high - low) * margin
        if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
            room = abs(low) * 0.1 or 0.5
        return cls(scale.value(low - room), scale.value(high + room), scale, write)

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        low, high = self.scale.place(self.low), self.scale.place(self.high)
        return (self.scale.place(value) - low) / (high - low)

    def ticks(self, n_wanted: int) -> list[float]:
        """Round numbers within the range."""
        return self.scale.ticks(self.low, self.high, n_wanted)
