"""Which classes are taken for which, and how far the model's certainty can be trusted, as pictures."""

from __future__ import annotations

from collections.abc import Sequence

from quatrain.report.charts import Line, line_chart
from quatrain.report.faces.classification.records import Bin, ClassScore
from quatrain.report.facts import Row, Table
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, percent, round_percent
from quatrain.report.scales import Axis
from quatrain.report.svg import add, markup, new_chart
from quatrain.report.text import visible

LARGEST = 40
"""Classes beyond which there is no picture of the confusions, only the worst of them."""
WITH_NUMBERS = 12
"""Classes up to which every cell has its number."""
CELL = 44.0
"""Width and height of a cell with a number, in pixels at full size."""
LETTER = 7.4
"""Width of a letter, in pixels at full size."""
LABEL_LENGTH = 16
"""Letters of the longest name."""
WORST = 12
"""Confusions listed."""


def draw_confusion(score: ClassScore, part: str) -> Picture | None:
    """Rows of true classes by columns of told ones; shades by the share of a row. None where it was not counted."""
    counts, names = score.confusion, [_short(name) for name in score.classes]
    if not counts or len(counts) != len(names) or len(names) > LARGEST:
        return None
    has_numbers = len(names) <= WITH_NUMBERS
    digits = max(len(count(n)) for row in counts for n in row)
    cell = max(CELL, LETTER * digits + 14) if has_numbers else CELL / 2
    left, top = LETTER * max(map(len, names)) + 12, 46.0
    wide = max(map(len, names)) * LETTER > cell - 6
    if wide:
        top = 30 + LETTER * max(map(len, names))
    chart = new_chart("alignment confusion", _in_words(score))
    width, height = left + cell * len(names) + 4, top + cell * len(names) + 2
    chart.set("viewBox", f"0 0 {width:.0f} {height:.0f}")
    chart.set("style", f"--natural: {width:.0f}px")
    add(chart, "text", class_="corner", x="0", y="14").text = "true ↓  told →"
    size = f"{cell * len(names):.1f}"
    add(chart, "rect", class_="frame", x=f"{left:.1f}", y=f"{top:.1f}", width=size, height=size)
    for line, (name, row) in enumerate(zip(names, counts, strict=True)):
        y, total = top + line * cell, max(sum(row), 1)
        middle = left + (line + 0.5) * cell
        turned = {"transform": f"translate({middle + 4:.1f} {top - 8:.1f}) rotate(-90)"}
        straight = {"x": f"{middle:.1f}", "y": f"{top - 8:.1f}", "class": "middle"}
        add(chart, "text", **(turned if wide else straight)).text = name
        add(chart, "text", class_="end", x=f"{left - 8:.1f}", y=f"{y + cell / 2:.1f}", dy="0.33em").text = name
        for column, n in enumerate(row):
            x, share = left + column * cell, n / total
            box = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{cell:.1f}", "height": f"{cell:.1f}"}
            style = "cell right" if column == line else "cell wrong"
            square = add(chart, "rect", class_=style, fill_opacity=f"{share:.3f}", **box)
            add(square, "title").text = f"{count(n)} of {count(total)} {name} told as {names[column]}"
            if has_numbers:
                strong = " strong" if share > 0.55 else ""
                number = {"x": f"{x + cell / 2:.1f}", "y": f"{y + cell / 2:.1f}", "dy": "0.33em"}
                add(chart, "text", class_=f"middle{strong}", **number).text = count(n)
    return Picture(
        title="What is taken for what",
        chart=markup(chart),
        caption=f"Examples of the {part} part: each row is a true class, each column what the model told; the "
        "stronger a square, the larger its share of the row. What is told right stands on the diagonal.",
        table=_worst(score),
    )


def draw_calibration(score: ClassScore) -> Picture | None:
    """How often the model is right when it is so sure; None where nothing was counted."""
    if not score.calibration:
        return None
    points = [(found.confidence, found.accuracy) for found in score.calibration]
    low = min(0.5, *(min(point) for point in points))
    axis = Axis(max(low - 0.02, 0.0), 1.0, write=round_percent)
    return Picture(
        title="How far it can be trusted when it is sure",
        chart=line_chart(
            [
                Line("perfectly calibrated", "memory", [(axis.low, axis.low), (1.0, 1.0)]),
                Line("this model", "train", points, dots=True),
            ],
            x_name="probability of the told class",
            y_name="share that is right",
            description="; ".join(map(_bin_in_words, score.calibration)),
            x_axis=axis,
            y_axis=axis,
        ),
        caption=f"Expected calibration error {percent(score.ece)}, over 15 bins of equal width. Below the straight "
        "line the model is surer than it is right.",
        key=[("train", "this model"), ("memory", "perfectly calibrated")],
        table=Table(
            "Sure on average",
            ("Right", "Examples"),
            [Row(percent(found.confidence), (percent(found.accuracy), count(found.n))) for found in score.calibration],
        ),
    )


def _worst(score: ClassScore) -> Table | None:
    """The most frequent confusions."""
    found = [
        (n, true, told) for true, row in enumerate(score.confusion) for told, n in enumerate(row) if n and true != told
    ]
    rows = [
        Row(
            f"{_short(score.classes[true])} told as {_short(score.classes[told])}",
            (count(n), percent(n / sum(score.confusion[true]))),
        )
        for n, true, told in sorted(found, reverse=True)[:WORST]
    ]
    return Table("Taken for another", ("Examples", "Of its class"), rows) if rows else None


def _short(name: str) -> str:
    name = visible(name)
    return name if len(name) <= LABEL_LENGTH else name[: LABEL_LENGTH - 1] + "…"


def _in_words(score: ClassScore) -> str:
    rows: Sequence[str] = [
        f"{count(row[place])} of {count(sum(row))} {name} told right"
        for place, (name, row) in enumerate(zip(score.classes, score.confusion, strict=True))
    ]
    return f"Confusion matrix: {'; '.join(rows)}."


def _bin_in_words(found: Bin) -> str:
    return f"{percent(found.confidence)} sure, {percent(found.accuracy)} right, {count(found.n)} examples"
