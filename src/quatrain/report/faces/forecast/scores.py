"""Errors as tables and charts: beside the plain forecasts, by step ahead, by column; of prices the tests."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from quatrain.report.charts import Line, interval_chart, line_chart
from quatrain.report.faces._base import ScoreView, is_finite
from quatrain.report.faces.forecast.records import ForecastResult, ForecastScore, PlainScore, Walk
from quatrain.report.facts import Row, Table
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, decimal, interval, percent, round_percent, short

UNMEASURED = "–"
STYLES = ("level", "memory", "val", "raw")
"""Of the plain forecasts, in their order."""
MEASURED = "Intervals were widened until they held their share on the validation part (Romano et al. 2019)."


def view_scores(result: ForecastResult) -> ScoreView:
    """The test part, which chose nothing, and beneath it the validation part."""
    score = result.final
    notes = [f"Scored on {count(score.n_windows)} windows, from every row on; none is dropped.", MEASURED]
    return ScoreView(
        table=_table(score),
        intervals=_intervals(score),
        notes=[*notes, *(_walk_in_words(score.walk) if score.walk else [])],
        tests=_parts(result),
        pictures=[*_by_step(score), *_by_column(score), *(_walk(score.walk) if score.walk else [])],
    )


def _table(score: ForecastScore) -> Table:
    """The model beside the plain forecasts."""
    columns: list[ForecastScore | PlainScore] = [score, *score.baselines]
    shares = [
        Row(f"Values within the {round_percent(float(name))} interval", _first(percent(share), columns))
        for name, share in score.coverage.items()
    ]
    rows = [
        Row("Mean squared error", tuple(decimal(one.mse) for one in columns)),
        Row("95 % interval of it", tuple(interval(one.interval) for one in columns)),
        Row("Mean absolute error", tuple(decimal(one.mae) for one in columns)),
        Row("Mean pinball loss", _first(decimal(score.pinball), columns)),
        *shares,
    ]
    return Table("Standard units", ("this model", *(one.name for one in score.baselines)), rows)


def _first(value: str, columns: Sequence[object]) -> tuple[str, ...]:
    return value, *(UNMEASURED for _ in columns[1:])


def _intervals(score: ForecastScore) -> Markup | None:
    named = [("this model", "train", score.mse, score.interval)]
    named += [(one.name, "level", one.mse, one.interval) for one in score.baselines]
    rows = [(name, style, mse, bounds) for name, style, mse, bounds in named if mse is not None and bounds]
    if len(rows) < 2 or not all(is_finite(mse) for _, _, mse, _ in rows):
        return None
    return interval_chart(
        rows,
        description="Mean squared errors with their 95 % intervals; the numbers are in the table.",
        x_name="mean squared error",
    )


def _parts(result: ForecastResult) -> Table | None:
    """Validation and test side by side."""
    parts = {"validation": result, **result.tests}
    rows = [
        Row(name, (decimal(one.mse), interval(one.interval), decimal(one.mae), count(one.n_windows)))
        for name, one in parts.items()
    ]
    return (
        Table("Part", ("Squared error", "95 % interval", "Absolute error", "Windows"), rows) if result.tests else None
    )


def _by_step(score: ForecastScore) -> list[Picture]:
    if len(score.by_step) < 2:
        return []
    others = list(zip(score.baselines, STYLES, strict=False))
    lines = [Line("this model", "train", _points(score.by_step))]
    lines += [Line(one.name, style, _points(one.by_step)) for one, style in others if one.by_step]
    shown = sorted({0, len(score.by_step) // 4, len(score.by_step) // 2, len(score.by_step) - 1})
    table = Table(
        "Row ahead",
        tuple(line.name for line in lines),
        [Row(count(step + 1), tuple(decimal(line.points[step][1]) for line in lines)) for step in shown],
    )
    chart = line_chart(
        lines,
        x_name="rows ahead",
        y_name="squared error",
        description="Mean squared error of each row ahead; some of the numbers are in the table.",
    )
    caption = "How the error grows the further ahead is told."
    return [Picture("Error by row ahead", chart, caption, [(line.style, line.name) for line in lines], table)]


def _points(values: Sequence[float]) -> list[tuple[float, float]]:
    return [(float(step), value) for step, value in enumerate(values, start=1)]


def _by_column(score: ForecastScore) -> list[Picture]:
    if len(score.columns) < 2:
        return []
    rows = [
        Row(one.name, (decimal(one.mse), decimal(one.mae), short(one.rmse_units), short(one.mae_units)))
        for one in score.columns
    ]
    columns = ("Squared error", "Absolute error", "Root of it, own units", "Absolute, own units")
    bars = [(one.name, "train", one.mse, (one.mse, one.mse)) for one in score.columns if one.mse is not None]
    chart = interval_chart(
        bars, description="Squared error of each column; the numbers are in the table.", x_name="mean squared error"
    )
    return [Picture("Error by column", chart, "In standard units.", (), Table("Column", columns, rows))]


def _walk(walk: Walk) -> list[Picture]:
    if walk.right_signs is None or walk.right_signs_interval is None:
        return []
    rows = [("directions forecast right", "train", walk.right_signs, walk.right_signs_interval)]
    chart = interval_chart(
        rows, description="Share of directions told right; the numbers are in the table.", x_name="share", write=percent
    )
    table = Table(
        "Measure",
        ("Value",),
        [
            Row("Out-of-sample R²", (f"{decimal(walk.r2)} ({interval(walk.r2_interval)})",)),
            Row(
                "Directions told right",
                (f"{percent(walk.right_signs)} ({interval(walk.right_signs_interval, percent)})",),
            ),
            Row("By always telling the commoner one", (percent(walk.always_up),)),
            Row("Moves", (count(walk.n_signs),)),
            Row("Diebold-Mariano", (f"{decimal(walk.diebold_mariano.value)}, p = {decimal(walk.diebold_mariano.p)}",)),
            Row("Clark-West", (f"{decimal(walk.clark_west.value)}, p = {decimal(walk.clark_west.p)}",)),
        ],
    )
    return [Picture("Against a random walk", chart, "Half is chance where up and down are equally common.", (), table)]


def _walk_in_words(walk: Walk) -> list[str]:
    return [
        f"Of {count(walk.n_signs)} moves {percent(walk.right_signs)} ({interval(walk.right_signs_interval, percent)}) "
        f"were told in the right direction; one who always tells the commoner direction of the training part has "
        f"{percent(walk.always_up)} right.",
        "Diebold-Mariano asks whether its squared errors differ from a random walk's (with the correction of Harvey, "
        "Leybourne and Newbold 1997); Clark-West whether it knows anything that a random walk does not.",
    ]
