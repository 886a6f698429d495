"""The course of training as charts: loss, learning rate and speed, over steps and over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from markupsafe import Markup

from quatrain.report.charts import Level, Line, Point, line_chart
from quatrain.report.folder import LossPoint, RunFacts
from quatrain.report.quantities import count, decimal, scientific
from quatrain.report.scales import Axis

AnyRun = RunFacts[Any, Any]

N_DRAWN = 400
"""Points a line has at most; more of them are averaged in groups."""
SMOOTHING = 0.03
"""Half-width of the running mean, as a share of the points."""
OPENING = 0.05
"""Share of the run whose steep first losses may leave the picture."""
BITS = 1 / math.log(2)
"""Bits in a nat."""


@dataclass(frozen=True)
class Figure:
    """One quantity over the course of training."""

    title: str
    caption: str
    by_step: Markup
    by_time: Markup | None
    """None where the log has no times."""
    key: tuple[tuple[str, str], ...] = ()
    """(style, name) of every line, where there are several."""


@dataclass(frozen=True)
class Clock:
    """What the x axis counts: steps, or time in a unit that suits the run."""

    name: str
    seconds: float | None = None
    """Seconds in the unit; None where steps are counted."""

    @classmethod
    def of(cls, seconds: float) -> Clock:
        """The unit in which a run of this length is read with small numbers."""
        if seconds < 180:
            return cls("seconds", 1.0)
        return cls("minutes", 60.0) if seconds < 3 * 3600 else cls("hours", 3600.0)

    def read(self, point: LossPoint) -> float | None:
        """Where a point stands on the x axis; None where that is not known."""
        if self.seconds is None:
            return float(point.step)
        return None if point.seconds is None else point.seconds / self.seconds


STEPS = Clock("steps")


def draw_curves(run: AnyRun, levels: Sequence[Level] = (), unit: str = "token", measure: str = "nats") -> list[Figure]:
    """The figures of a run, in the order they are read; those with nothing to show are left out.

    Args:
        levels: losses of other models, drawn across those of this one.
        unit: what one target is called.
        measure: what losses are counted in.
    """
    times = [point.seconds for point in (*run.train, *run.val)]
    known = [seconds for seconds in times if seconds is not None]
    by_time = Clock.of(max(known)) if known and len(known) == len(times) else None
    return [
        *_loss(run, by_time, levels, unit, measure),
        *_plain(run, by_time, "Learning rate", "lr", _lr_in_words(run)),
        *_plain(run, by_time, f"{unit.capitalize()}s per second", "tokens_per_second", _speed_in_words(run, unit)),
    ]


def _loss(run: AnyRun, by_time: Clock | None, levels: Sequence[Level], unit: str, measure: str) -> list[Figure]:
    if not any(_finite(point.loss) for point in (*run.train, *run.val)):
        return []

    def draw(clock: Clock) -> Markup:
        raw, *rest = _loss_lines(run, clock)
        return line_chart(
            [line for line in (raw, *rest) if line.points],
            x_name=clock.name,
            y_name=f"{measure} per {unit}",
            description=f"Loss over {clock.name}. {_loss_in_words(run)}",
            levels=levels,
            y_axis=_past_opening([line.points for line in rest], [level.value for level in levels]),
            right=(f"bits per {unit}", BITS) if measure == "nats" else None,
            n_ticks=8,
        )

    key = [(line.style, line.name) for line in _loss_lines(run, STEPS) if line.points]
    key += [(level.style, f"{level.name}: {decimal(level.value)}") for level in levels]
    return [_figure("Loss", _loss_in_words(run), draw, by_time, tuple(key))]


def _loss_lines(run: AnyRun, clock: Clock) -> list[Line]:
    """Training as logged, training smoothed, validation."""
    train = _thin(_read(run.train, clock, "loss"))
    return [
        Line("training, as logged", "raw", train),
        Line("training, smoothed", "train", _smooth(train)),
        Line("validation", "val", _read(run.val, clock, "loss"), dots=True),
    ]


def _loss_in_words(run: AnyRun) -> str:
    words = []
    losses = _read(run.train, STEPS, "loss")
    if losses:
        (first, start), (last, end) = losses[0], losses[-1]
        words.append(f"Training loss: {decimal(start)} at step {count(first)}, {decimal(end)} at step {count(last)}.")
    validations = [(loss, step) for step, loss in _read(run.val, STEPS, "loss")]
    if validations:
        lowest, step = min(validations)
        words.append(f"Validation loss: lowest at step {count(step)}, {decimal(lowest)}.")
    head = run.model.get("head")
    smoothing = (head if isinstance(head, dict) else run.model).get("label_smoothing")
    if words and smoothing:
        words.append(f"Only training smooths its targets (label_smoothing {smoothing:g}), which makes its loss higher.")
    n_lost = sum(not _finite(point.loss) for point in (*run.train, *run.val))
    if n_lost:
        words.append(f"{count(n_lost)} logged losses were not finite and are not drawn.")
    return " ".join(words)


def _plain(run: AnyRun, by_time: Clock | None, title: str, field: str, words: str) -> list[Figure]:
    """One quantity of the training log from zero up."""
    values = [value for _, value in _read(run.train, STEPS, field)]
    if not values:
        return []

    def draw(clock: Clock) -> Markup:
        return line_chart(
            [Line(title, "train", _thin(_read(run.train, clock, field)))],
            x_name=clock.name,
            y_name="",
            description=f"{title} over {clock.name}. {words}",
            y_axis=Axis(0, max(values) * 1.06 or 1.0),
        )

    return [_figure(title, words, draw, by_time)]


def _lr_in_words(run: AnyRun) -> str:
    rates = [rate for _, rate in _read(run.train, STEPS, "lr")]
    return f"Highest {scientific(max(rates))}, at the end {scientific(rates[-1])}." if rates else ""


def _speed_in_words(run: AnyRun, unit: str) -> str:
    speeds = [speed for _, speed in _read(run.train, STEPS, "tokens_per_second")]
    return f"Median {count(median(speeds))} {unit}s per second." if speeds else ""


def _figure(
    title: str,
    caption: str,
    draw: Callable[[Clock], Markup],
    by_time: Clock | None,
    key: tuple[tuple[str, str], ...] = (),
) -> Figure:
    return Figure(title, caption, draw(STEPS), draw(by_time) if by_time else None, key)


def _read(points: Sequence[LossPoint], clock: Clock, field: str) -> list[Point]:
    """The finite values of a field, in the order of the clock."""
    pairs = [(clock.read(point), getattr(point, field)) for point in points]
    return sorted((x, y) for x, y in pairs if x is not None and _finite(y))


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _thin(points: Sequence[Point]) -> list[Point]:
    """At most `N_DRAWN` points: means of neighbours in groups of equal size."""
    size = math.ceil(len(points) / N_DRAWN)
    groups = [points[start : start + size] for start in range(0, len(points), size or 1)]
    return [(fmean(x for x, _ in group), fmean(y for _, y in group)) for group in groups]


def _smooth(points: Sequence[Point]) -> list[Point]:
    """Running mean over as many points before as after, so that it neither lags nor leans at the ends."""
    half = round(SMOOTHING * len(points))
    smoothed = []
    for place, (x, _) in enumerate(points):
        reach = min(half, place, len(points) - 1 - place)
        smoothed.append((x, fmean(y for _, y in points[place - reach : place + reach + 1])))
    return smoothed


def _past_opening(lines: Sequence[Sequence[Point]], levels: Sequence[float]) -> Axis:
    """The losses once the first steep ones are over, so that the long rest can be told apart."""
    points = [point for line in lines for point in line]
    start = OPENING * max(x for x, _ in points)
    return Axis.over([y for x, y in points if x >= start] + [*levels], margin=0.08)
