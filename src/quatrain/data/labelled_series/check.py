"""What is in some labelled windows, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool

from quatrain.data.classes import ComparedReport, alike, in_common
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.findings import Finding, Heard, together
from quatrain.data.hashes import content_hashes
from quatrain.data.labelled_series.opening import open_read
from quatrain.data.labelled_series.read import LabelledWindows, ReadWindows
from quatrain.data.labelled_series.reading import read_windows

__all__ = ["WindowReport", "check_windows"]


@dataclass(frozen=True, kw_only=True)
class WindowReport(ComparedReport):
    """What a check found. Counts are over all parts; places are files and lines."""

    examples: ClassVar[str] = "windows"

    n_windows: int
    windows: dict[str, int]
    """Of each part."""
    length: int | None
    """Rows of a window; None where a fault keeps the data from being used."""
    columns: tuple[str, ...]
    missing: Finding
    """Windows in which a number is missing."""
    constant: Finding
    """Windows of which no column ever changes."""

    def contents(self) -> Iterator[str]:
        """How many windows there are, of which shape, and their classes."""
        yield f"{self.path}: {self.n_windows:,} windows of {len(self.classes)} classes"
        if self.length:
            n_columns = f"{len(self.columns)} columns" if len(self.columns) > 1 else "1 column"
            yield f"{self.length:,} rows of {n_columns} each"
        yield from self.shares()

    def findings(self) -> dict[str, Finding]:
        """Windows that lack something, or show nothing."""
        return {"windows in which a number is missing": self.missing, "windows that never change": self.constant}


def check_windows(config: LabelledSeriesConfig) -> WindowReport:
    """Read everything there is, and tell what is found."""
    heard = Heard(config.path)
    read = heard.guard(lambda: read_windows(config, heard.fault)) or ReadWindows(config.path, {}, (), config)
    data = heard.guard(lambda: open_read(read)) if not heard.n_faults else None
    parts = data.parts if data else {}
    return WindowReport(
        **in_common(heard, {name: part.labels for name, part in read.parts.items()}, data),
        **alike(parts, lambda part: content_hashes(window.tobytes() for window in part.values)),
        n_windows=sum(map(len, read.parts.values())),
        windows={name: len(part) for name, part in (parts or read.parts).items()},
        length=data.train.mean_length if data else None,
        columns=read.columns,
        notes=read.notes,
        missing=together((part.places, _has_gaps(part)) for part in read.parts.values()),
        constant=together((part.places, _is_constant(part)) for part in read.parts.values()),
    )


def _has_gaps(part: LabelledWindows) -> Bool[np.ndarray, " n"]:
    return np.array([bool(np.isnan(window).any()) for window in part.windows], bool)


def _is_constant(part: LabelledWindows) -> Bool[np.ndarray, " n"]:
    return np.array([bool((window == window[:1]).all()) for window in part.windows], bool)
