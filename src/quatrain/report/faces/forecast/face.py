"""What the page and the card of a forecaster show."""

from __future__ import annotations

import shlex
from typing import ClassVar

from quatrain.report import commands
from quatrain.report.charts import Level
from quatrain.report.commands import Step
from quatrain.report.faces._base import Face, Metric, ScoreView, finite
from quatrain.report.faces.forecast.pictures import draw_forecast
from quatrain.report.faces.forecast.records import Forecasted, ForecastResult, ForecastScore, Run
from quatrain.report.faces.forecast.scores import view_scores
from quatrain.report.faces.forecast.verdict import judge
from quatrain.report.facts import Row, row
from quatrain.report.folder import VALIDATION
from quatrain.report.quantities import count
from quatrain.report.samples import Samples, SampleView, plain
from quatrain.report.verdict import Verdict

SHOWN = "Forecasts from a few rows of the test part, beside what came."
RETURNS = {"none": "the values", "log": "log returns, from row to row", "diff": "differences, from row to row"}


class ForecastFace(Face[ForecastResult, Forecasted]):
    """Tells the rows to come; its baselines need no training."""

    task: ClassVar[str] = "forecast"
    measure: ClassVar[str] = "error"
    unit: ClassVar[str] = "value"
    result_kind = ForecastResult
    sample_kind = Forecasted
    reading: ClassVar[str] = (
        "On rows later than all that was learned from. Errors are in standard units: every column less its mean in "
        "training, over its spread there; an error of 1 is that of always telling the training mean, if nothing "
        "changes. Lower is better."
    )
    pipeline: ClassVar[str] = "time-series-forecasting"
    tags: ClassVar[tuple[str, ...]] = ("time-series", "forecasting")
    purpose: ClassVar[str] = "It tells the rows of a series to come, with intervals."
    limits: ClassVar[tuple[str, ...]] = (
        "It knows nothing but the past of these columns: what has never happened there, it cannot foresee.",
        "Its intervals hold their share as long as the future errs as the validation part did. When that changes, they "
        "are too narrow.",
        "Its scores are averages over quiet and wild times; in wild ones it is worse.",
    )

    def verdict(self, run: Run) -> Verdict:
        """Whether it beats the plain forecasts, or a random walk."""
        return judge(run)

    def scores(self, run: Run, result: ForecastResult) -> ScoreView:
        """Errors beside those of plain forecasts, by row ahead, by column."""
        return view_scores(result)

    def metrics(self, result: ForecastResult) -> dict[str, list[Metric]]:
        """Squared and absolute error, pinball loss."""
        parts: dict[str, ForecastScore] = {VALIDATION: result, **result.tests}
        return {
            part: finite(
                [
                    ("mse", "Mean squared error (standard units)", score.mse),
                    ("mae", "Mean absolute error (standard units)", score.mae),
                    ("pinball", "Mean pinball loss (standard units)", score.pinball),
                ]
            )
            for part, score in parts.items()
        }

    def levels(self, result: ForecastResult) -> list[Level]:
        """None: the loss of the curves counts quantiles in, which plain forecasts do not have."""
        return []

    def samples(self, run: Run) -> Samples:
        """Each window with its forecast."""
        return Samples(SHOWN, [_view(sample) for sample in run.samples])

    def data_rows(self, run: Run, result: ForecastResult) -> list[Row]:
        """Rows, frequency, columns, windows."""
        data = result.data
        windows = ", ".join(f"{name} {count(n)}" for name, n in data.windows.items())
        return [
            row("Data", data.name),
            row("Rows", count(data.n_rows)),
            row("Frequency", data.frequency),
            row("Columns read", ", ".join(data.columns)),
            row("Columns forecast", ", ".join(data.targets)),
            row("Modelled", RETURNS.get(data.returns)),
            row("Rows of the past", count(data.input_len)),
            row("Rows ahead", count(data.horizon)),
            row("Windows", windows),
        ]

    def steps(self, run: Run, place: str) -> list[Step]:
        """Forecast, score, use from Python."""
        return [
            Step("Tell what comes after a table", f"quatrain predict {shlex.quote(place)} TABLE"),
            commands.evaluate(run, place),
            commands.python(place, 'run.predict("TABLE")'),
        ]


def _view(sample: Forecasted) -> SampleView:
    told = ", ".join(f"{value:.4g}" for value in sample.mean[:5]) + (", ..." if len(sample.mean) > 5 else "")
    texts = [("forecast", plain(f"{sample.prompt}: {told}"))]
    n = len(sample.mean)
    return SampleView(texts, (), f"{n} row{'s' * (n > 1)} ahead.", draw_forecast(sample))
