"""Charts as inline SVG: lines over an axis, and intervals under one another.

A chart fills the width it is given at the same size of type on every screen: positions are percentages, only
the paths are stretched. Colours are classes (`train`, `val`, `level`, ...) that the page's style sheet knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from xml.etree import ElementTree as ET

from markupsafe import Markup

from quatrain.report.quantities import decimal, interval, scientific
from quatrain.report.scales import Axis
from quatrain.report.svg import add, draw_x_axis, markup, new_chart, percent
from quatrain.report.text import visible

Point = tuple[float, float]
GRAIN = 1000
"""Units across the stretched box in which paths are drawn."""
LABEL_GAP = 0.055
"""Least distance between labels at the ends of lines, as a share of the height."""
LABEL_LENGTH = 16
"""Letters of such a label; the key has them all."""


@dataclass(frozen=True)
class Line:
    """Points joined in order; `dots` marks each of them too, `label` stands beside the last."""

    name: str
    style: str
    points: Sequence[Point]
    dots: bool = False
    label: str = ""


@dataclass(frozen=True)
class Band:
    """What lies between two lines: (x, lower, upper) in order."""

    points: Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class Level:
    """A line across at one value; the key under the title names it, and so does its label."""

    name: str
    style: str
    value: float
    label: str = ""


def line_chart(
    lines: Sequence[Line],
    *,
    x_name: str,
    y_name: str,
    description: str,
    levels: Sequence[Level] = (),
    bands: Sequence[Band] = (),
    x_axis: Axis | None = None,
    y_axis: Axis | None = None,
    right: tuple[str, float] | None = None,
    n_ticks: int = 4,
) -> Markup:
    """Draw lines over a common x axis.

    Args:
        description: what the chart shows, in words, for those who do not see it.
        bands: drawn beneath the lines.
        x_axis, y_axis: the part of x and y to show; all of it by default. Lines are cut at their ends.
        right: name of a second unit of y and the factor that turns y into it; its ticks stand on the right.
        n_ticks: about how many numbers stand along y.
    """
    points = [point for line in lines for point in line.points]
    points += [(x, end) for band in bands for x, *ends in band.points for end in ends]
    x = x_axis or Axis.over([point[0] for point in points])
    y = y_axis or Axis.over([point[1] for point in points] + [level.value for level in levels], margin=0.06)
    labels = [(line.label, line.style, *line.points[-1]) for line in lines if line.label and line.points]
    labels += [(level.label, level.style, x.high, level.value) for level in levels if level.label]
    chart = new_chart("chart" + " with-right" * bool(right) + " with-labels" * bool(labels), description)
    _y_ticks(chart, y, y_name, n_ticks)
    if right:
        _right_ticks(chart, y, *right, n_ticks)
    draw_x_axis(chart, x, x_name)
    box = _box(chart)
    for band in bands:
        add(box, "path", class_="band", d=_outline(band, x, y))
    for line in lines:
        add(box, "path", class_=f"line {line.style}", d=_path(line.points, x, y))
    if labels:
        _labels(chart, labels, x, y)
    for level in levels:
        _level(chart, level, y)
    for line in lines:
        if line.dots or len(line.points) == 1:
            _dots(chart, line, x, y, f"{x_name}, {y_name}")
    return markup(chart)


def interval_chart(
    rows: Sequence[tuple[str, str, float, tuple[float, float]]],
    *,
    description: str,
    x_name: str = "nats per token",
    write: Callable[[float], str] = decimal,
    tick: Callable[[float], str] = scientific,
    levels: Sequence[Level] = (),
) -> Markup:
    """Draw values with their intervals under one another: (name, style, value, (low, high)) for each row.

    Args:
        description: what the chart shows, in words, for those who do not see it.
        write, tick: how a value is written, and a number of the axis.
        levels: values marked by a line from top to bottom.
    """
    ends = [end for *_, bounds in rows for end in bounds]
    x = Axis.over([*ends, *(level.value for level in levels)], margin=0.08, write=tick)
    chart = new_chart("chart intervals", description)
    chart.set("style", f"--rows: {len(rows)}")
    draw_x_axis(chart, x, x_name, n_wanted=4)
    for level in levels:
        place, side = percent(x.share(level.value)), ("unit", "4") if x.share(level.value) < 0.5 else ("unit end", "-4")
        add(chart, "line", class_=f"line {level.style}", x1=place, x2=place, y1="0", y2="100%")
        add(chart, "text", class_=side[0], x=place, y="0", dx=side[1], dy="-4").text = visible(level.name)
    for row, (name, style, value, bounds) in enumerate(rows):
        height = percent((row + 0.62) / len(rows))
        low, high = (percent(x.share(end)) for end in bounds)
        label = add(chart, "text", class_="name", x="0", y=percent((row + 0.3) / len(rows)))
        label.text = f"{visible(name)}: {write(value)} ({interval(bounds, write)})"
        add(chart, "line", class_=f"line {style}", x1=low, x2=high, y1=height, y2=height)
        add(chart, "circle", class_=f"dot {style}", cx=percent(x.share(value)), cy=height, r="5")
    return markup(chart)


def _box(chart: ET.Element, x: str = "0", width: str = "100%") -> ET.Element:
    """Part of a chart in which paths are stretched and cut at its ends."""
    view = f"0 0 {GRAIN} {GRAIN}"
    return add(chart, "svg", x=x, width=width, height="100%", viewBox=view, preserveAspectRatio="none")


def _y_ticks(chart: ET.Element, y: Axis, name: str, n_wanted: int) -> None:
    for tick in y.ticks(n_wanted):
        height = percent(1 - y.share(tick))
        add(chart, "line", class_="grid", x1="0", x2="100%", y1=height, y2=height)
        add(chart, "text", class_="tick left", x="-8", y=height, dy="0.32em").text = y.write(tick)
    if name:
        add(chart, "text", class_="unit", x="-44", y="0", dy="-14").text = name


def _right_ticks(chart: ET.Element, y: Axis, name: str, factor: float, n_wanted: int) -> None:
    right = Axis(y.low * factor, y.high * factor, y.scale, y.write)
    for tick in right.ticks(n_wanted):
        height = percent(1 - y.share(tick / factor))
        add(chart, "text", class_="tick", x="100%", dx="8", y=height, dy="0.32em").text = right.write(tick)
    add(chart, "text", class_="unit end", x="100%", dx="40", y="0", dy="-14").text = name


def _path(points: Sequence[Point], x: Axis, y: Axis) -> str:
    places = (f"{GRAIN * x.share(px):.1f} {GRAIN * (1 - y.share(py)):.1f}" for px, py in points)
    return "M" + "L".join(places) if points else ""


def _outline(band: Band, x: Axis, y: Axis) -> str:
    lower = [(px, low) for px, low, _ in band.points]
    return _path([*lower, *((px, high) for px, _, high in reversed(band.points))], x, y) + "Z"


def _segment(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"M{GRAIN * x1:.1f} {GRAIN * y1:.1f}L{GRAIN * x2:.1f} {GRAIN * y2:.1f}"


def _level(chart: ET.Element, level: Level, y: Axis) -> None:
    if not y.low <= level.value <= y.high:
        return
    height = percent(1 - y.share(level.value))
    add(chart, "line", class_=f"line {level.style}", x1="0", x2="100%", y1=height, y2=height)


def _labels(chart: ET.Element, labels: Sequence[tuple[str, str, float, float]], x: Axis, y: Axis) -> None:
    """(text, style, x, y of a line's end) for each: the text on the right, joined to the end of its line."""
    ends = sorted((min(max(1 - y.share(py), 0.0), 1.0), x.share(px), text, style) for text, style, px, py in labels)
    inside, beside = _box(chart), _box(chart, x="100%", width="14")
    for (end, start, text, style), height in zip(ends, _spread([end for end, *_ in ends]), strict=True):
        if start < 1:
            add(inside, "path", class_=f"line leader {style}", d=_segment(start, end, 1, end))
        add(beside, "path", class_=f"line leader {style}", d=_segment(0, end, 1, height))
        label = add(chart, "text", class_="label", x="100%", dx="18", y=percent(height), dy="0.32em")
        label.text = visible(text if len(text) <= LABEL_LENGTH else text[: LABEL_LENGTH - 1] + "…")


def _spread(heights: Sequence[float]) -> list[float]:
    """The places nearest to ascending heights (least squares) that keep labels apart and within the chart."""
    gap = min(LABEL_GAP, 1 / len(heights))
    pools: list[list[float]] = []
    for place, height in enumerate(heights):
        pools.append([height - place * gap])
        while len(pools) > 1 and fmean(pools[-2]) > fmean(pools[-1]):
            last = pools.pop()
            pools[-1] += last
    most = 1 - (len(heights) - 1) * gap
    starts = [min(max(fmean(pool), 0.0), most) for pool in pools for _ in pool]
    return [start + place * gap for place, start in enumerate(starts)]


def _dots(chart: ET.Element, line: Line, x: Axis, y: Axis, units: str) -> None:
    for px, py in line.points:
        if y.low <= py <= y.high:
            place = {"cx": percent(x.share(px)), "cy": percent(1 - y.share(py))}
            dot = add(chart, "circle", class_=f"dot {line.style}", r="3.5", **place)
            add(dot, "title").text = f"{line.name}: {x.write(px)}, {y.write(py)} ({units})"
