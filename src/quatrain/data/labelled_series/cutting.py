"""A long table cut into windows of one label and one recording each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from jaxtyping import Int

from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.labelled_series.read import UNLABELLED, LabelledWindows
from quatrain.data.labelled_series.tables import LongTable
from quatrain.errors import DataError

__all__ = ["Cut", "cut"]

LENGTH = 128
"""Rows of a window, where stretches are long enough."""
SHARE = 4
"""Windows that the usual stretch of one label holds side by side, at least."""


@dataclass(frozen=True)
class Cut:
    """Windows of a table, in the order of its rows."""

    windows: LabelledWindows
    starts: Int[np.ndarray, " n"]
    """The first row of each."""
    groups: Sequence[str]
    """The recording of each."""
    length: int
    """Rows of a window."""
    stride: int
    """Rows from one to the next."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """Rows that follow on one another in one recording and have one label."""

    first: int
    stop: int
    label: str
    group: str

    def __len__(self) -> int:
        return self.stop - self.first


def cut(table: LongTable, config: LabelledSeriesConfig, part: str = "train", *, is_told: bool = False) -> Cut:
    """Windows of `length` rows, every `stride` rows of each stretch of one label.

    Args:
        is_told: whether a trained model is asked, which reads windows of this length only.
    Raises:
        DataError: a window is longer than every stretch.
    """
    has_labels = table.roles.label is not None and any(table.labels)
    found = [stretch for stretch in _stretches(table) if stretch.label != UNLABELLED or not has_labels]
    if not found:
        raise DataError(f"{table.source}: no row has a label.")
    length = config.length or _usual_length(found)
    stride = config.stride or max(length // 2, 1)
    long = [stretch for stretch in found if len(stretch) >= length]
    if not long:
        longest = max(map(len, found))
        if is_told:
            raise DataError(
                f"{table.source}: the model reads windows of {length:,} rows, and the longest recording has "
                f"{longest:,}. Give at least {length:,} rows of one, or train again with a smaller data.length."
            )
        raise DataError(
            f"{table.source}: a window of {length:,} rows is longer than every stretch of one label, the longest of "
            f"which has {longest:,}. Cut shorter ones: --set data.length={max(longest // SHARE, 2)}."
        )
    starts = [range(stretch.first, stretch.stop - length + 1, stride) for stretch in long]
    of_window = [stretch for stretch, firsts in zip(long, starts, strict=True) for _ in firsts]
    firsts = np.array([first for some in starts for first in some], np.int64)
    windows = LabelledWindows(
        part,
        [table.values[first : first + length] for first in firsts],
        [stretch.label for stretch in of_window],
        [f"{table.source}, lines {table.lines[first]} to {table.lines[first + length - 1]}" for first in firsts],
    )
    n_short = len(found) - len(long)
    what = "stretches of one label are" if n_short > 1 else "stretch of one label is"
    notes = (f"Left out: {n_short:,} {what} shorter than a window of {length:,} rows.",) if n_short else ()
    return Cut(windows, firsts, [stretch.group for stretch in of_window], length, stride, notes)


def _stretches(table: LongTable) -> list[Stretch]:
    """Rows that follow on one another, recording by recording."""
    found, first = [], 0
    for (group, label), rows in groupby(zip(table.groups, table.labels, strict=True)):
        stop = first + sum(1 for _ in rows)
        found.append(Stretch(first, stop, label, group))
        first = stop
    return found


def _usual_length(found: Sequence[Stretch]) -> int:
    """Of windows several of which stand side by side in the stretch that the median row is in."""
    lengths = np.sort([len(stretch) for stretch in found])
    usual = int(lengths[np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)])
    return min(LENGTH, max(usual // SHARE, 2))
