"""Accuracy, F1, AUROC and calibration as tables and charts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from quatrain.report.charts import interval_chart
from quatrain.report.faces._base import ScoreView
from quatrain.report.faces.classification.pictures import draw_calibration, draw_confusion
from quatrain.report.faces.classification.records import ClassResult, ClassScore, with_interval
from quatrain.report.facts import Row, Table
from quatrain.report.quantities import count, decimal, interval, percent, round_percent, tenths

MEASURES: Mapping[str, Callable[[ClassScore], str]] = {
    "Accuracy": lambda score: percent(score.accuracy),
    "95 % interval of the accuracy": lambda score: interval(score.interval, percent),
    "Macro F1": lambda score: percent(score.macro_f1),
    "95 % interval of macro F1": lambda score: interval(score.macro_f1_interval, percent),
    "AUROC": lambda score: decimal(score.auroc),
    "95 % interval of AUROC": lambda score: interval(score.auroc_interval),
    "Calibration error (15 bins)": lambda score: percent(score.ece),
    "Loss, nats per example": lambda score: decimal(score.loss),
    "Examples scored": lambda score: count(score.n_targets),
}
"""Name -> value, in the order they are read."""


def view_scores(result: ClassResult) -> ScoreView:
    """All scores, the models of counts beside the model."""
    scores: dict[str, ClassScore] = {"this model": result, **{other.name: other for other in result.others}}
    rows = [Row(name, tuple(map(write, scores.values()))) for name, write in MEASURES.items()]
    pictures = (draw_confusion(result), draw_calibration(result))
    return ScoreView(
        table=Table("Measure", tuple(scores), rows),
        intervals=_intervals(scores),
        notes=_differences(result) if result.others else ["No baseline was scored beside this model."],
        tests=_tests(result),
        pictures=[picture for picture in pictures if picture is not None],
    )


def _differences(result: ClassResult) -> list[str]:
    """What the model tells right more often than each of the others, example by example."""
    paired = [
        (other.name, result.difference if other is result.baseline else other.difference) for other in result.others
    ]
    return [
        f"Accuracy minus that of {name}, example by example: {tenths(100 * difference.mean)} points"
        + (
            f" (95 % interval {tenths(100 * ends[0])} to {tenths(100 * ends[1])})."
            if (ends := difference.interval)
            else "."
        )
        for name, difference in paired
        if difference is not None
    ]


def _intervals(scores: Mapping[str, ClassScore]) -> Markup | None:
    """Accuracies with their intervals over one axis; None unless two are known."""
    styles = ["train", "val", "level", "memory"]
    rows = [
        (name, style, score.accuracy, score.interval)
        for (name, score), style in zip(scores.items(), styles, strict=False)
        if score.accuracy is not None and score.interval
    ]
    if len(rows) < 2:
        return None
    description = "Accuracies with their 95 % intervals; the numbers are in the table."
    return interval_chart(rows, description=description, x_name="accuracy", write=percent, tick=round_percent)


def _tests(result: ClassResult) -> Table | None:
    rows = [
        Row(
            name,
            (
                with_interval(score.accuracy, score.interval),
                with_interval(score.macro_f1, score.macro_f1_interval),
                decimal(score.auroc),
                percent(score.ece),
                count(score.n_targets),
            ),
        )
        for name, score in result.tests.items()
    ]
    columns = ("Accuracy", "Macro F1", "AUROC", "Calibration error", "Examples")
    return Table("Test part", columns, rows) if rows else None
