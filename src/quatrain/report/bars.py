"""Bars side by side as inline SVG: the same measure of several models, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from quatrain.report.scales import Axis
from quatrain.report.svg import add, draw_x_axis, markup, new_chart, percent
from quatrain.report.text import visible

BAR = 0.24
"""Thickness of a bar, as a share of its group where that holds two."""
HEADING = 0.4
"""What the name of a group takes of its height."""


@dataclass(frozen=True)
class Group:
    """Bars under one name."""

    name: str
    bars: Sequence[tuple[str, float]]
    """(style, value) of each."""


def bar_chart(groups: Sequence[Group], *, x_name: str, description: str) -> Markup:
    """Draw groups of bars under one another, from zero to the right.

    Args:
        description: what the chart shows, in words, for those who do not see it.
    """
    chart = new_chart("chart bars", description)
    chart.set("style", f"--rows: {len(groups)}")
    most = max((value for group in groups for _, value in group.bars), default=0.0)
    x = Axis(0, most * 1.04 or 1.0)
    draw_x_axis(chart, x, x_name, n_wanted=4)
    for place, group in enumerate(groups):
        top = place / len(groups)
        name = add(chart, "text", class_="name", x="0", y=percent(top + 0.28 / len(groups)))
        name.text = visible(group.name)
        thickness = 2 * BAR / max(len(group.bars), 2)
        for number, (style, value) in enumerate(group.bars):
            y = percent(top + (HEADING + number * thickness) / len(groups))
            height = percent(thickness * 0.86 / len(groups))
            add(chart, "rect", class_=f"bar {style}", x="0", y=y, height=height, width=percent(x.share(value)))
    return markup(chart)
