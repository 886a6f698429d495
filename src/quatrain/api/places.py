"""Where results go that were given no place: runs/NAME, runs/NAME-2, ..."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, takewhile
from os import PathLike
from pathlib import Path
from typing import Any

from quatrain.errors import ConfigError

__all__ = ["RUNS", "free_place", "last_place", "name_of", "path_of"]

RUNS = Path("runs")


def path_of(data: Any) -> str:
    """The path of some data, or its name where it is embedded.

    Raises:
        ConfigError: it is neither, but the data itself.
    """
    if isinstance(data, str | PathLike):
        return str(data)
    raise ConfigError(
        f"{type(data).__name__}: data is named by its path. Save it first, a frame as a table, for example "
        "frame.to_csv('data.csv', index=False), and give 'data.csv'."
    )


def name_of(data: str | None) -> str:
    """What a result is called after its data: `poems` for `texts/poems.txt.gz`."""
    return Path(data or "run").name.split(".")[0] or "run"


def free_place(name: str) -> Path:
    """The first that is not there yet."""
    return next(path for path in _places(name) if not path.exists())


def last_place(name: str) -> Path:
    """The last that is there; the first of all where there is none."""
    there = list(takewhile(Path.exists, _places(name)))
    return there[-1] if there else RUNS / name


def _places(name: str) -> Iterator[Path]:
    yield RUNS / name
    yield from (RUNS / f"{name}-{number}" for number in count(2))
