"""What is in a series, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from quatrain.data.config import SeriesConfig
from quatrain.data.faults import Fault
from quatrain.data.findings import Heard, Report
from quatrain.data.series.opening import SeriesData, open_table
from quatrain.data.series.reading import Table, read_table
from quatrain.data.series.series import Series
from quatrain.layers.column_scale import is_constant

__all__ = ["SeriesReport", "check_series"]

FAR = 8.0
"""Distances from the median, in median distances from it, beyond which a value is far out."""
WANDERS = 0.99
"""Correlation of neighbouring rows above which a column wanders rather than returns to a mean."""


@dataclass(frozen=True)
class SeriesReport(Report):
    """What a check found."""

    path: str
    n_rows: int
    frequency: str | None
    """In words; None, as all that follows from it, where a fault keeps the series from being used."""
    span: tuple[str, str] | None
    """First and last time stamp."""
    columns: dict[str, dict[str, float]]
    """Of each column of numbers: missing, mean, std, min, max, far_out, autocorrelation."""
    split: str | None
    windows: dict[str, int]
    """Windows of each part."""
    notes: tuple[str, ...]
    faults: tuple[Fault, ...]
    """What keeps the series from being used; the first hundred."""
    n_faults: int
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None

    def contents(self) -> Iterator[str]:
        """How many rows there are and when, each column, and the windows."""
        yield f"{self.path}: {self.n_rows:,} rows" + (f", {self.span[0]} to {self.span[1]}" if self.span else "")
        yield from (_column_line(name, found) for name, found in self.columns.items())
        yield self.split or ""
        if self.windows:
            yield f"windows: {', '.join(f'{name} {count:,}' for name, count in self.windows.items())}"

    def oddities(self) -> tuple[str, ...]:
        """How the series was read."""
        return self.notes


def check_series(config: SeriesConfig) -> SeriesReport:
    """Read a series and report; what is wrong with it is reported, not raised."""
    heard = Heard(config.path)
    table = heard.guard(lambda: read_table(config, heard.fault))
    data = heard.guard(lambda: open_table(table, config)) if table is not None and not heard.n_faults else None
    return SeriesReport(
        path=config.path,
        n_rows=len(table) if table else 0,
        frequency=data.series.frequency.name if data else None,
        span=(table.times.written(0), table.times.written(len(table) - 1)) if table else None,
        columns={name: _about(column) for name, column in table.values.items()} if table else {},
        split=data.split if data else None,
        windows=data.about()["windows"] if data else {},
        notes=data.notes if data else table.notes if table else (),
        faults=tuple(heard.faults),
        n_faults=heard.n_faults,
        warnings=tuple(_warnings(table, data)) if table and data else (),
        fingerprint=data.fingerprint if data else None,
    )


def _about(column: np.ndarray) -> dict[str, float]:
    known = column[~np.isnan(column)]
    if not len(known):
        return {"missing": float(len(column))}
    from_median = np.abs(known - np.median(known))
    return {
        "missing": float(len(column) - len(known)),
        "mean": float(known.mean()),
        "std": float(known.std()),
        "min": float(known.min()),
        "max": float(known.max()),
        "far_out": float((from_median > FAR * max(float(np.median(from_median)), 1e-300)).sum()),
        "autocorrelation": _autocorrelation(known),
    }


def _autocorrelation(values: np.ndarray) -> float:
    """Of neighbouring rows."""
    centred = values - values.mean()
    total = float(centred @ centred)
    return float(centred[1:] @ centred[:-1]) / total if total > 0 else 0.0


def _column_line(name: str, found: dict[str, float]) -> str:
    if "mean" not in found:
        return f"{name}: no number"
    missing = f", {found['missing']:,.0f} missing" if found["missing"] else ""
    return f"{name}: mean {found['mean']:.4g}, {found['min']:.4g} to {found['max']:.4g}{missing}"


def _warnings(table: Table, data: SeriesData) -> Iterator[str]:
    for name, column in table.values.items():
        n_far = _about(column).get("far_out", 0)
        if 0 < n_far < 0.01 * len(column):
            yield f"{n_far:,.0f} values of {name} are far out: are they real?"
    yield from _stationarity(data.series, data.train.stop)


def _stationarity(series: Series, stop: int) -> Iterator[str]:
    wandering = [
        name
        for name, place in zip(series.targets, series.places, strict=True)
        if _autocorrelation(series.inputs[:stop, place]) > WANDERS
    ]
    if wandering and series.returns == "none":
        yield (
            f"These wander more than they return to a mean, so that the last value is hard to beat: "
            f"{', '.join(wandering)}. Prices and the like are better modelled by returns: --set data.returns=log."
        )
    constant = is_constant(torch.from_numpy(series.inputs[:stop])).tolist()
    moved = [
        name
        for name, place in zip(series.targets, series.places, strict=True)
        if not constant[place]
        and abs(float(series.inputs[stop:, place].mean()) - float(series.inputs[:stop, place].mean()))
        > 2 * float(series.inputs[:stop, place].std())
    ]
    if moved:
        yield f"Far from where they were in training, by twice their spread and more: {', '.join(moved)}."
