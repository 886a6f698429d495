"""Whatever data is asked for, opened or checked by what its config says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import singledispatch
from typing import Any

from quatrain.data.check import DataReport, check_text
from quatrain.data.config import (
    DataConfig,
    ImagesConfig,
    LabelledConfig,
    LabelledSeriesConfig,
    MaskedConfig,
    PairsConfig,
    SeriesConfig,
    TaggedConfig,
)
from quatrain.data.corpus import TextData, open_text
from quatrain.data.images import ImageData, ImageReport, check_images, open_images
from quatrain.data.labelled import LabelledData, LabelReport, check_labelled, open_labelled
from quatrain.data.labelled_series import WindowData, WindowReport, check_windows, open_windows
from quatrain.data.masked import MaskedData, open_masked
from quatrain.data.pairs import PairData, PairReport, check_pairs, open_pairs
from quatrain.data.separators import other_separators
from quatrain.data.series import SeriesData, SeriesReport, check_series, open_series
from quatrain.data.tagged import TaggedData, TagReport, check_tagged, open_tagged
from quatrain.data.tasks import Task
from quatrain.data.tasks.exam import TaskData

__all__ = ["check_data", "open_data"]

Say = Callable[[str], None]


@singledispatch
def open_data(config: Any, say: Say = lambda _: None) -> Any:
    """Read, split and tokenise what a config names, or draw the examples of a task.

    Raises:
        DataError: it cannot be read, or there is too little of it.
    """
    raise TypeError(f"{type(config).__name__} names no data that could be opened")


@open_data.register
def _(config: DataConfig, say: Say = lambda _: None) -> TextData:
    return open_text(config, say=say)


@open_data.register
def _(config: PairsConfig, say: Say = lambda _: None) -> PairData:
    return open_pairs(config, say=say)


@open_data.register
def _(config: ImagesConfig, say: Say = lambda _: None) -> ImageData:
    return open_images(config, say=say)


@open_data.register
def _(config: LabelledConfig, say: Say = lambda _: None) -> LabelledData:
    return open_labelled(config, say=say)


@open_data.register
def _(config: LabelledSeriesConfig, say: Say = lambda _: None) -> WindowData:
    return open_windows(config, say=say)


@open_data.register
def _(config: MaskedConfig, say: Say = lambda _: None) -> MaskedData:
    return open_masked(config, say=say)


@open_data.register
def _(config: SeriesConfig, say: Say = lambda _: None) -> SeriesData:
    return open_series(config, say=say)


@open_data.register
def _(config: TaggedConfig, say: Say = lambda _: None) -> TaggedData:
    return open_tagged(config, say=say)


@open_data.register
def _(config: Task, say: Say = lambda _: None) -> TaskData:
    return TaskData.of(config)


def check_data(config: Any, *, seq_len: int | None = None) -> Any:
    """What is in the data that a config names, what is wrong with it, and how its tables are read.

    Args:
        seq_len: tokens of a row, to tell over-long documents or sides.
    """
    report = _check(config, seq_len=seq_len)
    separated = tuple(other_separators(report.path, getattr(config, "encoding", "utf-8")))
    return replace(report, warnings=(*report.warnings, *separated)) if separated else report


@singledispatch
def _check(config: Any, *, seq_len: int | None = None) -> Any:
    """The report for each sort of data."""
    raise TypeError(f"{type(config).__name__} names no data that could be checked")


@_check.register
def _(config: DataConfig, *, seq_len: int | None = None) -> DataReport:
    return check_text(config, seq_len=seq_len)


@_check.register
def _(config: PairsConfig, *, seq_len: int | None = None) -> PairReport:
    return check_pairs(config, seq_len=seq_len)


@_check.register
def _(config: LabelledConfig, *, seq_len: int | None = None) -> LabelReport:
    return check_labelled(config, seq_len=seq_len)


@_check.register
def _(config: LabelledSeriesConfig, *, seq_len: int | None = None) -> WindowReport:
    return check_windows(config)


@_check.register
def _(config: MaskedConfig, *, seq_len: int | None = None) -> DataReport:
    return check_text(config.text)


@_check.register
def _(config: ImagesConfig, *, seq_len: int | None = None) -> ImageReport:
    return check_images(config)


@_check.register
def _(config: SeriesConfig, *, seq_len: int | None = None) -> SeriesReport:
    return check_series(config)


@_check.register
def _(config: TaggedConfig, *, seq_len: int | None = None) -> TagReport:
    return check_tagged(config, seq_len=seq_len)
