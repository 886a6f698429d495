"""Which series of numbers, and how it is read."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from quatrain.config import Config
from quatrain.data.config.columns import Column, Names
from quatrain.data.config.spellings import Decimal, OrderOfDates


class SeriesConfig(Config):
    """Which series of numbers, how it is read, and what is forecast from how much of its past.

    A table (.csv, .tsv, .jsonl, .parquet, compressed or not) with a column of time stamps, a row a moment, and a column
    of numbers for each series.
    """

    kind: ClassVar[str] = "series"

    path: str
    """The table."""
    time_column: Column | None = None
    """Column of the time stamps: dates, dates with a time of day, or whole numbers; of a date in several columns the
    one of years; null finds it."""
    date_order: OrderOfDates = None
    decimal: Decimal = None
    group_column: Names = None
    """Column, or columns joined by commas, that tells several series below one another apart: each column of numbers
    becomes one for each of them, such as `sales Rome`. null: the table holds a row a moment."""
    columns: Names = None
    """Columns that are read, joined by commas; null: all of numbers."""
    targets: Names = None
    """Columns that are forecast; null: all that are read, or of prices the closing price."""
    encoding: str = "utf-8"
    """Encoding of the file."""
    input_len: int | None = Field(default=None, ge=1)
    """Rows of the past that a forecast sees; null: some seasons, by the frequency."""
    horizon: int | None = Field(default=None, ge=1)
    """Rows that are forecast; null: one season, by the frequency; of prices one row."""
    returns: Literal["auto", "none", "log", "diff"] = "auto"
    """What is modelled: the values (none), the differences of their logarithms from row to row (log), or of themselves
    (diff). auto: log where a target is called close or price, else none."""
    missing: Literal["refuse", "last"] = "refuse"
    """What a missing number does: stop with its row, or stand for the last one before it. It is never a target."""
    sort: bool = False
    """Whether rows out of the order of time are put in order; else they stop the reading."""
    duplicates: Literal["refuse", "first", "last"] = "refuse"
    """Which of several rows with one time stamp counts; refuse: they stop the reading."""
    train_rows: int | None = Field(default=None, ge=1)
    """Rows that are learned from, the earliest; null: what validation and test leave."""
    val_rows: int | None = Field(default=None, ge=1)
    """Rows after them that choose; null: by val_fraction."""
    test_rows: int | None = Field(default=None, ge=1)
    """Rows after those that are scored once, at the end; null: by test_fraction."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the rows that choose, where no val_rows are given."""
    test_fraction: float = Field(default=0.2, gt=0, lt=1)
    """Share of the rows that are scored once, where no test_rows are given."""
    allow_leak: bool = False
    """Whether a column may tell what a target will be; else that stops the training."""
