"""Runs of a forecaster: it tells the rows of a series to come."""

from quatrain.report.faces.forecast.face import ForecastFace

__all__ = ["ForecastFace"]
