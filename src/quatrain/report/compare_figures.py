"""A comparison as charts: values with intervals, learning, and cost against length."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, linear_regression

from markupsafe import Markup

from quatrain.report.charts import Level, Line, Point, interval_chart, line_chart
from quatrain.report.compare_folder import Comparison, Cost
from quatrain.report.compare_measures import Measure
from quatrain.report.curves import N_DRAWN, Clock
from quatrain.report.quantities import MINUS, brief, byte_size, count, tiny_count
from quatrain.report.scales import DOUBLING, LINEAR, LOG, Axis, Scale

N_STYLES = 21
"""Seven colours, each solid, dashed and dotted."""
OPENING = 0.15
"""Share of a model's training whose steep first losses may leave the picture."""
N_THIN = 15
"""Most lines of single seeds drawn beside their means."""


@dataclass(frozen=True)
class Figure:
    """One chart with the key to its lines."""

    title: str
    caption: str
    chart: Markup
    key: tuple[tuple[str, str], ...]
    """(style, words) of every line."""


def styles_of(found: Comparison) -> dict[str, str]:
    """The class of each model's lines, the same in every figure."""
    return {entrant.word: f"m{place % N_STYLES}" for place, entrant in enumerate(found.entrants)}


def draw_values(found: Comparison, measure: Measure) -> Markup | None:
    """Values with their intervals over one axis; None where there are not two."""
    styles = styles_of(found)
    rows = [
        (entrant.word, styles[entrant.word], entrant.value, entrant.interval or (entrant.value, entrant.value))
        for entrant in found.ranked
        if entrant.value is not None and all(map(math.isfinite, (entrant.value, *(entrant.interval or ()))))
    ]
    if len(rows) < 2:
        return None
    low, high = min(row[3][0] for row in rows), max(row[3][1] for row in rows)
    chance = found.data.chance
    is_near = chance is not None and chance >= low - (high - low)  # else it would leave no room for the rest
    levels = [Level(f"chance: {measure.write(chance)}", "chance", chance)] if chance is not None and is_near else []
    return interval_chart(
        rows,
        description=f"{measure.title} of each model with its 95 % interval; the numbers are in the table.",
        x_name=measure.axis,
        write=measure.write,
        tick=measure.tick,
        levels=levels,
    )


def draw_learning(found: Comparison) -> list[Figure]:
    """Loss on held-out data over seconds and over what was learned from."""
    unit, targets = found.data.loss_unit or found.data.unit or "nats per target", found.data.targets
    seconds = [point[0] for entrant in found.entrants for seed in entrant.runs for point in seed.curve]
    if not seconds:
        return []
    clock = Clock.of(max(seconds))
    figures = (
        _learning(found, "Loss over time", unit, clock.name, _curves(found, 0, clock.seconds or 1.0), LINEAR),
        _learning(found, f"Loss over {targets} seen", unit, targets, _curves(found, 1, 1.0), LOG),
    )
    return [figure for figure in figures if figure]


def draw_costs(found: Comparison) -> list[Figure]:
    """Training time, memory and the time of one more token against length, both axes logarithmic."""
    asked: list[tuple[str, str, Callable[[Cost], Sequence[float | None]], Callable[[float], str]]] = [
        (f"Training on one {found.data.row}", "length", lambda cost: cost.training, brief),
        ("Memory kept for its backward pass", "length", lambda cost: cost.memory, byte_size),
        ("One more token", "position", lambda cost: cost.decoding, brief),
    ]
    figures = [_cost(found, *question) for question in asked]
    return [figure for figure in figures if figure]


def draw_by_length(found: Comparison) -> Figure | None:
    """BLEU against the length of the source; None where there is nothing of several lengths."""
    styles = styles_of(found)
    lines = [
        Line(
            entrant.word,
            styles[entrant.word],
            [(fmean(band.words), band.bleu) for band in entrant.by_length],
            dots=True,
            label=entrant.word,
        )
        for entrant in found.ranked
        if len(entrant.by_length) > 1
    ]
    if not lines:
        return None
    bands = next(entrant.by_length for entrant in found.ranked if entrant.by_length)
    caption = "Sentences by words of the source: " + ", ".join(
        f"{count(band.words[0])} to {count(band.words[1])} ({count(band.n_sentences)} sentences)" for band in bands
    )
    return Figure(
        "BLEU by length of the source",
        f"{caption}.",
        line_chart(
            lines,
            x_name="words of the source",
            y_name="BLEU",
            description=f"BLEU against the length of the source for {len(lines)} models. {caption}.",
        ),
        tuple((line.style, line.name) for line in lines),
    )


def exponent(points: Sequence[Point]) -> float | None:
    """The slope of log y over log x in the longer half: 0 is flat, 1 linear, 2 quadratic."""
    half = [(math.log(x), math.log(y)) for x, y in points[len(points) // 2 :]]
    return linear_regression([x for x, _ in half], [y for _, y in half]).slope if len(half) > 1 else None


def mean_curve(curves: Sequence[Sequence[Point]]) -> list[Point]:
    """The mean of several seeds where all of them have got to, each taken as straight between its points."""
    start, end = max(curve[0][0] for curve in curves), min(curve[-1][0] for curve in curves)
    inner = sorted({x for curve in curves for x, _ in curve if start < x < end})
    if end < start:
        return []
    places = [start, *inner[:: math.ceil(len(inner) / N_DRAWN) or 1], *([end] if end > start else [])]
    return [(x, fmean(_at(curve, x) for curve in curves)) for x in places]


def _at(curve: Sequence[Point], x: float) -> float:
    for (x1, y1), (x2, y2) in pairwise(curve):
        if x1 <= x <= x2:
            return y1 if x1 == x2 else y1 + (y2 - y1) * (x - x1) / (x2 - x1)
    return curve[-1][1]


def _curves(found: Comparison, column: int, size: float) -> dict[str, list[list[Point]]]:
    """The curves of each model's seeds; `column` 0 counts seconds, 1 tokens."""
    curves = {
        entrant.word: [
            [(point[:2][column] / size, loss) for point in seed.curve if (loss := _known(point[2])) is not None]
            for seed in entrant.runs
        ]
        for entrant in found.entrants
    }
    return {word: [sorted(seed) for seed in seeds if seed] for word, seeds in curves.items() if any(seeds)}


def _known(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _learning(
    found: Comparison, title: str, unit: str, x_name: str, curves: dict[str, list[list[Point]]], scale: Scale
) -> Figure | None:
    """None where no model has a curve that all its seeds have in common, as where each was validated but once."""
    styles = styles_of(found)
    if scale is LOG:
        positive = {word: [[p for p in seed if p[0] > 0] for seed in seeds] for word, seeds in curves.items()}
        curves = {word: kept for word, seeds in positive.items() if (kept := [seed for seed in seeds if seed])}
    means = {word: mean_curve(seeds) for word, seeds in curves.items()}
    lines = [Line(word, styles[word], points, label=word) for word, points in means.items() if points]
    if not lines:
        return None
    thin, levels = _single_seeds(curves, styles), _counted(found, styles)
    late = [point for line in lines for point in line.points if point[0] >= OPENING * line.points[-1][0]]
    shown = late if scale is LOG else [point for line in lines for point in line.points]
    words = _about_learning(curves, has_thin=bool(thin), has_levels=bool(levels))
    return Figure(
        title,
        words,
        line_chart(
            [*thin, *lines],
            x_name=x_name,
            y_name=unit,
            description=f"{title} for {len(lines)} models. {words}",
            levels=levels,
            x_axis=Axis.over([x for x, _ in shown], scale=scale, write=tiny_count),
            y_axis=Axis.over([y for _, y in late] + [level.value for level in levels], margin=0.08),
            n_ticks=6,
        ),
        (*((line.style, line.name) for line in lines), *((level.style, level.name) for level in levels)),
    )


def _single_seeds(curves: dict[str, list[list[Point]]], styles: dict[str, str]) -> list[Line]:
    """A thin line for each seed of models that have several; none where there would be too many."""
    several = {word: seeds for word, seeds in curves.items() if len(seeds) > 1}
    thin = [Line(f"{word}, one seed", f"{styles[word]} thin", seed) for word in several for seed in several[word]]
    return thin if len(thin) <= N_THIN else []


def _about_learning(curves: dict[str, list[list[Point]]], *, has_thin: bool, has_levels: bool) -> str:
    """The caption of a figure of losses."""
    is_mean = any(len(seeds) > 1 for seeds in curves.values())
    words = "Loss on held-out data" + (", the mean of the seeds" if is_mean else "")
    words += "; thin lines are single seeds." if has_thin else "."
    return words + (" A counted model does not learn by steps: its loss is a line across." if has_levels else "")


def _counted(found: Comparison, styles: dict[str, str]) -> list[Level]:
    """The losses of models without a course of training."""
    levels = []
    for entrant in found.entrants:
        losses = [seed.loss for seed in entrant.runs if seed.loss is not None and math.isfinite(seed.loss)]
        if losses and not any(seed.curve for seed in entrant.runs):
            levels.append(Level(entrant.word, styles[entrant.word], fmean(losses), label=entrant.word))
    return levels


def _cost(
    found: Comparison,
    title: str,
    x_name: str,
    of: Callable[[Cost], Sequence[float | None]],
    write: Callable[[float], str],
) -> Figure | None:
    styles = styles_of(found)
    lines = [
        Line(entrant.word, styles[entrant.word], points, dots=True, label=entrant.word)
        for entrant in found.entrants
        if entrant.cost and (points := _positive(entrant.cost.lengths, of(entrant.cost)))
    ]
    if not lines:
        return None
    points = [point for line in lines for point in line.points]
    return Figure(
        title,
        "",
        line_chart(
            lines,
            x_name=x_name,
            y_name="",
            description=f"{title} against {x_name} for {len(lines)} models; the key has the exponents.",
            x_axis=Axis.over([x for x, _ in points], scale=DOUBLING, write=count),
            y_axis=Axis.over([y for _, y in points], margin=0.05, scale=LOG, write=write),
            n_ticks=6,
        ),
        tuple((line.style, f"{line.name} {_power(line)}") for line in lines),
    )


def _positive(lengths: Sequence[int], values: Sequence[float | None]) -> list[Point]:
    pairs = zip(lengths, values, strict=False)
    return [(float(x), y) for x, y in pairs if x > 0 and y is not None and math.isfinite(y) and y > 0]


def _power(line: Line) -> str:
    power = exponent(line.points)
    return "" if power is None else f"{power:.2f}".replace("-", MINUS)
