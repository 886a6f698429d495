"""A window, its forecast with its intervals, and what came, as a chart."""

from __future__ import annotations

from quatrain.report.charts import Band, Line, line_chart
from quatrain.report.faces.forecast.records import Forecasted
from quatrain.report.facts import Row, Table
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, round_percent, short

N_ROWS = 12
"""Rows of the table under a chart, at most."""
BANDS = ("band", "band inner")
"""Of intervals, the widest first; one drawn over another is darker."""


def draw_forecast(sample: Forecasted) -> Picture | None:
    """Past and truth as a line, the forecast as another, over bands; None where there is nothing to draw."""
    if not sample.mean or not sample.past:
        return None
    horizon = len(sample.mean)
    past = [(float(place - len(sample.past) + 1), value) for place, value in enumerate(sample.past)]
    came = [(float(step), value) for step, value in enumerate(sample.truth, start=1) if value is not None]
    told = [(float(step), value) for step, value in enumerate(sample.mean, start=1)]
    chart = line_chart(
        [Line("what came", "memory", past + came), Line("forecast", "train", told, dots=horizon == 1)],
        x_name="rows ahead",
        y_name="",
        description=f"{sample.prompt}: the forecast of {horizon} rows over its past; the numbers are in the table.",
        bands=[_band(sample, pair) for pair in range(len(sample.levels) // 2)],
    )
    names = [f"{round_percent(high - low)} interval" for low, high in _pairs(sample)]
    key = [("memory", "past, and what came"), ("train", "forecast"), *zip(BANDS, names, strict=False)]
    return Picture(f"Forecast of {sample.column}", chart, "Rows before 1 are the past.", key, _table(sample))


def _pairs(sample: Forecasted) -> list[tuple[float, float]]:
    return [(sample.levels[pair], sample.levels[-1 - pair]) for pair in range(len(sample.levels) // 2)]


def _band(sample: Forecasted, pair: int) -> Band:
    if len(sample.quantiles) == 1:  # a band of one row is as wide as the row
        (row,) = sample.quantiles
        return Band([(x, row[pair], row[-1 - pair]) for x in (0.6, 1.4)])
    return Band([(float(step), row[pair], row[-1 - pair]) for step, row in enumerate(sample.quantiles, start=1)])


def _table(sample: Forecasted) -> Table:
    n = len(sample.mean)
    steps = sorted({round(place * (n - 1) / max(N_ROWS - 1, 1)) for place in range(N_ROWS)} & set(range(n)))
    widest = _pairs(sample)[0] if sample.levels else (0.0, 0.0)
    columns = ("Forecast", f"{round_percent(widest[1] - widest[0])} interval", "What came")
    rows = [
        Row(
            count(step + 1),
            (
                short(sample.mean[step]),
                f"{short(sample.quantiles[step][0])} to {short(sample.quantiles[step][-1])}"
                if sample.quantiles
                else "–",
                short(sample.truth[step]) if step < len(sample.truth) else "–",
            ),
        )
        for step in steps
    ]
    return Table("Row ahead", columns, rows)
