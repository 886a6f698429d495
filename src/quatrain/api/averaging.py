"""Several moments of one training as one model."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from quatrain import __version__
from quatrain.api._words import silent
from quatrain.api.opening import open_run
from quatrain.api.run import Run
from quatrain.config import read_toml
from quatrain.data import open_data
from quatrain.errors import ConfigError, RunError
from quatrain.runs import RunFolder, load_weights, plain_weights, write_tensors
from quatrain.training import TrainConfig
from quatrain.training.checkpoint import Checkpoint, load_last
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.transfer import take_over

KEPT = ("recipe.toml", "tokenizer.json", "source_tokenizer.json")
"""Files of a run that hold for its average, too."""


def average_checkpoints(run: str | Path, out: str | Path, last: int = 5) -> Run:
    """A run whose weights are the mean of those of a run's last checkpoints; it is used as any other.

    Vaswani et al. 2017, section 6.1, average the last 5 of the base model, and the last 20 of the big one. A training
    keeps as many as `train.keep_checkpoints` says, one every `train.checkpoint_seconds`.

    Args:
        run: the run folder.
        out: the run folder to write.
        last: how many checkpoints.

    Raises:
        ConfigError: `last` is below 2.
        RunError: the run keeps fewer checkpoints, or something stands at `out` already.
        CheckpointError: one of them is damaged.
        DataError: the data, which the intervals of a forecaster are measured on again, cannot be read any more.
    """
    source, target = RunFolder.open(run), RunFolder(Path(out))
    if last < 2:
        raise ConfigError(f"--last {last}: an average needs at least 2 checkpoints.")
    if (target.path / "config.json").exists():
        raise RunError(f"{target.path}: a run is already there. Name another folder with --out.")
    found = load_last(source.checkpoints, last)
    if len(found) < last:
        raise RunError(
            f"{source.path}: keeps {len(found)} checkpoints, not {last}. Ask for fewer with --last, or train with "
            f"--set train.keep_checkpoints={last} --set train.checkpoint_seconds=60."
        )
    recipe = TrainConfig.from_dict(read_toml(source.recipe_path))
    model = _averaged(recipe, found, source)
    target.path.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        if (source.path / name).exists():
            shutil.copyfile(source.path / name, target.path / name)
    write_tensors(target.weights_path, plain_weights(model))
    about = source.config()
    target.write_config(recipe.model, __version__, about["eos_token"], source.task)
    return open_run(target.path)


def _averaged(recipe: TrainConfig, found: Sequence[Checkpoint], source: RunFolder) -> Any:
    """The model as it was trained, with the mean of its weights and all that is measured after a training."""
    model, objective = recipe.model.build(), OBJECTIVES[recipe.task]
    if recipe.transfer is not None:
        take_over(model, recipe, silent, with_weights=False)
    load_weights(model, _mean(found), source.checkpoints)
    if objective.completes:
        objective.complete(model, open_data(recipe.data))
    return model


def _mean(checkpoints: Sequence[Checkpoint]) -> dict[str, torch.Tensor]:
    """In float64; what is counted (integers) is the same in all, and taken from the last."""
    names = checkpoints[-1].weights
    return {
        name: torch.stack([found.weights[name].double() for found in checkpoints]).mean(dim=0).to(newest.dtype)
        if newest.is_floating_point()
        else newest
        for name, newest in names.items()
    }
