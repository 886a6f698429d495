"""Accuracy, F1, AUROC and calibration as tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from quatrain.report.faces._base import ScoreView, side_by_side
from quatrain.report.faces.classification.pictures import draw_calibration, draw_confusion
from quatrain.report.faces.classification.records import ClassPart, ClassResult, ClassScore
from quatrain.report.facts import Row, Table
from quatrain.report.folder import VALIDATION
from quatrain.report.quantities import count, decimal, interval, percent, points, round_percent
from quatrain.report.verdict import Bounds

COLUMNS: Mapping[str, Callable[[ClassScore], str]] = {
    "Accuracy, %": lambda score: _hundredths(score.accuracy, score.interval),
    "Macro F1, %": lambda score: _hundredths(score.macro_f1, score.macro_f1_interval),
    "AUROC": lambda score: decimal(score.auroc),
    "Calibration error": lambda score: percent(score.ece),
    "Nats": lambda score: decimal(score.loss),
    "Examples": lambda score: count(score.n_targets),
}
"""Name -> value, in the order they are read; intervals are 95 %."""


def view_scores(result: ClassResult) -> ScoreView:
    """All scores of the part it is judged by, the models of counts beside the model."""
    part, name = result.final, result.judged_by
    scores: dict[str, ClassScore] = {"this model": part, **{other.name: other for other in part.others}}
    pictures = (draw_confusion(part, name), draw_calibration(part))
    return ScoreView(
        part=name,
        table=_table("Model", scores),
        intervals=_intervals(scores),
        notes=_differences(part) if part.others else ["No baseline was scored beside this model."],
        parts=_table("Part", {VALIDATION: result, **result.tests}) if result.tests else None,
        pictures=[picture for picture in pictures if picture is not None],
    )


def _differences(part: ClassPart) -> list[str]:
    """What the model tells right more often than each of the others, example by example."""
    return [
        f"Accuracy minus that of {other.name}, example by example: {points(other.difference.mean)} points"
        + (f" (95 % interval {interval(other.difference.interval, points)})." if other.difference.interval else ".")
        for other in part.others
        if other.difference is not None
    ]


def _intervals(scores: Mapping[str, ClassScore]) -> Markup | None:
    accuracies = {name: (score.accuracy, score.interval) for name, score in scores.items()}
    return side_by_side(accuracies, "Accuracies", "accuracy", percent, round_percent)


def _hundredths(score: float | None, bounds: Bounds | None) -> str:
    """`81.5 (79.0 to 84.1)`."""
    return points(score) + (f" ({interval(bounds, points)})" if bounds else "")


def _table(what: str, scores: Mapping[str, ClassScore]) -> Table:
    """A row for each score."""
    rows = [Row(name, tuple(write(score) for write in COLUMNS.values())) for name, score in scores.items()]
    return Table(what, tuple(COLUMNS), rows)
