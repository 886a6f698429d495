"""How good forecasts are: against plain ones that need no training, and of prices against a random walk."""

from quatrain.training.forecasting.baselines import Baseline, baselines_of
from quatrain.training.forecasting.scores import BaselineScore, ForecastScore, score_baselines, score_forecasts
from quatrain.training.forecasting.walk import Walk, clark_west, diebold_mariano, judge_walk

__all__ = [
    "Baseline",
    "BaselineScore",
    "ForecastScore",
    "Walk",
    "baselines_of",
    "clark_west",
    "diebold_mariano",
    "judge_walk",
    "score_baselines",
    "score_forecasts",
]
