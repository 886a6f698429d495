"""The pieces that all charts are drawn with: inline SVG, told in words to those who do not see it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from markupsafe import Markup

from quatrain.report.scales import Axis
from quatrain.report.text import visible


def new_chart(style: str, description: str) -> ET.Element:
    """An empty chart, told in words to those who do not see it."""
    return ET.Element("svg", {"class": style, "role": "img", "aria-label": visible(description)})


def add(parent: ET.Element, tag: str, **attributes: str) -> ET.Element:
    """A new element at the end of another; `class_` is its class."""
    return ET.SubElement(parent, tag, {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})


def markup(chart: ET.Element) -> Markup:
    """A chart as it stands in a page."""
    return Markup(ET.tostring(chart, encoding="unicode", short_empty_elements=False))


def percent(share: float) -> str:
    """A share of the width or the height of a chart."""
    return f"{100 * share:.2f}%"


def draw_x_axis(chart: ET.Element, x: Axis, name: str, n_wanted: int = 5) -> None:
    """The x axis with its numbers."""
    add(chart, "line", class_="axis", x1="0", x2="100%", y1="100%", y2="100%")
    for tick in x.ticks(n_wanted):
        place = percent(x.share(tick))
        add(chart, "text", class_="tick below", x=place, y="100%", dy="20").text = x.write(tick)
    add(chart, "text", class_="unit end", x="100%", y="100%", dy="40").text = name
