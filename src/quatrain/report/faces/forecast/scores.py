"""Errors as tables and charts: beside the plain forecasts, by step ahead, by column; of prices the tests."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from quatrain.report.bars import Group, bar_chart
from quatrain.report.charts import Level, Line, interval_chart, line_chart
from quatrain.report.faces._base import ScoreView, side_by_side
from quatrain.report.faces.forecast.records import ForecastPart, ForecastResult, ForecastScore, Statistic, Walk
from quatrain.report.facts import Row, Table
from quatrain.report.folder import VALIDATION
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, decimal, interval, percent, round_percent, short

OURS = "–"
STYLES = ("level", "memory", "val", "raw")
"""Of the plain forecasts, in their order."""
CALIBRATED = "Intervals were widened until they held their share on the validation part (Romano et al. 2019)."


def view_scores(result: ForecastResult) -> ScoreView:
    """All errors of the part it is judged by, plain forecasts beside the model."""
    score = result.final
    scored = f"Scored on {count(score.n_windows)} windows, from every row on; none is dropped."
    notes = [scored, _quantiles_in_words(score), CALIBRATED]
    return ScoreView(
        part=result.judged_by,
        table=_table(score),
        intervals=_intervals(score),
        notes=[*notes, *(_walk_in_words(score.walk) if score.walk else [])],
        parts=_parts(result),
        pictures=[*_by_step(score), *_by_column(score), *(_walk(score.walk) if score.walk else [])],
    )


def _table(score: ForecastPart) -> Table:
    """The model above the plain forecasts."""
    rows = [Row("this model", (decimal(score.mse), interval(score.interval), decimal(score.mae), OURS))]
    rows += [
        Row(
            one.name,
            (
                decimal(one.mse),
                interval(one.interval),
                decimal(one.mae),
                interval(one.difference.interval if one.difference else None),
            ),
        )
        for one in score.others
    ]
    return Table("Forecast", ("Squared error", "95 % interval", "Absolute error", "Model less this, 95 %"), rows)


def _quantiles_in_words(score: ForecastScore) -> str:
    shares = [
        f"{percent(share)} of what came lay within the {round_percent(float(name))} interval"
        for name, share in score.coverage.items()
    ]
    return f"{'; '.join(shares)}. Mean pinball loss {decimal(score.pinball)}."


def _intervals(score: ForecastPart) -> Markup | None:
    errors = {"this model": (score.mse, score.interval), **{one.name: (one.mse, one.interval) for one in score.others}}
    return side_by_side(errors, "Mean squared errors", "mean squared error")


def _parts(result: ForecastResult) -> Table | None:
    """Validation and test side by side."""
    parts: dict[str, ForecastScore] = {VALIDATION: result, **result.tests}
    rows = [
        Row(name, (decimal(one.mse), interval(one.interval), decimal(one.mae), count(one.n_windows)))
        for name, one in parts.items()
    ]
    return (
        Table("Part", ("Squared error", "95 % interval", "Absolute error", "Windows"), rows) if result.tests else None
    )


def _by_step(score: ForecastPart) -> list[Picture]:
    if len(score.by_step) < 2:
        return []
    others = list(zip(score.others, STYLES, strict=False))
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
        y_name="",
        description="Mean squared error of each row ahead; some of the numbers are in the table.",
    )
    caption = "How the error grows the further ahead is told."
    return [Picture("Squared error by row ahead", chart, caption, [(line.style, line.name) for line in lines], table)]


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
    groups = [Group(one.name, [("train", one.mse)]) for one in score.columns if one.mse is not None]
    description = "Squared error of each column; the numbers are in the table."
    chart = bar_chart(groups, x_name="mean squared error", description=description)
    return [Picture("Squared error by column", chart, "In standard units.", (), Table("Column", columns, rows))]


def _walk(walk: Walk) -> list[Picture]:
    if walk.right_signs is None or walk.right_signs_interval is None:
        return []
    rows = [("directions forecast right", "train", walk.right_signs, walk.right_signs_interval)]
    commoner = [Level("always the commoner one", "level", walk.always_up)] if walk.always_up is not None else []
    chart = interval_chart(
        rows,
        description="Share of directions told right; the numbers are in the table.",
        x_name="share",
        write=percent,
        levels=commoner,
    )
    table = Table(
        "Measure",
        ("Value",),
        [
            Row("Out-of-sample R²", (_with_interval(walk.r2, walk.r2_interval),)),
            Row(
                "Directions told right",
                (f"{percent(walk.right_signs)} ({interval(walk.right_signs_interval, percent)})",),
            ),
            Row("By always telling the commoner one", (percent(walk.always_up),)),
            Row("Moves", (count(walk.n_signs),)),
            Row("Diebold-Mariano", (_tested(walk.diebold_mariano),)),
            Row("Clark-West", (_tested(walk.clark_west),)),
        ],
    )
    return [Picture("Against a random walk", chart, "Half is chance where up and down are equally common.", (), table)]


def _tested(test: Statistic | None) -> str:
    return "too few windows to tell" if test is None else f"{decimal(test.value)}, p = {decimal(test.p)}"


def _with_interval(value: float | None, bounds: tuple[float, float] | None) -> str:
    return decimal(value) + (f" ({interval(bounds)})" if bounds else "")


def _walk_in_words(walk: Walk) -> list[str]:
    if not walk.n_signs:
        return ["Nothing moved in the rows that were scored: there was no direction to tell, nor any error to beat."]
    return [
        f"Of {count(walk.n_signs)} moves {percent(walk.right_signs)} ({interval(walk.right_signs_interval, percent)}) "
        f"were told in the right direction; one who always tells the commoner direction of the training part has "
        f"{percent(walk.always_up)} right.",
        "Diebold-Mariano asks whether its squared errors differ from a random walk's; Clark-West whether it knows "
        "anything that a random walk does not.",
    ]
