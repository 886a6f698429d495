"""Whether a table looks like a series, so that the task need not be named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from quatrain.data.config import SeriesConfig
from quatrain.data.faults import ignore_skip, refuse
from quatrain.data.files import find_files, locate
from quatrain.data.series.numbers import number_of
from quatrain.data.series.reading import SAMPLE, rows_of
from quatrain.data.series.times import TIME_NAMES, Stamp, parse_stamp
from quatrain.data.tables import TABLES
from quatrain.errors import QuatrainError

__all__ = ["looks_like_series"]


def looks_like_series(path: str) -> bool:
    """Whether this is a table of dates and numbers alone, in the order of time.

    What cannot be read does not look like anything.
    """
    try:
        place = locate(path)
        if len(place.paths) != 1:
            return False
        for file in find_files(place, refuse, ignore_skip):
            if PurePosixPath(file.name).suffix not in TABLES:
                return False
            return _is_timed([row for _, row in islice(rows_of(file, SeriesConfig(path=path), refuse), SAMPLE)])
    except QuatrainError:
        pass
    return False


def _is_timed(rows: list[Mapping[str, Any]]) -> bool:
    if len(rows) < 3:
        return False
    stamps = {name: [parse_stamp(str(row.get(name))) for row in rows] for name in rows[0]}
    timed = next((name for name, found in stamps.items() if _is_time(found, name)), None)
    if timed is None or len(rows[0]) < 2:
        return False
    steps = np.diff([stamp[0] for stamp in stamps[timed] if stamp])
    others = [number_of(row.get(name)) for row in rows for name in row if name != timed]
    n_missing = sum(number is not None and math.isnan(number) for number in others)
    return bool((steps > 0).all() or (steps < 0).all()) and None not in others and n_missing < len(others) / 2


def _is_time(found: Sequence[Stamp | None], name: str) -> bool:
    """Dates, or growing whole numbers in a column with a usual name."""
    if None in found:
        return False
    styles = {stamp[1] for stamp in found if stamp}
    return "integer" not in styles or (styles == {"integer"} and name.strip().lower() in TIME_NAMES)
