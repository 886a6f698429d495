"""Series of numbers: a table with time stamps to windows of a past and what came after it."""

from quatrain.data.cells import Times, written
from quatrain.data.series.check import SeriesReport, check_series
from quatrain.data.series.foretelling import Foretold
from quatrain.data.series.frequency import Frequency, find_frequency
from quatrain.data.series.leaks import find_leaks
from quatrain.data.series.opening import SeriesData, open_series, open_table
from quatrain.data.series.part import SeriesBatch, SeriesPart
from quatrain.data.series.reading import Table, read_table, table_of
from quatrain.data.series.recognising import looks_like_series
from quatrain.data.series.series import Series, series_of

__all__ = [
    "Foretold",
    "Frequency",
    "Series",
    "SeriesBatch",
    "SeriesData",
    "SeriesPart",
    "SeriesReport",
    "Table",
    "Times",
    "check_series",
    "find_frequency",
    "find_leaks",
    "looks_like_series",
    "open_series",
    "open_table",
    "read_table",
    "series_of",
    "table_of",
    "written",
]
