"""A classifier of windows of series: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from quatrain.config import Config
from quatrain.data import LabelledSeriesConfig, WindowData, could_be_windows, looks_like_windows
from quatrain.data.labelled_series import is_long_table
from quatrain.models.series_classifiers import SeriesSize, Windows, series_classifier
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.optim import AdamWConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "fcn"
EMA = 0.99
N_VALIDATIONS, VALIDATION_WINDOWS = 20, 5000
LEAST_BATCH, MOST_BATCH = 16, 64
"""Windows of an update; in between a tenth of the training part."""
OPTIMISER = AdamWConfig(lr=1e-3, schedule=TrapezoidConfig(warmup_steps=20, cooldown=0.7))


WINDOW_SIZES: dict[str, Notch] = {
    "tiny": Notch(d_model=32, n_layers=2, n_heads=4, batch_size=64, flops=0),
    "small": Notch(d_model=64, n_layers=2, n_heads=4, batch_size=64, flops=1e12),
    "medium": Notch(d_model=128, n_layers=3, n_heads=8, batch_size=64, flops=1e14),
}
"""The dial."""


class SeriesClassifierPlanner(Planner):
    """The class of a window of a series."""

    task: ClassVar[str] = "classify"
    data_config: ClassVar[type[Config]] = LabelledSeriesConfig
    dial: ClassVar[Mapping[str, Notch]] = WINDOW_SIZES

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """Files of the UEA and UCR archives, or a long table of time, numbers and labels."""
        return target is None and looks_like_windows(data)

    @classmethod
    def could_read(cls, data: str) -> bool:
        """Any table of numbers with labels."""
        return could_be_windows(data)

    @classmethod
    def otherwise(cls, data: str) -> str:
        """A long table may be a series as well."""
        return "If values to come are meant: --task forecast." if is_long_table(data) else ""

    def check_model(self, word: str) -> None:
        """A classifier of windows."""
        series_classifier(word)

    def derive(self, request: Request, data: WindowData, config: LabelledSeriesConfig) -> TrainConfig:
        """Width, depth and batch from the windows and the time."""
        seconds, device = request.time, request.device or "auto"
        size, train = chosen(WINDOW_SIZES, request, untimed="small"), data.train
        numbers = SeriesSize(size.d_model, size.n_layers, size.n_heads)
        return TrainConfig(
            data=data.config,
            model=series_classifier(request.model or DEFAULT_MODEL)(windows_of(data), numbers),
            task="classify",
            optim=OPTIMISER,
            train=LoopConfig(
                steps=request.steps,
                seconds=seconds,
                batch_size=min(max(len(train) // 10, LEAST_BATCH), MOST_BATCH),
                seq_len=train.mean_length,
                seed=request.seed or 0,
                device=device,
                ema=EMA,
                n_validations=N_VALIDATIONS,
                validation_tokens=VALIDATION_WINDOWS,
            ),
        )


def windows_of(data: WindowData) -> Windows:
    """What a model must know of the windows it is for."""
    train = data.train
    return Windows(train.mean_length, train.n_columns, data.classes, train.scale.mean, train.scale.std)
