"""Which column of a long table is what: labels, recordings, time, words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quatrain.data.cells import TIME_NAMES, MomentColumns, moment_columns, numbers_of, spelling_of
from quatrain.data.classes.labels import label_column
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.tables import Row, is_text
from quatrain.errors import DataError, suggest

__all__ = ["SAMPLE", "Roles", "roles_of"]

SAMPLE = 200
"""Rows looked at to tell columns apart."""
LABEL_NAMES = ("activity", "gesture", "state", "behaviour", "behavior", "phase", "condition", "event")
"""What columns of labels are called besides `label`, `class` and the like."""
GROUP_NAMES = (
    "subject", "subject_id", "person", "participant", "user", "user_id", "patient", "recording", "session", "trial",
    "series_id", "group",
)  # fmt: skip
"""What columns are called that tell recordings or people apart."""
MOMENT_NAMES = (*TIME_NAMES, "seconds", "ms", "elapsed", "sample", "frame")
"""What columns of time are called."""
MOST = 0.5
"""Share of cells that are moments in a column of them."""


@dataclass(frozen=True)
class Roles:
    """Which column is what."""

    label: str | None
    """None: there is none."""
    group: str | None
    """None: all rows are one recording."""
    moments: MomentColumns | None
    """The columns of time; None: rows stand in the order of time."""
    words: tuple[str, ...]
    """Columns of words besides these."""

    @property
    def taken(self) -> tuple[str | None, ...]:
        """The columns that hold no values."""
        return (self.label, self.group, *(self.moments.names if self.moments else ()))


def roles_of(rows: Sequence[Row], source: str, config: LabelledSeriesConfig) -> Roles:
    """Which column is what, by the settings, by the usual names, by what stands in them.

    Raises:
        DataError: a column that is asked for is not there.
    """
    sample = [row for _, row in rows[:SAMPLE]]
    names = list(dict.fromkeys(name for row in sample for name in row))
    for setting in ("time_column", "group_column", "label_column"):
        wanted = getattr(config, setting)
        if wanted is not None and wanted not in names:
            advice = f"{suggest(wanted, names)} Name it: --set data.{setting}=NAME."
            raise DataError(f"{source}: no column is called {wanted!r}. {advice}")
    label, group = config.label_column, config.group_column
    moments = _moment_columns(sample, [name for name in names if name not in (label, group)], config.time_column)
    time = moments.names if moments else ()
    group = group or _usual(names, GROUP_NAMES, without=(label, *time))
    words = [name for name in names if name not in (*time, group, label) and _holds_words(sample, name)]
    usual = _usual(names, LABEL_NAMES, without=(*time, group)) or label_column(names, without=(*time, group))
    label = label or usual or (words[0] if len(words) == 1 else None)
    return Roles(label, group, moments, tuple(name for name in words if name != label))


def _moment_columns(
    sample: Sequence[Mapping[str, Any]], names: Sequence[str], wanted: str | None
) -> MomentColumns | None:
    """The columns of dates, if these are several; else the first column of dates or numbers that is called as time is,
    or of dates."""
    found = moment_columns(sample, names, wanted)
    if wanted is not None or (found is not None and len(found.names) > 1):
        return found
    usual = [name for name in names if name.strip().lower() in MOMENT_NAMES and _is_time(sample, name)]
    return MomentColumns(usual[0]) if usual else found


def _holds_words(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether a column holds words, rather than numbers with a comma before the decimals, or with mistakes."""
    cells = [row.get(name) for row in sample]
    return any(map(is_text, cells)) and not numbers_of(cells).is_numeric


def _is_time(sample: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether most cells are dates, or numbers."""
    cells = [row.get(name) for row in sample]
    n_read = spelling_of([str(cell) for cell in cells], name).n_read
    return max(n_read, numbers_of(cells).n_numbers) > MOST * len(sample)


def _usual(names: Sequence[str], usual: Iterable[str], without: Sequence[str | None]) -> str | None:
    lower = {name.strip().lower(): name for name in names if name not in without}
    return next((lower[name] for name in usual if name in lower), None)
