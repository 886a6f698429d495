"""Labelled windows of series: readers, cuts, and what a model reads."""

from quatrain.data.labelled_series.check import WindowReport, check_windows
from quatrain.data.labelled_series.opening import WindowData, encode_windows, open_windows
from quatrain.data.labelled_series.part import Scale, WindowExamples
from quatrain.data.labelled_series.read import LabelledWindows, Window
from quatrain.data.labelled_series.reading import unlabelled_windows
from quatrain.data.labelled_series.recognising import could_be_windows, is_long_table, looks_like_windows
from quatrain.data.labelled_series.shaping import filled, shaped, stretched

__all__ = [
    "LabelledWindows",
    "Scale",
    "Window",
    "WindowData",
    "WindowExamples",
    "WindowReport",
    "check_windows",
    "could_be_windows",
    "encode_windows",
    "filled",
    "is_long_table",
    "looks_like_windows",
    "open_windows",
    "shaped",
    "stretched",
    "unlabelled_windows",
]
