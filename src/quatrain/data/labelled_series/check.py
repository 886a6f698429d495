"""What is in some labelled windows, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.faults import Fault
from quatrain.data.findings import (
    Finding,
    Heard,
    Report,
    class_shares,
    class_warnings,
    is_contradictory,
    is_repeated,
    together,
)
from quatrain.data.labelled.classes import class_counts, in_order
from quatrain.data.labelled_series.opening import open_read
from quatrain.data.labelled_series.read import LabelledWindows, ReadWindows
from quatrain.data.labelled_series.reading import read_windows
from quatrain.data.stratified import content_hashes

__all__ = ["WindowReport", "check_windows"]


@dataclass(frozen=True)
class WindowReport(Report):
    """What a check found. Counts are over all parts; places are files and lines."""

    path: str
    n_windows: int
    windows: dict[str, int]
    """Of each part."""
    classes: tuple[str, ...]
    class_counts: dict[str, dict[str, int]]
    """By part and class."""
    imbalance: float | None
    """How many times more frequent the largest class of the training part is than the smallest."""
    length: int | None
    """Rows of a window; None, as what follows from it, where a fault keeps the data from being used."""
    columns: tuple[str, ...]
    split: str | None
    """How the windows are split, in a sentence."""
    faults: tuple[Fault, ...]
    """What keeps the data from being used; the first hundred."""
    n_faults: int
    notes: tuple[str, ...]
    """What was found out or left out, in sentences."""
    missing: Finding
    """Windows in which a number is missing."""
    constant: Finding
    """Windows of which no column ever changes."""
    duplicates: Finding
    """Windows equal to an earlier one of the same part and class."""
    contradictory: Finding
    """Training windows that stand there in another class, too: one of them is wrong."""
    leaks: dict[str, Finding]
    """Windows of every other part that stand in training."""
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None
    """As `WindowData.fingerprint`."""

    def lines(self) -> list[str]:
        """The report for a person: what there is, then what is wrong (ERROR) and what looks odd (note)."""
        found = {
            "windows in which a number is missing": self.missing,
            "windows that never change": self.constant,
            "windows equal to an earlier one": self.duplicates,
            "training windows that stand in another class, too": self.contradictory,
            **{f"windows of {part} that stand in training, too": leak for part, leak in self.leaks.items()},
        }
        n_columns = f"{len(self.columns)} columns" if len(self.columns) > 1 else "1 column"
        lines = [
            f"{self.path}: {self.n_windows:,} windows of {len(self.classes)} classes",
            f"{self.length:,} rows of {n_columns} each" if self.length else "",
            self.split or "",
            *(f"{part}: {class_shares(counts)}" for part, counts in self.class_counts.items()),
            *self.error_lines(),
            *(f"note: {note}" for note in self.notes),
            *(f"note: {what}: {finding}" for what, finding in found.items() if finding.count),
            *(f"note: {warning}" for warning in self.warnings),
        ]
        return [line for line in lines if line]


def check_windows(config: LabelledSeriesConfig) -> WindowReport:
    """Read everything there is, and tell what is found."""
    heard = Heard(config.path)
    read = heard.guard(lambda: read_windows(config, heard.fault)) or ReadWindows(config.path, {}, (), config)
    data = heard.guard(lambda: open_read(read)) if not heard.n_faults else None
    counts = class_counts(data, {name: part.labels for name, part in read.parts.items()})
    n_train = counts.get("train", {})
    parts = data.parts if data else {}
    hashes = {name: content_hashes(window.tobytes() for window in part.values) for name, part in parts.items()}
    return WindowReport(
        path=config.path,
        n_windows=sum(map(len, read.parts.values())),
        windows={name: len(part) for name, part in (parts or read.parts).items()},
        classes=in_order(label for part in read.parts.values() for label in part.labels),
        class_counts=counts,
        imbalance=max(n_train.values()) / max(min(n_train.values()), 1) if n_train else None,
        length=data.train.mean_length if data else None,
        columns=read.columns,
        split=data.split if data else None,
        faults=tuple(heard.faults),
        n_faults=heard.n_faults,
        notes=read.notes,
        missing=together((part.places, _has_gaps(part)) for part in read.parts.values()),
        constant=together((part.places, _is_constant(part)) for part in read.parts.values()),
        duplicates=together((part.places, is_repeated(hashes[name], part.labels)) for name, part in parts.items()),
        contradictory=together(
            [(data.train.places, is_contradictory(hashes["train"], data.train.labels))] if data else []
        ),
        leaks={
            name: together([(part.places, np.isin(hashes[name], hashes["train"]))])
            for name, part in parts.items()
            if name != "train"
        },
        warnings=tuple(class_warnings(counts)),
        fingerprint=data.fingerprint if data else None,
    )


def _has_gaps(part: LabelledWindows) -> Bool[np.ndarray, " n"]:
    return np.array([bool(np.isnan(window).any()) for window in part.windows], bool)


def _is_constant(part: LabelledWindows) -> Bool[np.ndarray, " n"]:
    return np.array([bool((window == window[:1]).all()) for window in part.windows], bool)
