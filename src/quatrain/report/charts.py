"""Charts as inline SVG: lines over an axis, and intervals side by side.

A chart fills the width it is given at the same size of type on every screen: positions are percentages, only
the paths are stretched. Colours are classes (`train`, `val`, `level`, ...) that the page's style sheet knows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from markupsafe import Markup

from quatrain.report.quantities import decimal, interval, scientific, short
from quatrain.report.text import visible

Point = tuple[float, float]
GRAIN = 1000
"""Units across the stretched box in which paths are drawn."""


@dataclass(frozen=True)
class Line:
    """Points joined in order; `dots` marks each of them too."""

    name: str
    style: str
    points: Sequence[Point]
    dots: bool = False


@dataclass(frozen=True)
class Level:
    """A horizontal line; the key under the title names it."""

    name: str
    style: str
    value: float


@dataclass(frozen=True)
class Axis:
    """A range of numbers and where each of them stands in it."""

    low: float
    high: float

    @classmethod
    def over(cls, values: Sequence[float], margin: float = 0.0) -> Axis:
        """The range of some values, wider by a share `margin` on both ends and never empty."""
        low, high = min(values), max(values)
        room = (high - low) * margin
        if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
            room = abs(low) * 0.1 or 0.5
        return cls(low - room, high + room)

    def share(self, value: float) -> float:
        """0 at the low end, 1 at the high end."""
        return (value - self.low) / (self.high - self.low)

    def ticks(self, n_wanted: int) -> list[float]:
        """Round numbers (1, 2 or 5 times a power of ten apart) within the range."""
        rough = (self.high - self.low) / n_wanted
        power = 10.0 ** math.floor(math.log10(rough))
        gap = next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))
        first, last = math.ceil(self.low / gap - 1e-9), math.floor(self.high / gap + 1e-9)
        return [tick * gap for tick in range(first, last + 1)]


def line_chart(
    lines: Sequence[Line],
    *,
    x_name: str,
    y_name: str,
    description: str,
    levels: Sequence[Level] = (),
    y_axis: Axis | None = None,
    right: tuple[str, float] | None = None,
    n_ticks: int = 4,
) -> Markup:
    """Draw lines over a common x axis.

    Args:
        description: what the chart shows, in words, for those who do not see it.
        y_axis: the part of y to show; the whole of it by default. Lines are cut at its ends.
        right: name of a second unit of y and the factor that turns y into it; its ticks stand on the right.
        n_ticks: about how many numbers stand along y.
    """
    points = [point for line in lines for point in line.points]
    x = Axis.over([point[0] for point in points])
    y = y_axis or Axis.over([point[1] for point in points] + [level.value for level in levels], margin=0.06)
    chart = _chart("chart with-right" if right else "chart", description)
    _y_ticks(chart, y, y_name, n_ticks)
    if right:
        _right_ticks(chart, y, *right, n_ticks)
    _x_ticks(chart, x, x_name)
    box = _add(chart, "svg", width="100%", height="100%", viewBox=f"0 0 {GRAIN} {GRAIN}", preserveAspectRatio="none")
    for line in lines:
        _add(box, "path", class_=f"line {line.style}", d=_path(line.points, x, y))
    for level in levels:
        _level(chart, level, y)
    for line in lines:
        if line.dots or len(line.points) == 1:
            _dots(chart, line, x, y, f"{x_name}, {y_name}")
    return _markup(chart)


def interval_chart(rows: Sequence[tuple[str, str, float, tuple[float, float]]], *, description: str) -> Markup:
    """Draw values with their intervals under one another: (name, style, value, (low, high)) for each row."""
    x = Axis.over([end for *_, bounds in rows for end in bounds], margin=0.08)
    chart = _chart("chart intervals", description)
    _x_ticks(chart, x, "nats per token", n_wanted=4)
    for place, (name, style, value, bounds) in enumerate(rows):
        height = _percent((place + 0.62) / len(rows))
        low, high = (_percent(x.share(end)) for end in bounds)
        label = _add(chart, "text", class_="name", x="0", y=_percent((place + 0.3) / len(rows)))
        label.text = f"{visible(name)}: {decimal(value)} ({interval(bounds)})"
        _add(chart, "line", class_=f"line {style}", x1=low, x2=high, y1=height, y2=height)
        _add(chart, "circle", class_=f"dot {style}", cx=_percent(x.share(value)), cy=height, r="5")
    return _markup(chart)


def _chart(style: str, description: str) -> ET.Element:
    return ET.Element("svg", {"class": style, "role": "img", "aria-label": visible(description)})


def _add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    return ET.SubElement(parent, tag, {name.rstrip("_"): value for name, value in attributes.items()})


def _markup(chart: ET.Element) -> Markup:
    return Markup(ET.tostring(chart, encoding="unicode", short_empty_elements=False))


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _y_ticks(chart: ET.Element, y: Axis, name: str, n_wanted: int) -> None:
    for tick in y.ticks(n_wanted):
        height = _percent(1 - y.share(tick))
        _add(chart, "line", class_="grid", x1="0", x2="100%", y1=height, y2=height)
        _add(chart, "text", class_="tick left", x="-8", y=height, dy="0.32em").text = scientific(tick)
    if name:
        _add(chart, "text", class_="unit", x="-44", y="0", dy="-14").text = name


def _right_ticks(chart: ET.Element, y: Axis, name: str, factor: float, n_wanted: int) -> None:
    for tick in Axis(y.low * factor, y.high * factor).ticks(n_wanted):
        height = _percent(1 - y.share(tick / factor))
        _add(chart, "text", class_="tick", x="100%", dx="8", y=height, dy="0.32em").text = scientific(tick)
    _add(chart, "text", class_="unit end", x="100%", dx="40", y="0", dy="-14").text = name


def _x_ticks(chart: ET.Element, x: Axis, name: str, n_wanted: int = 5) -> None:
    _add(chart, "line", class_="axis", x1="0", x2="100%", y1="100%", y2="100%")
    for tick in x.ticks(n_wanted):
        place = _percent(x.share(tick))
        _add(chart, "text", class_="tick below", x=place, y="100%", dy="20").text = scientific(tick)
    _add(chart, "text", class_="unit end", x="100%", y="100%", dy="40").text = name


def _path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    places = (f"{GRAIN * x.share(px):.1f} {GRAIN * (1 - y.share(py)):.1f}" for px, py in points)
    return "M" + "L".join(places) if points else ""


def _level(chart: ET.Element, level: Level, y: Axis) -> None:
    if not y.low <= level.value <= y.high:
        return
    height = _percent(1 - y.share(level.value))
    _add(chart, "line", class_=f"line {level.style}", x1="0", x2="100%", y1=height, y2=height)


def _dots(chart: ET.Element, line: Line, x: Axis, y: Axis, units: str) -> None:
    for px, py in line.points:
        if y.low <= py <= y.high:
            place = {"cx": _percent(x.share(px)), "cy": _percent(1 - y.share(py))}
            dot = _add(chart, "circle", class_=f"dot {line.style}", r="3.5", **place)
            _add(dot, "title").text = f"{line.name}: {short(px)}, {short(py)} ({units})"
