"""Widths that make every architecture cost the same, whatever its family."""

from __future__ import annotations

from bisect import bisect, bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import torch

from quatrain.comparison.widths import widths_of
from quatrain.errors import ConfigError
from quatrain.models import ModelConfig

Measure = Literal["params", "flops"]
Build = Callable[[int, int], ModelConfig]
"""(d_model, d_ff) -> config."""

WIDTHS = tuple(range(8, 64, 8)) + tuple(range(64, 257, 16)) + tuple(range(288, 1025, 32)) + tuple(range(1088, 4097, 64))
USUAL = 4.0
"""d_ff over d_model that most papers use."""
LEAST, MOST = 1.0, 8.0
"""Bounds of that ratio: outside of them it would be another architecture."""
NEAR = 0.1
"""How far off, as a share, the nearest size may be where none is met."""


@dataclass(frozen=True)
class Ruler:
    """How large a model is.

    Args:
        measure: what is equal between the models.
        flops: floating-point operations of training a model on one target.
        target: what one target is called.
    """

    measure: Measure
    flops: Callable[[Any], int]
    target: str = "a token"

    def __call__(self, config: ModelConfig) -> int:
        """Parameters, or floating-point operations of training a target."""
        return n_parameters(config) if self.measure == "params" else self.flops(shape_of(config))

    @property
    def unit(self) -> str:
        """Of the size, in words."""
        return "parameters" if self.measure == "params" else f"operations {self.target}"


@dataclass(frozen=True)
class Solution:
    """The widths of one architecture; None where it has no such width."""

    config: ModelConfig
    d_model: int | None = None
    d_ff: int | None = None
    deviation: float = 0.0
    """How much larger it is than was asked for, as a share, where it could not be met from below."""


class Rung(NamedTuple):
    """What a width may come to."""

    d_model: int
    d_ff: int
    size: int


def shape_of(config: ModelConfig) -> Any:
    """A model without storage, to be counted."""
    with torch.device("meta"):
        return config.build()


def n_parameters(config: ModelConfig) -> int:
    """All that learns."""
    return sum(weight.numel() for weight in shape_of(config).parameters())


def solve(word: str, build: Build, target: float, ruler: Ruler) -> Solution:
    """The widths at which an architecture has a given size; one without any width is taken as it is.

    Raises:
        ConfigError: no width does; the message names the nearest size that one has.
    """
    return SOLVERS[len(widths_of(build(WIDTHS[0], WIDTHS[0])))](word, build, target, ruler)


def _solve_both(word: str, build: Build, target: float, ruler: Ruler) -> Solution:
    """d_model goes through a ladder and d_ff takes what is left, as near to the usual ratio as it goes.

    A step of the ladder is a large one where a table of tokens is most of a model: then smaller ones are taken.
    """

    def size(d_model: int, d_ff: int) -> int:
        return ruler(build(d_model, d_ff))

    bounds = list(_climb(WIDTHS, size, target))
    met = [low for low, high in bounds if low.size <= target <= high.size]
    if not met:
        bounds += _climb(_between(bounds, target), size, target)
        met = [low for low, high in bounds if low.size <= target <= high.size]
    if met:
        found = [(rung.d_model, _filled(rung, size, target)) for rung in met]
        d_model, d_ff = min(found, key=lambda pair: abs(pair[1] / pair[0] - USUAL))
        return Solution(build(d_model, d_ff), d_model, d_ff)
    nearest = _nearest(word, [rung for pair in bounds for rung in pair], target, ruler)
    config = build(nearest.d_model, nearest.d_ff)
    return Solution(config, nearest.d_model, nearest.d_ff, nearest.size / target - 1)


def _solve_one(word: str, build: Build, target: float, ruler: Ruler) -> Solution:
    """The one width that comes nearest."""

    def size(d_model: int) -> int:
        return ruler(build(d_model, d_model))

    widths = range(1, WIDTHS[-1] + 1)
    place = bisect_left(widths, target, key=size)
    around = [widths[i] for i in (place - 1, place) if 0 <= i < len(widths)]
    nearest = _nearest(word, [Rung(width, width, size(width)) for width in around], target, ruler)
    config = build(nearest.d_model, nearest.d_ff)
    return Solution(config, nearest.d_model, deviation=nearest.size / target - 1)


def _as_it_is(word: str, build: Build, target: float, ruler: Ruler) -> Solution:
    config = build(WIDTHS[0], WIDTHS[0])
    return Solution(config, deviation=ruler(config) / target - 1)


SOLVERS: dict[int, Callable[[str, Build, float, Ruler], Solution]] = {0: _as_it_is, 1: _solve_one, 2: _solve_both}
"""By the number of widths."""


def _climb(ladder: Iterable[int], size: Callable[[int, int], int], target: float) -> Iterator[tuple[Rung, Rung]]:
    """The smallest and the largest model of each width, up to the first width that is too large."""
    for d_model in ladder:
        low, high = (
            Rung(d_model, d_ff, size(d_model, d_ff)) for d_ff in (round(d_model * LEAST), round(d_model * MOST))
        )
        yield low, high
        if low.size > target:
            return


def _between(bounds: list[tuple[Rung, Rung]], target: float) -> range:
    """The even widths, which heads can share, between the last that is too small and the first that is too large."""
    small = [high.d_model for _, high in bounds if high.size < target]
    large = [low.d_model for low, _ in bounds if low.size > target]
    return range(small[-1] + 2, large[0], 2) if small and large else range(0)


def _filled(low: Rung, size: Callable[[int, int], int], target: float) -> int:
    """The d_ff, above the least, that takes what a d_model leaves."""
    ratios = range(low.d_ff, round(low.d_model * MOST) + 1)
    return bisect(ratios, target, key=partial(size, low.d_model)) + low.d_ff - 1


def _nearest(word: str, rungs: list[Rung], target: float, ruler: Ruler) -> Rung:
    nearest = min(rungs, key=lambda rung: abs(rung.size - target))
    if abs(nearest.size / target - 1) > NEAR:
        raise ConfigError(
            f"no width of {word} has {target:,.0f} {ruler.unit}; the nearest has {nearest.size:,.0f}. Give another "
            f"budget (or --size), or leave {word} out."
        )
    return nearest
