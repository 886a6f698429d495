"""Forecasts scored from every origin of a part, nothing dropped; plain ones on the same windows."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float

from quatrain.data.series import SeriesPart
from quatrain.layers.forecast_head import Forecast, pinball
from quatrain.models import Forecaster
from quatrain.training.baselines import Baseline
from quatrain.training.evaluation import bootstrap
from quatrain.training.forecasting.plain import PlainForecast, plain_forecasts
from quatrain.training.forecasting.walk import Walk, judge_walk

__all__ = ["ForecastScore", "PlainScore", "forecasts", "plain_baselines", "score_forecasts", "score_plain"]

AT_ONCE = 1 << 21
"""Numbers forecast at once, quantiles counted in."""


@dataclass(frozen=True)
class PlainScore:
    """How good a forecast is that needs no training. Errors are in standard units (training mean 0, spread 1)."""

    mse: float
    mae: float
    interval: tuple[float, float]
    """95 % interval of the mean squared error, by block bootstrap over windows."""
    by_step: tuple[float, ...]
    """Mean squared error of each step ahead."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class ColumnScore:
    """One target, in its own units."""

    name: str
    mse: float
    """In standard units, as the mean over all."""
    mae: float
    rmse_units: float
    mae_units: float


@dataclass(frozen=True)
class ForecastScore:
    """How good the forecasts of a part are. Errors are in standard units (training mean 0, spread 1) unless said."""

    loss: float
    """Squared error plus the mean pinball loss, each a target: what is learned."""
    mse: float
    mae: float
    interval: tuple[float, float]
    """95 % interval of the mean squared error, by block bootstrap over windows."""
    pinball: float
    """Mean over targets and levels (Koenker and Bassett 1978)."""
    coverage: dict[str, float]
    """Share of targets within each interval, by its nominal share."""
    n_targets: int
    n_windows: int
    by_step: tuple[float, ...]
    """Mean squared error of each step ahead."""
    columns: tuple[ColumnScore, ...]
    walk: Walk | None
    """Of returns: beside a random walk."""
    seconds: float

    @property
    def verdict(self) -> str | None:
        """Of returns: what they show against a random walk."""
        return self.walk.verdict if self.walk else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        values = asdict(self)
        return values | {"walk": self.walk.to_dict() if self.walk else None, "verdict": self.verdict}


@dataclass
class _Sums:
    """Errors added up window by window, step by step and column by column."""

    n_windows: int
    squared: Float[np.ndarray, "horizon targets"]
    absolute: Float[np.ndarray, "horizon targets"]
    counts: Float[np.ndarray, "horizon targets"]
    by_window: list[np.ndarray] = field(default_factory=list)

    @classmethod
    def over(cls, part: SeriesPart) -> _Sums:
        shape = (part.horizon, len(part.series.targets))
        return cls(len(part), np.zeros(shape), np.zeros(shape), np.zeros(shape))

    def add(self, errors: Float[np.ndarray, "windows horizon targets"]) -> None:
        """Errors in standard units; NaN does not count."""
        self.squared += np.nansum(np.square(errors), axis=0)
        self.absolute += np.nansum(np.abs(errors), axis=0)
        self.counts += (~np.isnan(errors)).sum(axis=0)
        self.by_window.append(np.nanmean(np.square(errors), axis=(1, 2)))

    @property
    def windows(self) -> np.ndarray:
        """Mean squared error of each window."""
        return np.concatenate(self.by_window)

    def mean(self, sums: np.ndarray, axis: int | None = None) -> np.ndarray:
        """Over what was observed."""
        return np.asarray(sums.sum(axis=axis) / np.maximum(self.counts.sum(axis=axis), 1))


def forecasts(
    model: Forecaster, part: SeriesPart, which: np.ndarray | None = None
) -> Iterator[tuple[np.ndarray, Forecast, torch.Tensor]]:
    """(numbers of windows, calibrated forecast, truth), both in standard units, of some windows or of all."""
    device = model.scale.mean.device
    each = part.horizon * len(part.series.targets) * (len(model.levels) + 1)
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            for some, batch in part.in_order(which, at_once=max(min(AT_ONCE // each, 512), 1)):
                moved = batch.to(device)
                yield some, model.calibrated(model(*moved.inputs)), model.scale.targets_of(moved.targets)
    finally:
        model.train(was_training)


def score_forecasts(model: Forecaster, part: SeriesPart) -> tuple[ForecastScore, np.ndarray]:
    """Every window of a part.

    Returns:
        The score, and the mean squared error of each window (windows,) float64 in the order of time.
    """
    started = time.perf_counter()
    sums, levels = _Sums.over(part), model.levels
    paid, inside = 0.0, np.zeros(len(levels) // 2)
    returns: list[tuple[np.ndarray, np.ndarray]] = []
    for some, found, truth in forecasts(model, part):
        sums.add((found.mean.double() - truth).cpu().numpy())
        seen = ~truth.isnan()
        quantiles = found.quantiles.double()[seen]  # (n, L)
        paid += float(pinball(quantiles, truth[seen], levels).mean(-1).sum())
        for pair in range(len(levels) // 2):
            low, high = quantiles[:, pair], quantiles[:, -1 - pair]
            inside[pair] += float(((truth[seen] >= low) & (truth[seen] <= high)).sum())
        if part.series.returns != "none":
            returns.append((part.truth(some), model.scale.units(found.mean).cpu().numpy()))
    n = int(sums.counts.sum())
    std = model.scale.std[model.scale.targets].cpu().numpy()
    mse = float(sums.mean(sums.squared))
    score = ForecastScore(
        loss=mse + paid / n,
        mse=mse,
        mae=float(sums.mean(sums.absolute)),
        interval=bootstrap(sums.windows, block=2 * part.horizon),
        pinball=paid / n,
        coverage={f"{levels[-1 - p] - levels[p]:.2g}": float(share) / n for p, share in enumerate(inside)},
        n_targets=n,
        n_windows=len(part),
        by_step=tuple(sums.mean(sums.squared, axis=1).tolist()),
        columns=_columns(sums, part.series.targets, std),
        walk=_walk(part, returns) if returns else None,
        seconds=time.perf_counter() - started,
    )
    return score, sums.windows


def plain_baselines(part: SeriesPart, std: Float[np.ndarray, " targets"]) -> Iterator[Baseline]:
    """What stands beside a forecaster on the parts of a series, of which this is one.

    Args:
        std: the unit of each target.
    """
    for plain in plain_forecasts(part):
        yield Baseline(plain.key, plain.name, partial(score_plain, plain, std))


def score_plain(
    plain: PlainForecast, std: Float[np.ndarray, " targets"], part: SeriesPart
) -> tuple[PlainScore, Float[np.ndarray, " windows"]]:
    """Every window of a part; and the mean squared error of each, in the order of time."""
    sums = _Sums.over(part)
    at_once = max(AT_ONCE // (part.horizon * len(std)), 1)
    for first in range(0, len(part), at_once):
        which = np.arange(first, min(first + at_once, len(part)))
        origins = part.origins[which]
        found = np.stack([plain.at(origins, step) for step in range(1, part.horizon + 1)], axis=1)
        sums.add((found - part.truth(which)) / std)
    score = PlainScore(
        mse=float(sums.mean(sums.squared)),
        mae=float(sums.mean(sums.absolute)),
        interval=bootstrap(sums.windows, block=2 * part.horizon),
        by_step=tuple(sums.mean(sums.squared, axis=1).tolist()),
    )
    return score, sums.windows


def _columns(sums: _Sums, names: Sequence[str], std: np.ndarray) -> tuple[ColumnScore, ...]:
    squared, absolute = sums.mean(sums.squared, axis=0), sums.mean(sums.absolute, axis=0)
    return tuple(
        ColumnScore(name, float(mse), float(mae), float(np.sqrt(mse) * unit), float(mae * unit))
        for name, mse, mae, unit in zip(names, squared, absolute, std, strict=True)
    )


def _walk(part: SeriesPart, returns: list[tuple[np.ndarray, np.ndarray]]) -> Walk:
    truth, found = (np.concatenate(side) for side in zip(*returns, strict=True))
    learned = part.series.truth[: part.bounds[0] if part.bounds else part.start]
    commoner = np.sign(np.nansum(np.sign(learned))) if len(learned) else 1.0
    return judge_walk(truth, found, float(commoner) or 1.0)
