"""What a forecaster leaves in result.json and samples.jsonl."""

from __future__ import annotations

from collections.abc import Mapping

from quatrain.report.folder import DataFacts, Other, Part, Record, Result, RunFacts, Sample, Score


class Plain(Other):
    """A forecast that needs no training; the difference is of squared errors, window by window."""

    mse: float | None = None
    """In standard units."""
    mae: float | None = None
    interval: tuple[float, float] | None = None
    """95 % interval of the mean squared error."""
    by_step: tuple[float, ...] = ()


class ColumnScore(Record):
    """One column."""

    name: str
    mse: float | None = None
    mae: float | None = None
    rmse_units: float | None = None
    """In the units of the column."""
    mae_units: float | None = None


class Statistic(Record):
    """A test."""

    value: float | None = None
    p: float | None = None


class Walk(Record):
    """Returns beside those of a random walk."""

    r2: float | None = None
    r2_interval: tuple[float, float] | None = None
    right_signs: float | None = None
    right_signs_interval: tuple[float, float] | None = None
    always_up: float | None = None
    n_signs: int | None = None
    diebold_mariano: Statistic | None = None
    """None: too few windows that do not overlap."""
    clark_west: Statistic | None = None
    outcome: str = "same"
    verdict: str = ""


class ForecastScore(Score):
    """How good forecasts are, from every origin; `interval` is that of the mean squared error."""

    mse: float | None = None
    mae: float | None = None
    pinball: float | None = None
    coverage: Mapping[str, float] = {}
    n_windows: int | None = None
    by_step: tuple[float, ...] = ()
    columns: tuple[ColumnScore, ...] = ()
    walk: Walk | None = None


class ForecastPart(ForecastScore, Part[Plain]):
    """How good the forecasts of a part are, beside those that need no training."""


class SeriesFacts(DataFacts):
    """The series."""

    n_rows: int | None = None
    columns: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    returns: str = "none"
    frequency: str | None = None
    input_len: int | None = None
    horizon: int | None = None
    windows: Mapping[str, int] = {}


class ForecastResult(Result, ForecastPart):
    """result.json of a forecaster."""

    data: SeriesFacts = SeriesFacts()
    tests: Mapping[str, ForecastPart] = {}

    @property
    def final(self) -> ForecastPart:
        """The part it is judged by."""
        return self.tests.get(self.judged_by, self)


class Forecasted(Sample):
    """A window with its forecast and what came."""

    column: str = ""
    past: tuple[float, ...] = ()
    truth: tuple[float | None, ...] = ()
    mean: tuple[float, ...] = ()
    levels: tuple[float, ...] = ()
    quantiles: tuple[tuple[float, ...], ...] = ()
    """By step and level."""


Run = RunFacts[ForecastResult, Forecasted]
