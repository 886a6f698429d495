"""Small windows of waves and steps, in every form they come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

CLASSES = ("wave", "step")


def windows(n: int, length: int = 12, n_columns: int = 1, seed: int = 0) -> tuple[np.ndarray, list[str]]:
    """Windows (n, length, columns) and the class of each, waves and steps in turn."""
    draw, moments = np.random.default_rng(seed), np.arange(length)
    labels = [CLASSES[i % 2] for i in range(n)]
    shapes = {"wave": np.sin(moments), "step": np.sign(moments - length / 2)}
    values = np.stack([shapes[label] for label in labels])[:, :, None] + draw.normal(0, 0.1, (n, length, n_columns))
    return values.round(4), labels


def write_rows(path: Path, values: np.ndarray, labels: Sequence[str], mark: str = "\t") -> Path:
    """A window a row: the label, then the numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = (mark.join([label, *map(str, row[:, 0])]) for row, label in zip(values, labels, strict=True))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_ts(path: Path, values: Sequence[np.ndarray], labels: Sequence[str], header: str = "") -> Path:
    """A file of the archive."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = f"# about it\n@problemName toy\n{header}@classLabel true {' '.join(sorted({*labels}))}\n@data\n"
    lines = (
        ":".join([*(",".join(map(str, column)) for column in row.T), label])
        for row, label in zip(values, labels, strict=True)
    )
    path.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_table(
    path: Path, stretches: Sequence[tuple[str, int]], groups: Sequence[str] | None = None, *, dated: bool = False
) -> Path:
    """A long table: so many rows of each label, one stretch after another; a recording for each, where they are named.

    The first number counts all rows, so that it can be told which rows a window has.
    """
    draw, rows, count = np.random.default_rng(0), [], 0
    moments: Counter[str] = Counter()  # of each recording
    head = ["when" if dated else "time", "count", "x", *(["person"] if groups else []), "activity"]
    for place, (label, n) in enumerate(stretches):
        for _ in range(n):
            group = groups[place] if groups else ""
            moment = moments[group]
            moments[group] += 1
            stamp = f"2026-01-01 {moment // 60:02}:{moment % 60:02}:00" if dated else f"{0.02 * moment:.2f}"
            cells = [stamp, str(count), f"{draw.normal() + (label == 'walk'):.3f}"]
            rows.append(",".join([*cells, *([group] if groups else []), label]))
            count += 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([",".join(head), *rows]) + "\n", encoding="utf-8")
    return path
