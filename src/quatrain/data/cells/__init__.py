"""What stands in the cells of a table: numbers, dates and texts as people write them, decided over whole columns.

Nothing here knows of tables: what reads them comes here with the cells of a column.
"""

from quatrain.data.cells.moments import MomentColumns, Moments, moment_columns, moments_of
from quatrain.data.cells.notes import about_numbers
from quatrain.data.cells.numbers import Column, Mark, example_of_either, mark_of, number_of, numbers_of, units_of
from quatrain.data.cells.prose import (
    NO_HEADER,
    are_data,
    is_prose,
    numbers_instead,
    prose_first,
    repeated_column,
    setting_of,
    stands_below,
)
from quatrain.data.cells.spellings import is_stamp, spelling_of
from quatrain.data.cells.times import EPOCH, TIME_NAMES, DateOrder, Spelling, Stamp, Style, Times, written, zone_of
from quatrain.data.cells.unnamed import columns_of

__all__ = [
    "EPOCH",
    "NO_HEADER",
    "TIME_NAMES",
    "Column",
    "DateOrder",
    "Mark",
    "MomentColumns",
    "Moments",
    "Spelling",
    "Stamp",
    "Style",
    "Times",
    "about_numbers",
    "are_data",
    "columns_of",
    "example_of_either",
    "is_prose",
    "is_stamp",
    "mark_of",
    "moment_columns",
    "moments_of",
    "number_of",
    "numbers_instead",
    "numbers_of",
    "prose_first",
    "repeated_column",
    "setting_of",
    "spelling_of",
    "stands_below",
    "units_of",
    "written",
    "zone_of",
]
