"""A training small enough to be run whole, many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from quatrain.data import Corpus, DataConfig
from quatrain.models.presets import gpt2
from quatrain.runs import RunFolder
from quatrain.training import LoopConfig, TrainConfig
from quatrain.training.horizon import Horizon, StepsHorizon
from quatrain.training.loop import Hook, Trainer
from quatrain.training.optim import AdamWConfig

VOCAB_SIZE = 11
MakeTrainer = Callable[..., Trainer]


def corpus(n: int, seed: int) -> Corpus:
    """Two documents of random tokens; the end-of-text token is 0."""
    tokens = np.random.default_rng(seed).integers(1, VOCAB_SIZE, size=n).astype(np.uint16)
    tokens[[0, n // 3, n - 1]] = 0
    return Corpus(tokens, np.array([0, n // 3]), n_bytes=n - 3, n_chars=n - 3)


@pytest.fixture
def make_trainer(tmp_path: Path) -> MakeTrainer:
    """A fresh trainer; `loop` are settings of the loop, `model` of the model."""

    def make(
        *,
        folder: Path = tmp_path / "run",
        model: dict[str, Any] | None = None,
        optim: AdamWConfig | None = None,
        horizon: Horizon | None = None,
        hooks: Sequence[Hook] = (),
        **loop: Any,
    ) -> Trainer:
        folder.mkdir(exist_ok=True)
        settings = {"steps": 6, "batch_size": 5, "seq_len": 7, "n_validations": 2, "checkpoint_seconds": 0.0} | loop
        config = TrainConfig(
            data=DataConfig(path="made up"),
            model=gpt2(VOCAB_SIZE, 8, 1, 2, 8).replace(**model or {}),
            optim=optim or AdamWConfig(lr=0.01),
            train=LoopConfig(dtype="float32", **settings),
        )
        torch.manual_seed(config.train.seed)
        return Trainer(
            config,
            config.model.build(),
            corpus(300, seed=1),
            corpus(60, seed=2),
            folder=RunFolder(folder),
            horizon=horizon or StepsHorizon(settings["steps"]),
            fingerprint="the same",
            hooks=hooks,
        )

    return make
