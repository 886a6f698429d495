"""Time stamps that name their offset from UTC: on which clock they are counted, and how those to come are written."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quatrain.data.cells import Stamp, Style, Times, zone_of

__all__ = ["times_of"]

DAY = 86_400
FINER: tuple[Style, ...] = ("integer", "month", "day", "minute", "second")
"""Styles, the finest last."""


def times_of(stamps: Sequence[Stamp], cells: Sequence[str]) -> tuple[Times, list[str]]:
    """The stamps of a table, and what is to be said of their offsets.

    All are told on the clock of the last row. Where the offset changes, as with summer time, and every row has the
    same time of day on its own clock (a row a day, or a month), each stays on its own: days remain days.

    Args:
        stamps: in seconds since 1970 (UTC), or whole numbers.
        cells: as they are written; as many.
    """
    style = max((stamp[1] for stamp in stamps), key=FINER.index)
    seconds = np.array([stamp[0] for stamp in stamps], np.int64)
    found = [zone_of(cell) for cell in cells] if style != "integer" else []
    if not any(found):
        return Times(seconds, style), []
    offsets = np.array([zone[1] if zone else 0 for zone in found], np.int64)
    last = int(seconds.argmax())
    zone = (found[last] or ("+00:00", 0))[0]
    if len(np.unique(offsets)) == 1:
        return Times(seconds + offsets, style, zone), [f"Time stamps are told with their offset from UTC, {zone}."]
    names = ", ".join(dict.fromkeys(one[0] if one else "none, read as UTC" for one in found))
    own = seconds + offsets
    keeps_days = len(np.unique(own % DAY)) == 1
    how = "each stays on its own clock" if keeps_days else "rows are counted in time as it passes"
    note = f"The offset of the time stamps from UTC changes ({names}): {how}, and all is told in the last, {zone}."
    return Times(own if keeps_days else seconds + offsets[last], style, zone), [note]
