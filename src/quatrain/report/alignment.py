"""What each token of a translation reads of its source, as a picture: rows of the target by columns of the source."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, isfinite, radians, sin

from pydantic import model_validator

from quatrain.report.folder import Record
from quatrain.report.pictures import Picture
from quatrain.report.quantities import short
from quatrain.report.svg import add, markup, new_chart
from quatrain.report.text import visible

CELL = 20
"""Width and height of a cell, in pixels at full size."""
LETTER = 7.4
"""Width of a letter of the names, in pixels."""
LABEL_LENGTH = 14
"""Letters of the longest name."""
SLANT = 60
"""Degrees by which the names of the columns rise."""
LEAST = 0.01
"""Share of the largest weight below which a cell stays empty."""
LARGEST = 80
"""Tokens of a side beyond which there is no picture."""
STOP = "end"
"""What the token that ends a text is called."""


class Alignment(Record):
    """Weights of cross-attention, the mean over layers and heads."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: tuple[tuple[float, ...], ...]
    """(T, S): row t is what is read in order to write token t; it sums to 1."""

    @model_validator(mode="after")
    def _is_rectangular(self) -> Alignment:
        if [len(row) for row in self.weights] != [len(self.source)] * len(self.target):
            raise ValueError("weights must have a row for every target token, as long as the source")
        return self


def draw_alignment(alignment: Alignment, eos_token: str) -> Picture | None:
    """The weights as shades of one colour; None where they are too many to be told apart, or none."""
    if not 0 < len(alignment.source) <= LARGEST or not 0 < len(alignment.target) <= LARGEST:
        return None
    source = [_name(token, eos_token) for token in alignment.source]
    target = [_name(token, eos_token) for token in alignment.target]
    weights = [[weight if isfinite(weight) else 0.0 for weight in row] for row in alignment.weights]
    most = max(map(max, weights))
    chart = new_chart("alignment", _in_words(source, target, weights))
    left = LETTER * max(map(len, target)) + 8
    rise = LETTER * max(map(len, source)) + 8
    top, right = rise * sin(radians(SLANT)) + 6, rise * cos(radians(SLANT))
    width, height = left + CELL * len(source) + right, top + CELL * len(target) + 1
    chart.set("viewBox", f"0 0 {width:.0f} {height:.0f}")
    chart.set("style", f"--natural: {width:.0f}px")
    frame = {"x": f"{left:.1f}", "y": f"{top:.1f}"}
    size = {"width": str(CELL * len(source)), "height": str(CELL * len(target))}
    add(chart, "rect", class_="frame", **frame, **size)
    for column, name in enumerate(source):
        place = f"translate({left + (column + 0.62) * CELL:.1f} {top - 6:.1f}) rotate(-{SLANT})"
        add(chart, "text", transform=place).text = name
    for line, (name, row) in enumerate(zip(target, weights, strict=True)):
        y = top + line * CELL
        add(chart, "text", class_="end", x=f"{left - 7:.1f}", y=f"{y + CELL / 2:.1f}", dy="0.33em").text = name
        for column, weight in enumerate(row):
            if weight > LEAST * most:
                box = {"x": f"{left + column * CELL:.1f}", "y": f"{y:.1f}", "width": str(CELL), "height": str(CELL)}
                cell = add(chart, "rect", class_="cell", fill_opacity=f"{weight / most:.2f}", **box)
                add(cell, "title").text = f"{name} reads {source[column]}: {weight:.2f}"
    return Picture(
        title="What each token reads",
        chart=markup(chart),
        caption=f"The strongest square: {short(round(most, 2))}.",
    )


def _name(token: str, eos_token: str) -> str:
    """A token in a few letters; one of spaces alone is shown by marks."""
    if token == eos_token:
        return STOP
    name = visible(token.strip() or token.replace(" ", "␣").replace("\n", "↵").replace("\t", "⇥"))
    return name if len(name) <= LABEL_LENGTH else name[: LABEL_LENGTH - 1] + "…"


def _in_words(source: Sequence[str], target: Sequence[str], weights: Sequence[Sequence[float]]) -> str:
    """For every token of the target, what it reads most."""
    told = []
    for name, row in zip(target, weights, strict=True):
        column = max(range(len(row)), key=row.__getitem__)
        told.append(f"{name} reads {source[column]} most ({row[column]:.2f})")
    return f"Alignment of the translation with its source: {'; '.join(told)}."
