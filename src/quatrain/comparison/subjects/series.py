"""A series of numbers as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from quatrain.comparison.subjects._examples import ExampleSubject
from quatrain.data import SeriesConfig, SeriesData
from quatrain.models import ModelConfig
from quatrain.models.forecasters import forecaster_of
from quatrain.training.planning import Planner
from quatrain.training.planning.forecast import ForecastPlanner, window_of

RETURNS = {"log": " (log returns)", "diff": " (differences)"}
"""What is modelled where it is not the values themselves."""


@dataclass(frozen=True)
class SeriesSubject(ExampleSubject):
    """The rows to come: the mean squared error of each window, in standard units."""

    usual: ClassVar[tuple[str, ...]] = ("dlinear", "nlinear", "patch", "transformer", "lstm", "conv")
    yardstick: ClassVar[str] = "patch"
    planner: ClassVar[Planner] = ForecastPlanner()
    sort: ClassVar[str] = "a series"
    scores: ClassVar[tuple[str, ...]] = ("mae",)
    target: ClassVar[str] = "a value"
    targets: ClassVar[str] = "values"
    fault: ClassVar[str] = "squared error"
    metric: ClassVar[str] = "mse"
    items: ClassVar[str] = "windows"
    loss_unit: ClassVar[str] = "error per value"
    row: ClassVar[str] = "window"

    config: SeriesConfig
    data: SeriesData

    objective = "forecast"
    higher_is_better = False

    @property
    def block(self) -> int:
        """Windows overlap, and twice a horizon apart they share nothing."""
        return 2 * self.data.val.horizon

    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """Linear maps, or blocks over moments or patches."""
        return forecaster_of(word)(window_of(self.data), d_model, n_layers, n_heads)

    @property
    def title(self) -> str:
        """How far ahead, of what, and from how much of the past."""
        part, series = self.data.train, self.data.series
        rows = "the next row" if part.horizon == 1 else f"the next {part.horizon:,} rows"
        of = f"{', '.join(series.targets)}{RETURNS.get(series.returns, '')}"
        return f"{rows} of {of}, {self.data.name}, after {part.input_len:,} rows"

    def n_items(self, seq_len: int) -> int:
        """Windows."""
        return len(self.data.val)

    def measured(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """None: windows are all of one length."""
        return ()

    def reading(self, seq_len: int) -> dict[str, Any]:
        """Rows of some columns."""
        part = self.data.train
        return {"seq_len": part.input_len, "horizon": part.horizon, "columns": list(self.data.series.columns)}
