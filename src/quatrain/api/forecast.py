"""A trained forecaster in its folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch

from quatrain.api._words import others_of, result_lines, silent, to_stderr
from quatrain.api.forecast_rows import Rows, rows_of_anything
from quatrain.api.forecast_step import Step, prices_of
from quatrain.api.run import Run
from quatrain.config import override
from quatrain.data import SeriesConfig, SeriesData, SeriesPart, open_series
from quatrain.data.series import Series, Table, find_frequency, read_table, series_of, table_of
from quatrain.errors import ConfigError, DataError, suggest
from quatrain.models import Forecaster, ForecasterConfig
from quatrain.training.evaluation import Scored
from quatrain.training.forecasting import plain_baselines
from quatrain.training.objectives import OBJECTIVES

N_SAMPLES = 4
"""Windows of the test part that a person is shown."""
READING = ("time_column", "date_order", "decimal", "group_column", "encoding", "missing", "sort", "duplicates")
"""Settings that may be others for another table; all else the model was trained for."""
DAILY = {"daily", "daily without weekends"}
"""Of a few rows these cannot be told apart."""
SHOWN_PAST = 2
"""How many horizons of the past are shown before them."""


class ForecastRun(Run):
    """A model that tells the rows to come."""

    task: ClassVar[str] = "forecast"
    scoring: ClassVar[tuple[str, ...]] = ()
    predicting: ClassVar[tuple[str, ...]] = ("set",)

    @cached_property
    def model_config(self) -> ForecasterConfig:
        """What it reads and tells."""
        config = self.folder.model_config()
        assert isinstance(config, ForecasterConfig)
        return config

    @cached_property
    def data_config(self) -> SeriesConfig:
        """How its series was read."""
        values = dict(self._recipe()["data"])
        values.pop("kind", None)
        return SeriesConfig.from_dict(values, "data")

    def predict(self, data: str | Path | Rows | Any, *, settings: Sequence[str] = ()) -> list[Step]:
        """The rows to come after the last one of a table, or of rows.

        Args:
            data: the path of a table as the run was trained on; or its last rows, as a frame of pandas or polars, as a
                mapping from column to value each, or as an array (rows, columns) in the order of the run's columns.
                Without time stamps the forecast has none. At least `input_len` rows (of returns one more).
            settings: how the table is read, such as `data.missing=last`.

        Raises:
            DataError: it cannot be read, a column is missing, or there are too few rows.
            ConfigError: a setting is unknown, or the model was trained for another value of it.
        """
        if isinstance(data, str | Path):
            asked = self._asked(str(data), settings)
            return [replace(step, path=str(data)) for step in self._ahead(read_table(asked, is_trained=True), asked)]
        asked = self._asked("rows", settings)
        rows = list(enumerate(rows_of_anything(data, self.model_config.columns), start=1))
        return self._ahead(table_of(rows, "rows", asked, is_timed=False, is_trained=True), asked)

    def predictions(self, files: Sequence[str], *, settings: Sequence[str] = (), **options: Any) -> Iterator[Step]:
        """The same for each of some tables, `-` being stdin; one answer for each row to come, with its table."""
        for name in files:
            asked, is_file = self._asked(name, settings), name != "-"
            table = read_table(asked, stdin=None if is_file else sys.stdin.buffer, is_trained=True)
            for step in self._ahead(table, asked):
                yield replace(step, path=name if is_file else None, is_one_of_several=len(files) > 1)

    def evaluate(
        self, data: str | Path | None = None, *, part: str = "val", settings: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Errors, coverage and baselines from every origin of a part.

        Args:
            data: another table, of which every window counts; None: the data of the run.
            part: train, val or test of the run's data.
            settings: how another table is read, such as `data.missing=last`.

        Raises:
            DataError: it cannot be read, or is not what the run was trained on.
            ConfigError: there is no such part.
        """
        started = time.perf_counter()
        chosen = self._own_part(part) if data is None else self._other(str(data), settings)
        objective, scale = OBJECTIVES["forecast"], self.model.scale
        scored = Scored(self.model_config.kind, *objective.score(self.model, chosen))
        beside = plain_baselines(chosen, scale.std[scale.targets].cpu().numpy())
        others = objective.score_beside(beside, {part: chosen}, silent)[part]
        about = self._about(data, part)
        return {**about, **objective.compared(scored, others, chosen), "seconds": time.perf_counter() - started}

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """Errors, coverage, every baseline, and of returns the verdict."""
        low, high = result["interval"]
        covered = ", ".join(
            f"{share:.1%} of values in the {float(name):.0%} interval" for name, share in result["coverage"].items()
        )
        verdict = result.get("verdict")
        return [
            f"MSE {result['mse']:.4f} (95 % interval {low:.4f} to {high:.4f}), MAE {result['mae']:.4f} in standard "
            f"units, {result['n_windows']:,} windows; {covered}",
            *(
                f"beside it, {other['name']}: MSE {other['mse']:.4f}, MAE {other['mae']:.4f}"
                for other in others_of(result)
            ),
            *([f"This model is {verdict}."] if verdict else []),
        ]

    @classmethod
    def drafter(cls, data: SeriesData, seed: int) -> Callable[[Forecaster], str]:
        """Tells a few rows after the first window of the validation part, beside what came."""
        part = data.val
        batch, name = part.windows(np.zeros(1, np.int64)), data.series.targets[-1]
        shown = sorted({0, part.horizon // 4, part.horizon // 2, part.horizon - 1})

        def write(model: Forecaster) -> str:
            with torch.inference_mode():
                mean = model.forecast(batch.inputs[0].to(model.scale.mean.device)).mean[0, :, -1]
            told = (
                f"+{step + 1}: {float(mean[step]):.4g} (came {float(batch.targets[0, step, -1]):.4g})" for step in shown
            )
            return f"{name} after {data.series.times.written(int(part.origins[0]) - 1)}: {', '.join(told)}"

        return write

    def write_samples(self, data: SeriesData, seed: int) -> None:
        """Forecasts from a few origins of the test part, with what came."""
        part = data.tests["test"]
        which = np.unique(np.linspace(0, len(part) - 1, N_SAMPLES).astype(np.int64))
        batch = part.windows(which)
        with torch.inference_mode():
            found = self.model.forecast(batch.inputs[0].to(self.device))
        self._save_samples(
            self._sample(data.series, part, int(origin), found.mean[row].cpu(), found.quantiles[row].cpu())
            for row, origin in enumerate(part.origins[which])
        )

    def _sample(
        self, series: Series, part: SeriesPart, origin: int, mean: torch.Tensor, quantiles: torch.Tensor
    ) -> dict[str, Any]:
        column = len(series.targets) - 1
        past = slice(max(origin - max(SHOWN_PAST * part.horizon, 20), 0), origin)
        came = series.truth[origin : origin + part.horizon, column]
        return {
            "prompt": f"{series.targets[column]} after {series.times.written(origin - 1)}",
            "column": series.targets[column],
            "past": series.inputs[past, series.places[column]].tolist(),
            "truth": [None if np.isnan(value) else float(value) for value in came],
            "mean": mean[:, column].tolist(),
            "levels": list(self.model.levels),
            "quantiles": quantiles[:, column].tolist(),
        }

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path, typed = self.result(), self.folder.path, self.folder.typed
        return "\n".join(
            [
                "",
                *result_lines(result, self.score_lines, lambda score: ()),
                f"\nreport:    {path / 'report.html'}",
                f"go on:     quatrain predict {typed} TABLE    quatrain evaluate {typed} --part test",
            ]
        )

    def _asked(self, path: str, settings: Sequence[str] = ()) -> SeriesConfig:
        """How another table is read.

        Raises:
            ConfigError: a setting is unknown, or the model was trained for another value of it.
        """
        about_data = [setting.removeprefix("data.") for setting in settings]
        for name in (setting.partition("=")[0] for setting in about_data):
            if name not in READING:
                known = ", ".join(f"data.{other}" for other in READING)
                raise ConfigError(
                    f"--set data.{name}: a trained model is given no other value of this. What says how a table is "
                    f"read: {known}."
                )
        return override(self.data_config.replace(path=path), about_data, where="data")

    def _ahead(self, table: Table, asked: SeriesConfig) -> list[Step]:
        config = self.model_config
        series, _ = series_of(table, asked, is_trained=True)
        self._compare_frequency(table)
        missing = [name for name in config.columns if name not in series.columns]
        if missing:
            raise DataError(f"{table.source}: has no column {missing[0]}. {suggest(missing[0], series.columns)}")
        needed = config.backbone.input_len
        if len(series) < needed:
            more = " and one more, for returns are taken from row to row" if series.returns != "none" else ""
            raise DataError(
                f"{table.source}: has {len(table):,} rows, and a forecast is made from {needed:,}{more}. Give "
                "more of the past."
            )
        order = [series.columns.index(name) for name in config.columns]
        values = torch.from_numpy(series.inputs[-needed:, order])[None]
        with torch.inference_mode():
            found = self.model.forecast(values.to(self.device))
        return self._steps(table, series, config, found.mean[0].cpu().numpy(), found.quantiles[0].cpu().numpy())

    def _steps(
        self, table: Table, series: Series, config: ForecasterConfig, mean: np.ndarray, quantiles: np.ndarray
    ) -> list[Step]:
        stamps = self._stamps(table, config.horizon)
        names = [f"{level:g}" for level in config.quantiles]
        steps = []
        for row, stamp in enumerate(stamps):
            told = {
                target: dict(zip(names, map(float, quantiles[row, place]), strict=True))
                for place, target in enumerate(config.targets)
            }
            means = {target: float(mean[row, place]) for place, target in enumerate(config.targets)}
            price = prices_of(series, told) if config.horizon == 1 and series.returns == "log" else None
            steps.append(Step(stamp, means, told, price))
        return steps

    def _compare_frequency(self, table: Table) -> None:
        """Say where rows are another time apart than those that were learned from."""
        known = self.result()["data"].get("frequency") if self.folder.result_path.exists() else None
        found = find_frequency(table.times).name
        if known is None or table.time_column is None or len(table) < 2 or found == known:
            return
        if {found, known} != DAILY:
            to_stderr(
                f"warning: {table.source}: its rows are {found}, and those that this model learned from are {known}: "
                "it counts rows, not time, and what it knows of seasons is of another length here."
            )

    def _stamps(self, table: Table, n: int) -> list[str | None]:
        if table.time_column is None:
            return [None] * n
        after = find_frequency(table.times).after(int(table.times.stamps[-1]), n)
        return [table.times.write(int(stamp)) for stamp in after]

    def _own_part(self, part: str) -> SeriesPart:
        data = self._own_data()
        parts = {"train": data.train, "val": data.val, **data.tests}
        if part not in parts:
            raise ConfigError(f"--part {part}: this data has no such part. {suggest(part, parts)}")
        return parts[part]

    def _own_data(self) -> SeriesData:
        return self._unchanged(open_series(self.data_config), self.data_config.path)

    def _other(self, data: str, settings: Sequence[str]) -> SeriesPart:
        asked = self._asked(data, settings)
        table = read_table(asked, is_trained=True)
        series, _ = series_of(table, asked, is_trained=True)
        self._compare_frequency(table)
        config = self.model_config
        part = SeriesPart(series, 0, len(series), config.backbone.input_len, config.horizon)
        if not len(part):
            raise DataError(
                f"{data}: has {len(series):,} rows, and one window takes {part.input_len + part.horizon:,}. Give more."
            )
        return part
