"""Forecasts that need no training: last value, drift, the season before, an autoregression; of returns, none at all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Float, Int

from quatrain.data.series import Series, SeriesPart
from quatrain.layers.column_scale import unit_of
from quatrain.training.forecasting.autoregression import fit_autoregression

__all__ = ["RANDOM_WALK", "PlainForecast", "plain_forecasts"]

RANDOM_WALK = "random walk"
N_CHOSEN_ON = 2000
"""Validation windows that a season is chosen on, at most."""
LONGEST_AR = 40
"""Rows of the past that an autoregression may look at, besides one season."""

Origins = Int[np.ndarray, " windows"]
Step = Float[np.ndarray, "windows targets"]


class PlainForecast(ABC):
    """Forecasts of the targets of a series, in the units they are modelled in.

    Args:
        series: what was seen; what lies at or after an origin is never looked at.
    """

    key: ClassVar[str]
    """A word for programs."""
    name: str
    """In words."""

    def __init__(self, series: Series) -> None:
        self.values = series.inputs[:, series.places]  # (N, K)

    @abstractmethod
    def at(self, origins: Origins, step: int) -> Step:
        """Row `origin + step - 1` of every window, from what lies before its origin; `step` counts from 1."""


class LastValue(PlainForecast):
    """Nothing changes any more."""

    key = "last_value"
    name = "last value"

    def at(self, origins: Origins, step: int) -> Step:
        """The last row."""
        return self.values[origins - 1]


class Drift(PlainForecast):
    """It goes on as it went from the first row to the last (Hyndman and Athanasopoulos 2021, section 5.2)."""

    key = "drift"
    name = "drift"

    def at(self, origins: Origins, step: int) -> Step:
        """On the line through the first row and the last."""
        last = self.values[origins - 1]
        return last + step * (last - self.values[0]) / np.maximum(origins - 1, 1)[:, None]


class Seasonal(PlainForecast):
    """It repeats its last season."""

    key = "seasonal_naive"

    def __init__(self, series: Series, season: int) -> None:
        super().__init__(series)
        self.season, self.name = season, f"seasonal naive ({season} rows)"

    def at(self, origins: Origins, step: int) -> Step:
        """So many seasons before."""
        return self.values[np.maximum(origins + step - 1 - self.season * -(-step // self.season), 0)]


class RandomWalk(PlainForecast):
    """No return: the price stays as it is."""

    key = "random_walk"
    name = RANDOM_WALK

    def at(self, origins: Origins, step: int) -> Step:
        """Zero."""
        return np.zeros((len(origins), self.values.shape[1]))


class MeanReturn(PlainForecast):
    """The mean return so far: a random walk with drift."""

    key = "random_walk_with_drift"
    name = "random walk with drift"

    def __init__(self, series: Series) -> None:
        super().__init__(series)
        self.sums = np.cumsum(self.values, axis=0)

    def at(self, origins: Origins, step: int) -> Step:
        """The mean of all rows before the origin."""
        return self.sums[origins - 1] / origins[:, None]


class AR(PlainForecast):
    """An autoregression of each target, fitted to the training part."""

    key = "autoregression"

    def __init__(self, series: Series, stop: int, longest: int, horizon: int) -> None:
        super().__init__(series)
        found = [fit_autoregression(column[:stop], longest) for column in self.values.T]
        orders = sorted({len(one.coefficients) for one in found})
        self.name = f"AR({orders[0]})" if len(orders) == 1 else f"AR({orders[0]} to {orders[-1]})"
        self.ahead = [one.ahead(horizon) for one in found]

    def at(self, origins: Origins, step: int) -> Step:
        """Iterated to the step."""
        columns = []
        for column, (constants, weights) in zip(self.values.T, self.ahead, strict=True):
            past = column[np.maximum(origins[:, None] - 1 - np.arange(weights.shape[1]), 0)]
            columns.append(constants[step - 1] + past @ weights[step - 1])
        return np.stack(columns, axis=1)


def plain_forecasts(part: SeriesPart) -> list[PlainForecast]:
    """What stands beside a model on a part: of returns the random walk first, else the last value."""
    return list(_plain(part))


def _plain(part: SeriesPart) -> Iterator[PlainForecast]:
    series, is_returns = part.series, part.series.returns != "none"
    yield RandomWalk(series) if is_returns else LastValue(series)
    yield MeanReturn(series) if is_returns else Drift(series)
    season = None if is_returns else _season(part)
    if season:
        yield Seasonal(series, season)
    if part.bounds is not None:
        yield AR(series, part.bounds[0], max(LONGEST_AR, (season or 0) + 1), part.horizon)


def _season(part: SeriesPart) -> int | None:
    """Of the seasons that the frequency makes plausible the one that is best on the validation rows."""
    if part.bounds is None:
        return next(iter(part.series.frequency.seasons), None)
    stop, end = part.bounds
    able = [season for season in part.series.frequency.seasons if 2 * season <= stop]
    if not able:
        return None
    origins = np.arange(stop, max(end - part.horizon + 1, stop + 1))
    origins = origins[:: max(len(origins) // N_CHOSEN_ON, 1)]
    return min(able, key=lambda season: _mean_error(Seasonal(part.series, season), origins, part))


def _mean_error(plain: PlainForecast, origins: Origins, part: SeriesPart) -> float:
    """Squared, in units of each target's spread."""
    scale = unit_of(torch.from_numpy(plain.values[: origins[0]])).numpy()
    steps = np.unique(np.linspace(1, part.horizon, min(part.horizon, 24)).astype(int))
    errors = [(plain.at(origins, int(step)) - part.series.truth[origins + step - 1]) / scale for step in steps]
    return float(np.nanmean(np.square(errors)))
