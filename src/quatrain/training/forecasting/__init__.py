"""How good forecasts are: against plain ones that need no training, and of prices against a random walk."""

from quatrain.training.forecasting.plain import PlainForecast, plain_forecasts
from quatrain.training.forecasting.scores import (
    ForecastScore,
    PlainScore,
    plain_baselines,
    score_forecasts,
    score_plain,
)
from quatrain.training.forecasting.significance import clark_west, diebold_mariano
from quatrain.training.forecasting.walk import Walk, judge_walk

__all__ = [
    "ForecastScore",
    "PlainForecast",
    "PlainScore",
    "Walk",
    "clark_west",
    "diebold_mariano",
    "judge_walk",
    "plain_baselines",
    "plain_forecasts",
    "score_forecasts",
    "score_plain",
]
