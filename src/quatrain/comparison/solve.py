"""Widths that make every architecture cost the same, whatever its family."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch

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


@dataclass(frozen=True)
class Solution:
    """The widths of one architecture."""

    config: ModelConfig
    d_model: int
    d_ff: int


def shape_of(config: ModelConfig) -> Any:
    """A model without storage, to be counted."""
    with torch.device("meta"):
        return config.build()


def size_of(config: ModelConfig, measure: Measure, row: tuple[int, ...]) -> int:
    """Parameters, or floating-point operations of training a target token.

    Args:
        row: lengths of an average row: of what is predicted, then of its source where it has one.
    """
    model = shape_of(config)
    if measure == "params":
        return sum(weight.numel() for weight in model.parameters())
    return 3 * model.flops(*row) // row[0]


def solve(word: str, build: Build, target: float, measure: Measure, row: tuple[int, ...]) -> Solution:
    """The widths at which an architecture has a given size, as near to the usual ratio d_ff = 4 d_model as it goes.

    Args:
        row: lengths of an average row, as in `size_of`.

    Raises:
        ConfigError: no width does; the message names the nearest size that one has.
    """
    found: list[Solution] = []
    bounds: list[float] = []

    def size(d_model: int, d_ff: int) -> int:
        return size_of(build(d_model, d_ff), measure, row)

    for d_model in WIDTHS:
        low, high = round(d_model * LEAST), round(d_model * MOST)
        bounds += [size(d_model, low), size(d_model, high)]
        if bounds[-2] > target:
            break
        if bounds[-1] >= target:
            d_ff = bisect(range(low, high + 1), target, key=partial(size, d_model)) + low - 1
            found.append(Solution(build(d_model, d_ff), d_model, d_ff))
    if not found:
        nearest = min(bounds, key=lambda size: abs(size - target))
        unit = "parameters" if measure == "params" else "operations a token"
        raise ConfigError(
            f"no width of {word} has {target:,.0f} {unit}; the nearest has {nearest:,.0f}. Give another budget (or "
            f"--size), or leave {word} out."
        )
    return min(found, key=lambda solution: abs(solution.d_ff / solution.d_model - USUAL))
