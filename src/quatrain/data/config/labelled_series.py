"""Which windows of series, each with a label, and how they are read and cut."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from quatrain.config import Config
from quatrain.data.config.columns import Column, Names
from quatrain.data.config.spellings import Decimal, OrderOfDates


class LabelledSeriesConfig(Config):
    """Which windows of series of numbers, each with a label, and how they are read and cut.

    - A window a row, as the UCR archive has it: `NAME_TRAIN.tsv` and `NAME_TEST.tsv` (.txt, .csv) in a folder, or one
      such file; no header, the label first, then the numbers.
    - `.ts` files of the UEA and UCR archives, of one column or several.
    - A long table (.csv, .tsv, .jsonl, .parquet) with a row a moment: a column of time, columns of numbers, a column of
      labels, perhaps one that tells recordings or people apart. It is cut into windows of one label each.
    """

    kind: ClassVar[str] = "labelled_series"

    path: str
    """A folder, an archive, or a file."""
    label_column: Column | None = None
    """Of a long table: column of the labels; null: the one usually called so, or the only one of words."""
    group_column: Column | None = None
    """Of a long table: column that tells recordings or people apart; null: one called subject, person, recording or the
    like. No window reaches from one to another, and each is in one part only."""
    time_column: Column | None = None
    """Of a long table: column of the time stamps: dates, dates with a time of day, or numbers; of a date in several
    columns the one of years; null finds it."""
    date_order: OrderOfDates = None
    decimal: Decimal = None
    columns: Names = None
    """Of a long table: columns that are read, joined by commas; null: all of numbers."""
    encoding: str = "utf-8"
    """Encoding of the files."""
    length: int | None = Field(default=None, ge=2)
    """Rows of a window that is cut from a long table; null: 128, or a quarter of the usual stretch of one label where
    that is less. Windows that come whole are stretched to so many rows, by straight lines; null: they are as they
    come."""
    stride: int | None = Field(default=None, ge=1)
    """Of a long table: rows from the start of one window to that of the next; null: half a window."""
    missing: Literal["refuse", "line"] = "refuse"
    """What a missing number does: stop with its place, or stand on a straight line between those before and after."""
    sort: bool = False
    """Of a long table: whether rows out of the order of time are put in order; else they stop the reading."""
    val_fraction: float = Field(default=0.2, gt=0, lt=1)
    """Share that is kept for validation where the data brings no such part; at most 5,000 windows."""
    test_fraction: float = Field(default=0.2, gt=0, lt=1)
    """Of a long table: share that is scored once, at the end."""
    n_labels: int | None = Field(default=None, ge=2)
    """Training windows that are learned from, of each class its share; null: all there are."""
    label_seed: int = 0
    """Which ones, where they are not all."""
