"""The scale of each column of a series: taken from the training part and kept with the weights, or given."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

ROUNDING = 1e-12
"""A spread that is no more than this share of the largest value comes of rounding."""


def is_constant(values: Float[Tensor, "n columns"]) -> Bool[Tensor, " columns"]:
    """Whether a column never changes, but for rounding: the one rule for what is scaled, scored and told."""
    return values.std(dim=0, unbiased=False) <= ROUNDING * values.abs().amax(dim=0)


def unit_of(values: Float[Tensor, "n columns"]) -> Float[Tensor, " columns"]:
    """The standard deviation of each column; 1 for one that never changes.

    Example:
        >>> unit_of(torch.tensor([[0.3, 1.0], [0.3, 3.0], [0.3, 3.0], [0.3, 1.0]])).tolist()
        [1.0, 1.0]
    """
    return torch.where(is_constant(values), torch.ones_like(values[0]), values.std(dim=0, unbiased=False))


class ColumnScale(nn.Module):
    """Standardises columns: (x - mean) / std, in float64; a column that never changed keeps its unit.

    Args:
        n_columns: columns read.
        targets: places of those that are forecast.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, n_columns: int, targets: Sequence[int]) -> None:
        super().__init__()
        self.targets = list(targets)
        self.register_buffer("mean", torch.zeros(n_columns, dtype=torch.float64))
        self.register_buffer("std", torch.ones(n_columns, dtype=torch.float64))

    def observe(self, values: Float[Tensor, "n columns"]) -> None:
        """Take mean and standard deviation from the training part."""
        self.mean.copy_(values.mean(dim=0))
        self.std.copy_(unit_of(values))

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Float[Tensor, "batch seq columns"]:
        """Columns without their units."""
        return (values.to(self.mean.dtype) - self.mean) / self.std

    def targets_of(self, values: Float[Tensor, "batch seq targets"]) -> Float[Tensor, "batch seq targets"]:
        """Targets without their units."""
        return (values.to(self.mean.dtype) - self.mean[self.targets]) / self.std[self.targets]

    def units(self, forecast: Float[Tensor, "batch seq targets"]) -> Float[Tensor, "batch seq targets"]:
        """Targets in their own units again."""
        return forecast.to(self.mean.dtype) * self.std[self.targets] + self.mean[self.targets]


class GivenScale(nn.Module):
    """Columns less a mean, over a standard deviation; the result is of the type that the module is in.

    Args:
        mean: of each column.
        std: of each; above 0.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float64).float(), persistent=False)

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Float[Tensor, "batch seq columns"]:
        """Mean 0 and variance 1 over the windows that were measured."""
        return ((values - self.mean) / self.std).to(self.mean.dtype)
