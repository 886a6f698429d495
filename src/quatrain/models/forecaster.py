"""The forecaster: a window of a series in, its future out, with quantiles."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import torch
from jaxtyping import Float
from pydantic import Field, model_validator
from torch import Tensor

from quatrain.config import one_of
from quatrain.layers.column_scale import ColumnScale
from quatrain.layers.forecast_head import Forecast, ForecastHead
from quatrain.layers.window_norm import WINDOW_NORMS, InstanceNormConfig, WindowNorm, WindowNormConfig
from quatrain.models._base import ExampleModel, ModelConfig
from quatrain.models.backbones import BACKBONES
from quatrain.models.backbones.series import SeriesBackbone, SeriesBackboneConfig
from quatrain.ops.flops import matrix_flops


class Forecaster(ExampleModel):
    """Tells the rows that come after a window.

    Args:
        scale: the unit of each column.
        norm: what is taken from each window and given back to its forecast.
        backbone: reads the window.
        head: tells mean and quantiles from its vectors.
        levels: of the quantiles, ascending; the middle one is 0.5.
    """

    widening: Tensor
    """(pairs, H, K): what the intervals lack on each side, the widest first, in standard units."""

    def __init__(
        self,
        scale: ColumnScale,
        norm: WindowNorm,
        backbone: SeriesBackbone,
        head: ForecastHead,
        levels: tuple[float, ...],
    ) -> None:
        super().__init__()
        self.scale, self.norm, self.backbone, self.head, self.levels = scale, norm, backbone, head, levels
        self.register_buffer("widening", torch.zeros(len(levels) // 2, head.horizon, head.n_targets))

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Forecast:
        """The forecast in standard units: as deviations from the mean of the training part, its spread being 1."""
        x, place = self.norm(self.scale(values).to(self.head.growth.dtype))
        vectors = self.backbone(x).vectors
        targets = self.scale.targets
        found = self.head(vectors[:, targets] if self.backbone.by_column else vectors)
        centre, spread = place.centre[:, :, targets], place.spread[:, :, targets]
        return Forecast(found.mean * spread + centre, found.quantiles * spread[..., None] + centre[..., None])

    def calibrated(self, forecast: Forecast) -> Forecast:
        """The same with every interval as wide as the validation part showed it must be.

        Romano, Patterson and Candès 2019, "Conformalized quantile regression", https://arxiv.org/abs/1905.03222, for
        every row to come and every column by itself. Intervals lie within one another: what would cross is sorted.
        """
        more = self.widening.permute(1, 2, 0).to(forecast.quantiles.dtype)  # (H, K, pairs)
        moves = torch.cat([-more, torch.zeros_like(more[..., :1]), more.flip(-1)], dim=-1)
        return Forecast(forecast.mean, (forecast.quantiles + moves).sort(dim=-1).values)

    def forecast(self, values: Float[Tensor, "batch seq columns"]) -> Forecast:
        """The calibrated forecast in the units of the columns, float64."""
        found = self.calibrated(self(values))
        by_level = [self.scale.units(level) for level in found.quantiles.unbind(-1)]
        return Forecast(self.scale.units(found.mean), torch.stack(by_level, dim=-1))

    def take_scale(self, values: Float[Tensor, "n columns"]) -> None:
        """Take the scales of the columns from the training part."""
        self.scale.observe(values)

    def flops(self, seq_len: int) -> int:
        """Of one window of its own length."""
        n_vectors = self.head.n_targets if self.backbone.by_column else 1
        maps = sum(matrix_flops(part.maps[0]) for part in (self.head.mean, self.head.spread))
        return self.backbone.flops(seq_len) + n_vectors * maps


class ForecasterConfig(ModelConfig):
    """A forecaster."""

    kind: ClassVar[str] = "forecaster"

    backbone: Annotated[SeriesBackboneConfig, one_of(lambda: BACKBONES)]
    """What reads a window: a table with `kind` linear_series or series."""
    columns: tuple[str, ...]
    """Names of the columns read."""
    targets: tuple[str, ...]
    """Names of those that are forecast."""
    horizon: int = Field(ge=1)
    """Rows that are forecast."""
    quantiles: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
    """Levels, ascending, in pairs around 0.5."""
    norm: Annotated[WindowNormConfig, one_of(lambda: WINDOW_NORMS)] = InstanceNormConfig()
    """What is taken from each window and given back to its forecast: none, last or instance (RevIN)."""
    individual: bool = False
    """A map to the future for each column, where columns are read by themselves; else one for all."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Probability of dropping a coordinate of what the future is told from, while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        middle = len(self.quantiles) // 2
        pairs = zip(self.quantiles, self.quantiles[::-1], strict=True)
        is_ascending = list(self.quantiles) == sorted(set(self.quantiles))
        if not is_ascending or not all(abs(low + high - 1) < 1e-9 and 0 < low < 1 for low, high in pairs):
            raise ValueError(f"quantiles={self.quantiles} must ascend and lie in pairs around 0.5, as 0.05, 0.5, 0.95.")
        if len(self.quantiles) < 3 or self.quantiles[middle] != 0.5:
            raise ValueError(f"quantiles={self.quantiles} must be at least three, 0.5 in the middle.")
        unknown = [name for name in self.targets if name not in self.columns]
        if unknown or not self.targets:
            raise ValueError(f"targets={self.targets} must be some of columns={self.columns}.")
        return self

    def build(self) -> Forecaster:
        """A freshly initialised forecaster; draws from torch's global generator.

        Raises:
            ConfigError: two settings of the backbone contradict each other.
        """
        backbone = self.backbone.build()
        head = ForecastHead(
            backbone.d_model,
            horizon=self.horizon,
            n_targets=len(self.targets),
            n_levels=len(self.quantiles),
            by_column=backbone.by_column,
            individual=self.individual,
            dropout=self.dropout,
        )
        places = [self.columns.index(name) for name in self.targets]
        return Forecaster(
            ColumnScale(len(self.columns), places), self.norm.build(), backbone, head, tuple(self.quantiles)
        )
