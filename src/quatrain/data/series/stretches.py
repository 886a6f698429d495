"""Whether a column of words holds classes that stay for a while and come back, as what somebody did, or what goes with
a series: its unit, its name, the month."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from jaxtyping import Float

from quatrain.data.tables import Row
from quatrain.errors import QuatrainError

__all__ = ["are_classes", "like_classes", "read_on"]

LOOKED_AT, CELLS = 20_000, 1_000_000
"""Rows, and cells of them, that are looked at, to see what comes back."""
EACH = 4
"""Rows of a stretch of one label, at least, and on average."""
COMES_BACK = 2
"""Stretches of a label, and labels that have so many, at least."""
NO_LABELS = {
    "unit", "units", "name", "symbol", "ticker", "currency", "flag", "quality", "store", "shop", "holiday", "country",
    "city", "region", "location", "station", "id", "sensor", "month", "weekday", "season", "note", "notes",
}  # fmt: skip
"""What columns of words are called that go with a series."""
LABELS = ("label", "labels", "activity", "class", "target")
"""What columns of numbers are called that may stand for classes."""
MOST_CLASSES = 20
"""Whole numbers of such a column, at most."""
CYCLES: Mapping[int, Callable[[time.struct_time], int]] = {
    365 * 86_400: lambda moment: moment.tm_mon,
    7 * 86_400: lambda moment: moment.tm_wday,
    86_400: lambda moment: moment.tm_hour,
}
"""By the seconds of a cycle, where a moment stands in it: the month of the year, the day of the week, the hour."""


def are_classes(
    name: str, labels: Sequence[str], moments: Sequence[float] | None = None, recordings: Sequence[str] | None = None
) -> bool:
    """Whether a column of words holds the classes of windows: two of them come back, and neither the name of the
    column nor the date says what stands in it.

    Args:
        name: of the column.
        labels: of each row; empty where there is none.
        moments: seconds since 1970 of each row; None where the column of time holds no dates.
        recordings: what tells recordings apart, of each row.

    Example:
        >>> are_classes("activity", ["walk"] * 5 + ["sit"] * 5 + ["walk"] * 5 + ["sit"] * 5)
        True
        >>> are_classes("unit", ["EUR"] * 20), are_classes("state", ["new", "old"] * 10)
        (False, False)
    """
    is_usual = name.strip().lower() not in NO_LABELS
    return is_usual and _come_back(labels, recordings) and not (moments and _follow_the_date(labels, moments))


def like_classes(columns: Mapping[str, Float[np.ndarray, " n"]]) -> list[str]:
    """The columns of numbers that are called as labels are, and hold a few whole numbers that come back in stretches.

    Example:
        >>> like_classes({"label": np.repeat([0.0, 1.0, 0.0, 1.0], 10), "x": np.arange(40.0)})
        ['label']
    """
    return [name for name, values in columns.items() if name.strip().lower() in LABELS and _count_classes(values)]


def _count_classes(values: Float[np.ndarray, " n"]) -> bool:
    """Whether numbers are whole, few, and come back in stretches."""
    known = np.unique(values)
    is_few = len(known) <= MOST_CLASSES and bool((known % 1 == 0).all())
    return is_few and _come_back([str(int(value)) for value in values])


def read_on(first: Sequence[Row], rest: Iterator[Row]) -> list[Row]:
    """The first rows of a table and those that follow, up to one that cannot be read: there are enough before it."""
    rows = list(first)
    most = min(LOOKED_AT, CELLS // max(len(row) for _, row in first))
    with contextlib.suppress(QuatrainError):
        rows.extend(itertools.islice(rest, max(most - len(rows), 0)))
    return rows


def _come_back(labels: Sequence[str], recordings: Sequence[str] | None = None) -> bool:
    """Whether labels stay for a while, and two of them come in several stretches."""
    rows = zip(labels, recordings or itertools.repeat(""), strict=False)
    stretches = [(label, len(list(same))) for (label, _), same in itertools.groupby(rows)]
    counts = Counter(label for label, n_rows in stretches if label and n_rows >= EACH)
    n_back = sum(count >= COMES_BACK for count in counts.values())
    return n_back >= COMES_BACK and EACH * len(stretches) <= len(labels)


def _follow_the_date(labels: Sequence[str], moments: Sequence[float]) -> bool:
    """Whether the same month, day of the week or hour has the same label, over more than one year, week or day."""
    span = max(moments) - min(moments)
    dates = [time.gmtime(moment) for moment in moments]
    return any(
        span >= seconds and len({*zip(map(place, dates), labels, strict=True)}) == len({*map(place, dates)})
        for seconds, place in CYCLES.items()
    )
