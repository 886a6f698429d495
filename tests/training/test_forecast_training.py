"""What a trained forecaster may know: nothing of a random walk, phi squared of an autoregression; exact resume."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quatrain.data import SeriesConfig, SeriesData, open_series
from quatrain.runs import RunFolder
from quatrain.training import LoopConfig, TrainConfig
from quatrain.training.checkpoint import TrainState, load_newest
from quatrain.training.fit import learn
from quatrain.training.forecasting import Walk
from quatrain.training.loop import Hook, StepRecord, Trainer
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.optim import AdamWConfig
from quatrain.training.planning import Request, plan

N_RETURNS = 1500
PHI = 0.2
SPREAD = 0.0125
"""Standard deviation of the out-of-sample R^2 over draws at phi = 0.2, of an expanding AR(1)."""


def prices(path: Path, phi: float, seed: int) -> SeriesData:
    noise, returns = np.random.default_rng(seed).normal(size=N_RETURNS), np.zeros(N_RETURNS)
    for row in range(1, N_RETURNS):
        returns[row] = phi * returns[row - 1] + noise[row]
    levels = 100 * np.exp(0.01 * np.cumsum(returns))
    days = np.datetime64("2000-01-01") + np.arange(N_RETURNS)
    path.write_text(
        "date,close\n" + "".join(f"{day},{level!r}\n" for day, level in zip(days, levels.tolist(), strict=True))
    )
    return open_series(SeriesConfig(path=str(path), input_len=8, test_fraction=0.4))


def recipe(data: SeriesData, word: str, steps: int, **loop: Any) -> TrainConfig:
    config = plan(
        Request(data=data.config.path, task="forecast", model=word, size="tiny", steps=steps), data, data.config
    )
    body = config.model.backbone.replace(dropout=0.0, d_model=8, n_layers=1)
    settings = {"batch_size": 64, "n_validations": 4, **loop}
    return config.replace(
        model=config.model.replace(backbone=body, dropout=0.0),
        optim=AdamWConfig(lr=3e-3),
        train=LoopConfig(**{**config.train.to_dict(), **settings}),
    )


def walk_of(data: SeriesData, word: str, folder: Path) -> Walk:
    folder.mkdir()
    config = recipe(data, word, 60)
    run = RunFolder(folder)
    run.write_config(config.model, "test", task="forecast")
    model, _ = learn(config, data, run, hooks=lambda _: [], say=lambda _: None)
    walk: Walk = OBJECTIVES["forecast"].score(model, data.tests["test"])[0].walk
    return walk


@pytest.mark.parametrize("word", ["lstm", "transformer"])
def test_nothing_is_known_of_a_random_walk(tmp_path: Path, word: str) -> None:
    walk = walk_of(prices(tmp_path / "walk.csv", 0.0, seed=0), word, tmp_path / "run")
    assert walk.r2 < 0.005
    assert walk.outcome in ("same", "worse")


@pytest.mark.parametrize("word", ["lstm", "transformer"])
def test_no_more_is_known_of_an_autoregression_than_there_is_to_know(tmp_path: Path, word: str) -> None:
    walk = walk_of(prices(tmp_path / "ar.csv", PHI, seed=1), word, tmp_path / "run")
    assert walk.r2 <= PHI**2 + 3 * SPREAD


class KillAfter(Hook):
    """Killed right after an update."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        if trainer.state.step == self.step:
            raise KeyboardInterrupt


def test_a_training_that_was_killed_ends_with_the_same_bytes(tmp_path: Path) -> None:
    data = prices(tmp_path / "walk.csv", 0.0, seed=0)
    config = recipe(data, "gru", 9, checkpoint_seconds=0.0)
    config = config.replace(model=config.model.replace(dropout=0.2))
    hashes = []
    for name, kills in (("undisturbed", ()), ("killed", (2, 7))):
        folder = RunFolder(tmp_path / name)
        folder.path.mkdir()
        folder.write_config(config.model, "test", task="forecast")
        for step in (*kills, None):
            hooks: list[Hook] = [KillAfter(step)] if step else []

            def make(state: TrainState, hooks: list[Hook] = hooks) -> list[Hook]:
                return hooks

            checkpoint = load_newest(folder.checkpoints, print)
            try:
                learn(config, data, folder, checkpoint=checkpoint, hooks=make, say=lambda _: None)
            except KeyboardInterrupt:
                assert step is not None
        hashes.append(hashlib.sha256(folder.weights_path.read_bytes()).hexdigest())
    assert hashes[0] == hashes[1]
