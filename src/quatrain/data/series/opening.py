"""From a path to a series in parts: read, modelled, split, searched for leaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from quatrain.data.cells import setting_of
from quatrain.data.config import SeriesConfig
from quatrain.data.parted import PartedData
from quatrain.data.series.leaks import refuse_leaks, refuse_overlap
from quatrain.data.series.part import SeriesPart
from quatrain.data.series.reading import Table, read_table
from quatrain.data.series.series import Series, series_of
from quatrain.data.series.stretches import like_classes
from quatrain.errors import DataError
from quatrain.layers.column_scale import is_constant

__all__ = ["SeriesData", "open_series", "open_table"]

SEASONS_SEEN = 14
"""Seasons that a forecast sees, where nothing else is asked for and the series is long enough."""
SEEN = 64
"""Rows that a forecast sees of a series without a season, and of returns."""
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class SeriesData(PartedData[SeriesPart]):
    """A series, split."""

    series: Series
    config: SeriesConfig
    """What was asked for, with everything that was found out."""

    @property
    def counted(self) -> SeriesPart:
        """What the model takes its scales from: the training part alone."""
        return self.train

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        series = self.series
        return super().about() | {
            "n_rows": len(series),
            "columns": list(series.columns),
            "targets": list(series.targets),
            "returns": series.returns,
            "frequency": series.frequency.name,
            "from": series.times.written(0),
            "to": series.times.written(len(series) - 1),
            "input_len": self.train.input_len,
            "horizon": self.train.horizon,
            "windows": {name: len(part) for name, part in self.parts.items()},
            "fingerprint": self.fingerprint,
        }


def open_series(config: SeriesConfig, say: Say = lambda _: None) -> SeriesData:
    """Read a series, model its values or returns, and split it by time.

    Args:
        say: told, in sentences, what is going on.

    Raises:
        DataError: it cannot be read, is too short, or a column knows the future.
        MissingExtra: a parquet file, and polars is not installed.
    """
    return open_table(read_table(config), config, say)


def open_table(table: Table, config: SeriesConfig, say: Say = lambda _: None) -> SeriesData:
    """`open_series`, from a table that was read.

    Raises:
        DataError: as `open_series`.
    """
    series, notes = series_of(table, config)
    resolved = _resolved(series, config.replace(date_order=table.date_order, decimal=table.decimal))
    assert resolved.input_len is not None
    assert resolved.horizon is not None
    bounds = _bounds(series, resolved)
    ends = bounds["training"][1], bounds["validation"][1]
    train, *later = (
        SeriesPart(series, start, stop, resolved.input_len, resolved.horizon, ends) for start, stop in bounds.values()
    )
    _refuse_short(resolved, [train, *later], bounds)
    refuse_overlap([train, *later])
    if not config.allow_leak:
        refuse_leaks(series, bounds["training"][1], resolved.horizon)
    notes = [_about(series, resolved), *table.notes, *notes, *_constant(series, bounds["training"][1])]
    notes += map(_about_classes, like_classes(table.values))
    for sentence in notes:
        say(sentence)
    return SeriesData(
        series=series,
        config=resolved,
        train=train,
        val=later[0],
        tests={"test": later[1]},
        name=Path(config.path).name.split(".")[0],
        split=_split_in_words(series, bounds),
        notes=tuple(notes),
        fingerprint=_fingerprint(series),
    )


def _resolved(series: Series, config: SeriesConfig) -> SeriesConfig:
    """Everything that was left open, decided."""
    n = len(series)
    season = 1 if series.returns != "none" else next(iter(series.frequency.seasons), 1)
    fewest = min(config.val_rows or round(n * config.val_fraction), config.test_rows or round(n * config.test_fraction))
    horizon = config.horizon or max(min(season, fewest // 2), 1)
    longest = max(n // 8, 1)
    usual = SEEN if season == 1 else max(SEASONS_SEEN * season, 2 * horizon)
    return config.replace(
        columns=series.columns,
        targets=series.targets,
        returns=series.returns,
        horizon=horizon,
        input_len=config.input_len or min(usual, longest),
    )


def _bounds(series: Series, config: SeriesConfig) -> dict[str, tuple[int, int]]:
    """First row and end of each part, in the order of time."""
    n = len(series)
    test = config.test_rows or (0 if config.train_rows and config.val_rows else round(n * config.test_fraction))
    val = config.val_rows or round(n * config.val_fraction)
    train = config.train_rows or n - (val + test)
    test = test or n - (train + val)
    asked = train + val + test
    if asked > n or train < 1 or test < 1:
        raise DataError(
            f"{config.path}: {n:,} rows cannot be split into {train:,} for training, {val:,} for validation and "
            f"{test:,} for the test. Give fewer: data.train_rows, data.val_rows, data.test_rows."
        )
    return {"training": (0, train), "validation": (train, train + val), "test": (train + val, asked)}


def _refuse_short(config: SeriesConfig, parts: list[SeriesPart], bounds: Mapping[str, tuple[int, int]]) -> None:
    for (name, (start, stop)), part in zip(bounds.items(), parts, strict=True):
        if len(part):
            continue
        needed = part.horizon + (part.input_len if start < part.input_len else 0)
        if part.horizon >= len(part.series):
            what = f"a horizon of {part.horizon:,} rows is longer than the series of {len(part.series):,}"
        elif stop - start < needed:
            what = f"the {name} part has {stop - start:,} rows, and one window takes {needed:,}"
        else:
            what = f"the {name} part has no window with an observed target"
        raise DataError(
            f"{config.path}: {what}. Take a shorter past or a nearer future (--set data.input_len="
            f"{part.input_len // 4 or 1} --set data.horizon={part.horizon // 4 or 1}), or another split (--set "
            "data.val_fraction=0.2)."
        )


def _about(series: Series, config: SeriesConfig) -> str:
    what = {"none": "", "log": " (log returns)", "diff": " (differences)"}[series.returns]
    others = [name for name in series.columns if name not in series.targets]
    read = f", from these and {', '.join(others)}" if others else ""
    rows = "the next row" if config.horizon == 1 else f"{config.horizon:,} rows"
    return (
        f"{len(series):,} rows, {series.frequency.name}. Forecast: {rows} of {', '.join(series.targets)}{what}{read}, "
        f"after {config.input_len:,} rows."
    )


def _constant(series: Series, stop: int) -> list[str]:
    unchanging = is_constant(torch.from_numpy(series.inputs[:stop])).tolist()
    constant = [name for name, never_changes in zip(series.columns, unchanging, strict=True) if never_changes]
    return [f"The same in all of the training part, and so not scaled: {', '.join(constant)}."] if constant else []


def _about_classes(name: str) -> str:
    task = f"--task classify {setting_of('label_column', name)}"
    return f"Column {name} looks like classes of windows; to tell them: {task}."


def _split_in_words(series: Series, bounds: Mapping[str, tuple[int, int]]) -> str:
    parts = [
        f"{stop - start:,} rows for {name} (from {series.times.written(start)})"
        for name, (start, stop) in bounds.items()
    ]
    unused = len(series) - max(stop for _, stop in bounds.values())
    return f"By time: {', '.join(parts)}" + (f"; the last {unused:,} are not used." if unused else ".")


def _fingerprint(series: Series) -> str:
    total = hashlib.sha256(json.dumps([series.columns, series.targets, series.returns]).encode())
    for array in (series.times.stamps, series.inputs, series.truth):
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()
