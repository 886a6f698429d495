"""Several moments of one training as one model."""

from __future__ import annotations

import json
import shlex
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
from quatrain.models import MixtureConfig, NGramConfig
from quatrain.runs import RunFolder, load_weights, plain_weights, write_tensors
from quatrain.training import TrainConfig
from quatrain.training.checkpoint import Checkpoint, count_checkpoints, load_last
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.transfer import take_over

KEPT = ("recipe.toml", "tokenizer.json", "source_tokenizer.json")
"""Files of a run that hold for its average, too."""


USUAL = 5
"""Checkpoints that are averaged where so many are kept."""
SHORTEST = 1
"""Seconds between checkpoints, at least."""


def average_checkpoints(run: str | Path, out: str | Path, last: int | None = None) -> Run:
    """A run whose weights are the mean of those of a run's last checkpoints; it is used as any other.

    Vaswani et al. 2017, section 6.1, average the last 5 of the base model, and the last 20 of the big one. A training
    keeps as many as `train.keep_checkpoints` says, one every `train.checkpoint_seconds`.

    Args:
        run: the run folder.
        out: the run folder to write.
        last: how many checkpoints; None: all that are kept, 5 at most.

    Raises:
        ConfigError: `last` is below 2.
        RunError: the run keeps fewer checkpoints, or only one, or something stands at `out` already.
        CheckpointError: one of them is damaged.
        DataError: the data, which the intervals of a forecaster are measured on again, cannot be read any more.
    """
    source, target = RunFolder.open(run), RunFolder(Path(out))
    wanted = how_many(run, last)
    if (target.path / "config.json").exists():
        raise RunError(f"{target.path}: a run is already there. Name another folder with --out.")
    found = load_last(source.checkpoints, wanted)
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


def how_many(run: str | Path, last: int | None) -> int:
    """Checkpoints of a run that are averaged.

    Raises:
        ConfigError: `last` is below 2.
        RunError: the run keeps fewer, and the message says how to train one that keeps as many; or none was ever
            written, for it was imported, mixed or counted.
    """
    source = RunFolder.open(run)
    if last is not None and last < 2:
        raise ConfigError(f"--last {last}: an average needs at least 2 checkpoints.")
    if reason := _never_trained(source):
        raise RunError(f"{source.path}: has no checkpoints to average: {reason}")
    n_kept = count_checkpoints(source.checkpoints)
    if n_kept >= (last or 2):
        return last or min(n_kept, USUAL)
    fewer = f"Ask for fewer (--last {n_kept}), or train" if n_kept >= 2 else "Train"
    raise RunError(
        f"{source.path}: keeps {n_kept} checkpoints, and {last or 2} are needed. {fewer} one that keeps more, written "
        f"while it trains: {_retraining(source, last or USUAL)}"
    )


def _never_trained(source: RunFolder) -> str:
    """Why no checkpoint was ever written; empty where a training writes them."""
    config = source.model_config()
    if isinstance(config, MixtureConfig):
        return "it is a mixture of runs, which is not trained. Average a run first, and mix what comes of it."
    if isinstance(config, NGramConfig):
        return "an n-gram is counted in one go, and there is nothing to average."
    if not source.recipe_path.exists():
        return (
            "it was imported, and its training left nothing but these weights. To train it further here, and then "
            f"average that run: quatrain train DATA --from {source.typed}"
        )
    return ""


def _retraining(source: RunFolder, n: int) -> str:
    """What to type to train on the same data so that `n` checkpoints are kept."""
    recipe = read_toml(source.recipe_path)
    result = json.loads(source.result_path.read_text(encoding="utf-8")) if source.result_path.exists() else {}
    between = max(int(result.get("train_seconds", 2 * n * SHORTEST)) // (2 * n), SHORTEST)
    path = str(recipe.get("data", {}).get("path", "DATA"))
    kept = f"--set train.keep_checkpoints={n} --set train.checkpoint_seconds={between}"
    return f"quatrain train {shlex.quote(path)} --recipe {shlex.quote(str(source.recipe_path))} {kept}"


def _averaged(recipe: TrainConfig, found: Sequence[Checkpoint], source: RunFolder) -> Any:
    """The model as it was trained, with the mean of its weights and all that is measured after a training."""
    model, objective = recipe.model.build(), OBJECTIVES[recipe.task]
    if recipe.transfer is not None:
        take_over(model, recipe, silent, with_weights=False)
    load_weights(model, _mean(found), source.checkpoints)
    if objective.completes:
        asked = type(recipe.data).from_dict(source.with_own_vocabulary(recipe.data.to_dict()))
        objective.complete(model, open_data(asked))
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
