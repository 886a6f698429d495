"""From a path to labelled windows in parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt64

from quatrain.data.classes import ClassedData, classes_of, keep_labels, numbered, split_parts, training_part
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.hashes import content_hashes
from quatrain.data.labelled_series.part import Scale, WindowExamples
from quatrain.data.labelled_series.read import LabelledWindows, ReadWindows
from quatrain.data.labelled_series.reading import read_windows
from quatrain.data.labelled_series.shaping import SET_LINE, shape_of, shaped
from quatrain.errors import DataError

__all__ = ["WindowData", "encode_windows", "open_read", "open_windows"]

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class WindowData(ClassedData[WindowExamples]):
    """Labelled windows, split."""

    columns: tuple[str, ...]
    config: LabelledSeriesConfig
    """What was asked for, with everything that was found out."""

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        return super().about() | {
            "length": self.train.mean_length,
            "columns": list(self.columns),
            "fingerprint": self.fingerprint,
        }


def open_windows(config: LabelledSeriesConfig, *, say: Say = lambda _: None) -> WindowData:
    """Read, cut and split labelled windows.

    Args:
        say: told, in sentences, what is going on.
    Raises:
        DataError: the data cannot be read (missing, empty, damaged, without labels), there is too little of it or only
            one class, a part has a class that training lacks, windows differ in shape, or numbers are missing.
        MissingExtra: a parquet file, and polars is not installed.
    """
    return open_read(read_windows(config), say=say)


def open_read(read: ReadWindows, *, say: Say = lambda _: None) -> WindowData:
    """`open_windows`, from what was read already."""
    config = read.config
    try:
        parts, split = _split(read, config.val_fraction)
        parts["train"] = keep_labels(parts["train"], config.n_labels, config.label_seed)
        classes = classes_of(parts)
        shape = shape_of([*parts.values()], config.length)
        values = {name: _values(part, shape, config) for name, part in parts.items()}
    except DataError as error:
        is_placed = str(error).startswith(config.path)
        raise DataError(str(error) if is_placed else f"{config.path}: {error}") from None
    for note in read.notes:
        say(note)
    scale = Scale.of(values["train"])
    examples = {
        name: WindowExamples(values[name], numbered(part, classes), classes, part.places, scale)
        for name, part in parts.items()
    }
    return WindowData(
        train=examples.pop("train"),
        val=examples.pop("val"),
        tests=examples,
        columns=read.columns,
        config=config,
        name=read.name,
        fingerprint=_fingerprint(parts, values),
        split=split,
        notes=read.notes,
    )


def encode_windows(
    config: LabelledSeriesConfig,
    classes: tuple[str, ...],
    shape: tuple[int, int],
    scale: Scale,
    say: Say = lambda _: None,
) -> dict[str, WindowExamples]:
    """All of some labelled windows, by part, for a model that is trained already.

    Args:
        config: as it was found out when the model was trained, with another path.
        shape: rows and columns that the model reads.
    Raises:
        DataError: the data cannot be read, or has a class or a shape that the model does not know.
    """
    read = read_windows(config, is_whole=True)
    for note in read.notes:
        say(note)
    return {
        name: WindowExamples(_values(part, shape, config), numbered(part, classes), classes, part.places, scale)
        for name, part in read.parts.items()
        if len(part)
    }


def _values(part: LabelledWindows, shape: tuple[int, int], config: LabelledSeriesConfig) -> np.ndarray:
    return shaped(part, shape, stretch=config.length is not None, missing=config.missing, advice=SET_LINE)


def _split(read: ReadWindows, val_fraction: float) -> tuple[dict[str, LabelledWindows], str]:
    """train, val and test, and how they came to be, in a sentence.

    Raises:
        DataError: there is no training part, a part is empty, or no class has two different windows.
    """
    training_part(read.parts, "window")
    empty = [name for name, part in read.parts.items() if not len(part)]
    if empty:
        counts = ", ".join(f"{name} {len(part):,}" for name, part in read.parts.items())
        raise DataError(
            f"no window is left for {' and '.join(empty)} ({counts}). Cut shorter windows (--set data.length=...), or "
            "split otherwise: data.val_fraction, data.test_fraction."
        )
    if read.split:
        return dict(read.parts), read.split
    return split_parts(read.parts, val_fraction, _hashes, example="window", content="numbers")


def _hashes(part: LabelledWindows) -> UInt64[np.ndarray, " n"]:
    return content_hashes(np.ascontiguousarray(window).tobytes() for window in part.windows)


def _fingerprint(parts: dict[str, LabelledWindows], values: dict[str, np.ndarray]) -> str:
    """Of numbers and labels in their parts; not of where and how they lie on the disk."""
    total = hashlib.sha256()
    for name, part in parts.items():
        total.update(json.dumps([name, *values[name].shape]).encode())
        total.update("\n".join(part.labels).encode())
        total.update(values[name].tobytes())
    return total.hexdigest()
