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
from quatrain.data.series.splitting import bounds_of, lengths_of, parts_of, refuse_short
from quatrain.data.series.stretches import like_classes
from quatrain.layers.column_scale import is_constant

__all__ = ["SeriesData", "open_series", "open_table"]

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
    bounds = bounds_of(series, resolved, config)
    train, *later = parts_of(series, resolved, bounds)
    refuse_short([train, *later], bounds, resolved, config)
    refuse_overlap([train, *later])
    if not config.allow_leak:
        refuse_leaks(series, bounds["training"][1], train.horizon)
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
    input_len, horizon = lengths_of(len(series), series, config)
    return config.replace(
        columns=series.columns,
        targets=series.targets,
        returns=series.returns,
        horizon=horizon,
        input_len=input_len,
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
