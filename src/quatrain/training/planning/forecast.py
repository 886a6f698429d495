"""A forecaster of a series: one dial from the data and the time to everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch

from quatrain.config import Config
from quatrain.data import SeriesConfig, SeriesData
from quatrain.data.series import looks_like_series
from quatrain.models import ForecasterConfig
from quatrain.models.forecasters import Window, forecaster_of
from quatrain.training.config import LoopConfig, TrainConfig
from quatrain.training.machine import EFFICIENCY, machine_flops
from quatrain.training.optim import AdamWConfig
from quatrain.training.planning._base import Notch, Planner, chosen
from quatrain.training.planning.request import DEFAULT_SECONDS, Request
from quatrain.training.schedules import TrapezoidConfig

DEFAULT_MODEL = "dlinear"
N_EPOCHS = 10
"""How often the windows are read where neither a time nor a number of updates is asked for, and time allows it."""
N_VALIDATIONS, VALIDATION_TARGETS = 10, 1 << 19
"""Looks at the validation part on the way, and values told in each."""
MOST_SHARE = 0.3
"""Share of that speed that small matrices reach."""


FORECAST_SIZES: dict[str, Notch] = {
    "tiny": Notch(d_model=16, n_layers=2, n_heads=4, batch_size=32, flops=0),
    "small": Notch(d_model=32, n_layers=2, n_heads=4, batch_size=64, flops=1e12),
    "medium": Notch(d_model=128, n_layers=3, n_heads=8, batch_size=128, flops=1e15),
    "large": Notch(d_model=256, n_layers=4, n_heads=8, batch_size=256, flops=4e16),
}
"""The dial. `tiny` and `small` are measured on ETTh1 (docs/forecasting.md); the two larger ones are not."""


class ForecastPlanner(Planner):
    """The rows of a series to come."""

    task: ClassVar[str] = "forecast"
    data_config: ClassVar[type[Config]] = SeriesConfig
    dial: ClassVar[Mapping[str, Notch]] = FORECAST_SIZES

    @classmethod
    def recognises(cls, data: str, target: str | None) -> bool:
        """A table of dates and numbers alone."""
        return target is None and looks_like_series(data)

    def check_model(self, word: str) -> None:
        """A forecaster."""
        forecaster_of(word)

    def derive(self, request: Request, data: SeriesData, config: SeriesConfig) -> TrainConfig:
        """Width, depth, rate and batch from the windows and the time."""
        device = request.device or "auto"
        size = chosen(FORECAST_SIZES, request, untimed="small")
        part = data.train
        model = forecaster_of(request.model or DEFAULT_MODEL)(
            window_of(data), size.d_model, size.n_layers, size.n_heads
        )
        batch_size = max(min(size.batch_size, len(part) // 8), 1)
        steps = request.steps or self._epochs(request, model, data, batch_size, device)
        return TrainConfig(
            data=data.config,
            model=model,
            task="forecast",
            optim=AdamWConfig(lr=1e-3, weight_decay=0.01, schedule=TrapezoidConfig(warmup_steps=20, cooldown=0.7)),
            train=LoopConfig(
                steps=steps,
                seconds=request.time,
                batch_size=batch_size,
                seq_len=part.input_len,
                seed=request.seed or 0,
                device=device,
                dtype="float32",
                n_validations=N_VALIDATIONS,
                validation_tokens=VALIDATION_TARGETS,
                n_samples=4,
            ),
        )

    def _epochs(
        self, request: Request, model: ForecasterConfig, data: SeriesData, batch_size: int, device: str
    ) -> int | None:
        """Updates that read the windows so often; None where a time is asked for, or they would not fit into it."""
        if request.seconds is not None:
            return None
        steps = max(N_EPOCHS * len(data.train) // batch_size, 1)
        with torch.device("meta"):  # sizes alone
            flops = 3 * model.build().flops(data.train.input_len) * steps * batch_size
        fits = flops < DEFAULT_SECONDS * MOST_SHARE * EFFICIENCY * machine_flops(device)
        return steps if fits else None


def window_of(data: SeriesData) -> Window:
    """What is read of a series and what is forecast."""
    series, part = data.series, data.train
    return Window(series.columns, series.targets, part.input_len, part.horizon, series.returns != "none")
