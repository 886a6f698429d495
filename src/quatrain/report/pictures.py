"""A chart with what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from quatrain.report.facts import Table


@dataclass(frozen=True)
class Picture:
    """A chart with its title, its key, its caption, and its numbers for those who want them."""

    title: str
    chart: Markup
    caption: str
    key: Sequence[tuple[str, str]] = ()
    """(style, name) of what is drawn, where there are several."""
    table: Table | None = None
