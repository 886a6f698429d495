"""Classes of windows of series as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from quatrain.comparison.subjects.classes import ClassSubject
from quatrain.data import LabelledSeriesConfig, WindowData
from quatrain.models import ModelConfig
from quatrain.models.series_classifiers import SeriesSize, series_classifier
from quatrain.training.planning import Planner
from quatrain.training.planning.labelled_series import SeriesClassifierPlanner, windows_of


@dataclass(frozen=True)
class LabelledSeriesSubject(ClassSubject):
    """The class of a window of a series."""

    usual: ClassVar[tuple[str, ...]] = ("fcn", "patch", "transformer", "lstm", "gru", "conv")
    yardstick: ClassVar[str] = "transformer"
    planner: ClassVar[Planner] = SeriesClassifierPlanner()
    sort: ClassVar[str] = "classes of windows of series"
    row: ClassVar[str] = "window"

    config: LabelledSeriesConfig
    data: WindowData

    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """Convolutions, or blocks over moments or patches."""
        return series_classifier(word)(windows_of(self.data), SeriesSize(d_model, n_layers, n_heads))

    @property
    def title(self) -> str:
        """Classes, and how long windows are."""
        data, part = self.data, self.data.train
        columns = "column" if part.n_columns == 1 else "columns"
        shape = f"{part.mean_length:,} rows of {part.n_columns} {columns}"
        return f"the class of a window of {data.name} ({len(data.classes)} classes; {shape})"

    def measured(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """None: windows are all of one length."""
        return ()

    def reading(self, seq_len: int) -> dict[str, Any]:
        """Rows of some columns."""
        return {"seq_len": self.data.train.mean_length, "columns": list(self.data.columns)}
