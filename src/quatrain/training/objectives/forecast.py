"""Tell the rows of a series that come after a window."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from quatrain.data.series import SeriesBatch, SeriesData, SeriesPart
from quatrain.layers.column_scale import unit_of
from quatrain.layers.forecast_head import pinball
from quatrain.models import Forecaster
from quatrain.training.baselines import Baseline
from quatrain.training.evaluation import Quality, bootstrap
from quatrain.training.forecasting import ForecastScore, plain_baselines, score_forecasts
from quatrain.training.forecasting.scores import forecasts
from quatrain.training.objectives._base import Objective, Say

if TYPE_CHECKING:
    from quatrain.training.config import TrainConfig

CALIBRATED_ON = 1 << 24
"""Numbers of the validation part held at once to calibrate intervals; of a larger part, windows spread over it."""


@dataclass(frozen=True)
class QuickScore:
    """A look on the way."""

    loss: float
    """Squared error plus the mean pinball loss, each a target, in standard units."""
    mse: float
    n_targets: int
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return dict(vars(self))


class Forecasting(Objective):
    """Tell the rows to come; the items are windows, their values mean squared errors in standard units."""

    headline: ClassVar[str] = "mse"
    measure: ClassVar[str] = "error"
    unit: ClassVar[str] = "value"
    completes: ClassVar[bool] = True

    def loss_sum(self, model: Forecaster, batch: SeriesBatch) -> Tensor:
        """Squared error of the mean plus the mean pinball loss of the quantiles, summed over observed targets."""
        found = model(*batch.inputs)
        truth = model.scale.targets_of(batch.targets).to(found.mean.dtype)
        seen, truth = ~truth.isnan(), truth.nan_to_num()
        paid = (found.mean - truth).square() + pinball(found.quantiles, truth, model.levels).mean(-1)
        return (paid * seen).sum()

    def fault(self, quality: Quality) -> float:
        """The squared error alone."""
        return float(quality.to_dict()["mse"])

    def validate(self, model: Forecaster, part: SeriesPart, n_targets: int | None) -> QuickScore:
        """On windows spread evenly over the part."""
        started = time.perf_counter()
        squared, paid, n = 0.0, 0.0, 0
        for _, found, truth in forecasts(model, part, _spread(part, n_targets)):
            seen = ~truth.isnan()
            squared += float((found.mean[seen] - truth[seen]).square().sum())
            paid += float(pinball(found.quantiles[seen], truth[seen], model.levels).mean(-1).sum())
            n += int(seen.sum())
        return QuickScore((squared + paid) / n, squared / n, n, time.perf_counter() - started)

    def score(self, model: Forecaster, part: SeriesPart) -> tuple[ForecastScore, np.ndarray]:
        """From every origin."""
        return score_forecasts(model, part)

    def complete(self, model: Forecaster, data: SeriesData) -> None:
        """Widen the intervals by what they lack on the validation part."""
        part = data.val
        numbers = part.horizon * len(part.series.targets) * (len(model.levels) + 1)
        which = _spread(part, CALIBRATED_ON // numbers * part.horizon * len(part.series.targets))
        model.widening.zero_()
        lacking = []
        for _, found, truth in forecasts(model, part, which):
            pairs = range(len(model.levels) // 2)
            below = torch.stack([found.quantiles[..., pair] - truth for pair in pairs])
            above = torch.stack([truth - found.quantiles[..., -1 - pair] for pair in pairs])
            lacking.append(torch.maximum(below, above).float().cpu())  # (pairs, B, H, K)
        scores = torch.cat(lacking, dim=1)
        for pair in range(len(model.levels) // 2):
            model.widening[pair] = _conformal(scores[pair], model.levels[-1 - pair] - model.levels[pair])

    def baselines(self, config: TrainConfig, data: SeriesData, say: Say) -> Iterable[Baseline]:
        """Plain forecasts, which need no training."""
        learned = torch.from_numpy(data.series.inputs[: data.train.stop, data.series.places])
        return plain_baselines(data.val, unit_of(learned).numpy())

    def told(self, score: Mapping[str, Any]) -> str:
        """Squared error."""
        return f"squared error {score['mse']:.4f}"

    def interval(self, values: np.ndarray, part: SeriesPart) -> tuple[float, float]:
        """Of the mean, by bootstrap over blocks of windows, for those that overlap are not independent."""
        return bootstrap(values, block=2 * part.horizon)

    def flops_per_target(self, model: Forecaster, config: TrainConfig, data: SeriesData) -> float:
        """Over a window."""
        return 3 * model.flops(data.train.input_len) / (data.train.horizon * len(data.series.targets))


def _spread(part: SeriesPart, n_targets: int | None) -> np.ndarray | None:
    """Windows spread evenly over a part, of about so many targets; None: all."""
    if n_targets is None or n_targets >= part.n_targets:
        return None
    n = max(round(n_targets / part.n_targets * len(part)), 1)
    return np.unique(np.linspace(0, len(part) - 1, n).round().astype(np.int64))


def _conformal(scores: Tensor, share: float) -> Tensor:
    """(H, K): the score that so large a share of the windows (n, H, K) lies below, one more window counted."""
    n = (~scores.isnan()).sum(dim=0)  # (H, K)
    ordered = scores.nan_to_num(nan=torch.inf).sort(dim=0).values
    rank = ((n + 1) * share).ceil().clamp(max=n).long() - 1
    found = ordered.gather(0, rank.clamp(min=0)[None])[0]
    return torch.where(n > 0, found, torch.zeros_like(found)).double()
