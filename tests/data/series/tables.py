"""Small tables of numbers, written as a person would have them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

Columns = Mapping[str, Sequence[object] | np.ndarray]


def hours(n: int) -> list[str]:
    """Time stamps an hour apart."""
    start = dt.datetime(2024, 1, 1)
    return [(start + dt.timedelta(hours=i)).isoformat(sep=" ") for i in range(n)]


def days(n: int) -> list[str]:
    """Dates a day apart."""
    return [(dt.date(2024, 1, 1) + dt.timedelta(days=i)).isoformat() for i in range(n)]


def write(path: Path, columns: Columns) -> Path:
    """A .csv."""
    rows = [",".join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join([",".join(columns), *rows]) + "\n", encoding="utf-8")
    return path


def wave(n: int, seed: int = 0, period: int = 24) -> np.ndarray:
    """A season with noise."""
    noise = np.random.default_rng(seed).normal(size=n)
    return np.round(10 + 3 * np.sin(2 * np.pi * np.arange(n) / period + seed) + 0.5 * noise, 4)


def walk(n: int, seed: int = 0) -> np.ndarray:
    """A price whose returns nothing foretells."""
    return np.round(100 * np.exp(np.cumsum(0.01 * np.random.default_rng(seed).normal(size=n))), 6)
