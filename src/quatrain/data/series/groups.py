"""Several series below one another in a table, side by side: a column for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quatrain.data.cells import Mark, MomentColumns, numbers_of
from quatrain.data.config import SeriesConfig
from quatrain.data.faults import Fault, OnFault
from quatrain.data.tables import Row, column_of
from quatrain.errors import DataError, suggest

__all__ = ["side_by_side"]


def side_by_side(
    rows: Sequence[Row],
    moments: MomentColumns,
    columns: Sequence[str],
    mark: Mark | None,
    source: str,
    config: SeriesConfig,
    on_fault: OnFault,
) -> tuple[list[Row], SeriesConfig]:
    """A row a moment: column `sales` of store `Rome` becomes `sales Rome`. And the config, that asks for these.

    Args:
        columns: those that hold no time stamps.
        mark: what stands before decimals.

    Raises:
        DataError: there is no such column.
    """
    groups = config.group_column or ()
    for name in groups:
        if name not in columns:
            raise DataError(f"{source}: no column is called {name!r}. {suggest(name, columns)}")
    values = [name for name in columns if name not in groups and numbers_of(column_of(rows, name), mark).is_numeric]
    wide: dict[str, dict[str, Any]] = {}
    lines: dict[str, int] = {}
    series: dict[str, None] = {}
    for (line, row), moment in zip(rows, moments.cells(row for _, row in rows), strict=True):
        one = " ".join(str(row.get(name)).strip() for name in groups)
        series[one] = None
        cells = wide.setdefault(moment, {name: row.get(name) for name in moments.names})
        lines.setdefault(moment, line)
        if any(f"{name} {one}" in cells for name in values):
            wanted = ",".join((*groups, "OTHER"))
            advice = f"Keep one row of each, or name what else tells them apart: --set data.group_column={wanted}."
            on_fault(Fault(source, f"{moment!r} stands twice for {one!r}", advice, line))
        cells |= {f"{name} {one}": row.get(name) for name in values}
    several = {name: [f"{name} {one}" for one in series] for name in values}
    filled = {name: None for names in several.values() for name in names}
    asked = config.replace(columns=_each(config.columns, several), targets=_each(config.targets, several), sort=True)
    return [(lines[moment], {**filled, **cells}) for moment, cells in wide.items()], asked


def _each(names: tuple[str, ...] | None, several: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """Names of columns, one that became several as these."""
    return None if names is None else tuple(wide for name in names for wide in several.get(name, (name,)))
