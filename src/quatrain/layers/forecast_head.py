"""From the vectors of a window to what comes after it: a mean, and quantiles that never cross."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from quatrain.layers.dropout import Dropout


class Forecast(NamedTuple):
    """What is said of the rows to come."""

    mean: Float[Tensor, "batch horizon targets"]
    """Learned by squared error."""
    quantiles: Float[Tensor, "batch horizon targets levels"]
    """From the lowest level to the highest; the middle one is the median."""


class ForecastHead(nn.Module):
    """A linear map to the mean of every row to come, and the distances of the quantiles around it.

    The median stands a learned distance from the mean. Every further level lies a softplus beyond its neighbour nearer
    to the median, so that no two cross. The distance before the softplus is a sum: of what the vector of the window
    says (how uncertain this window is), and of a number for each row to come (how uncertainty grows).

    Args:
        d_model: width of a vector.
        horizon: rows to come.
        n_targets: columns to come.
        n_levels: quantiles; odd.
        by_column: whether every column has a vector of its own, of which one map (or, `individual`, one each) tells
            its future; else one vector tells all columns'.
        individual: a map for each column.
        dropout: probability of dropping a coordinate of a vector, while training.
    """

    def __init__(
        self,
        d_model: int,
        *,
        horizon: int,
        n_targets: int,
        n_levels: int,
        by_column: bool,
        individual: bool,
        dropout: float,
    ) -> None:
        super().__init__()
        self.horizon, self.n_targets, self.n_levels = horizon, n_targets, n_levels
        n_maps = n_targets if by_column and individual else 1
        n_each = 1 if by_column else n_targets
        self.mean = ColumnLinear(n_maps, d_model, horizon * n_each)
        self.spread = ColumnLinear(n_maps, d_model, (n_levels - 1) * n_each)
        self.growth = nn.Parameter(torch.zeros(horizon, n_targets, n_levels - 1))
        self.shift = nn.Parameter(torch.zeros(horizon, n_targets))
        self.dropout = Dropout(dropout)

    def forward(self, vectors: Float[Tensor, "batch columns d_model"]) -> Forecast:
        """Of vectors of each target, or of one of all."""
        x = self.dropout(vectors)
        mean = self.mean(x).unflatten(-1, (-1, self.horizon)).flatten(1, 2).transpose(1, 2)  # (B, H, K)
        spread = self.spread(x).unflatten(-1, (-1, self.n_levels - 1)).flatten(1, 2)  # (B, K, L - 1)
        gaps = F.softplus(spread[:, None] + self.growth)  # (B, H, K, L - 1)
        below, above = gaps.chunk(2, dim=-1)
        median = (mean.detach() + self.shift)[..., None]
        lower = median - below.cumsum(dim=-1).flip(-1)
        return Forecast(mean, torch.cat([lower, median, median + above.cumsum(dim=-1)], dim=-1))


class ColumnLinear(nn.Module):
    """A linear map of every column's vector: the same for all, or one for each.

    Args:
        n_maps: 1, or the number of columns.
    """

    def __init__(self, n_maps: int, d_in: int, d_out: int) -> None:
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(d_in, d_out) for _ in range(n_maps))

    def forward(self, x: Float[Tensor, "batch columns d_in"]) -> Float[Tensor, "batch columns d_out"]:
        """Column by column."""
        if len(self.maps) == 1:
            return self.maps[0](x)
        return torch.stack([linear(x[:, place]) for place, linear in enumerate(self.maps)], dim=1)


def pinball(
    quantiles: Float[Tensor, "*shape levels"], truth: Float[Tensor, "*shape"], levels: Sequence[float]
) -> Float[Tensor, "*shape levels"]:
    """What each quantile costs: level * (y - q) where the truth is above it, (1 - level) * (q - y) where it is below.

    Koenker and Bassett 1978, "Regression quantiles".
    """
    above = truth[..., None] - quantiles
    return above * above.new_tensor(levels) + F.relu(-above)
