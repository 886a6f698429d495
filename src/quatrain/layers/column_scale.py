"""The scale of each column of a series: taken from the training part and kept with the weights, or given."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


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
        std = values.std(dim=0, unbiased=False)
        self.mean.copy_(values.mean(dim=0))
        self.std.copy_(torch.where(std > 0, std, torch.ones_like(std)))

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
