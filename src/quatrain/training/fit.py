"""From a recipe and its data to a run folder with weights, scores and a baseline."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from quatrain.data import Corpus
from quatrain.errors import CheckpointError
from quatrain.models import NGramConfig
from quatrain.runs import RunFolder, weights_of, write_json, write_tensors
from quatrain.training.checkpoint import Checkpoint, TrainState, load_newest
from quatrain.training.config import TrainConfig
from quatrain.training.device import computes_bfloat16, pick_device
from quatrain.training.evaluation import Scored
from quatrain.training.hooks import peak_memory
from quatrain.training.horizon import Horizon, StepsHorizon, TimeHorizon, hurried
from quatrain.training.learnable import Data, Learnable, observe
from quatrain.training.loop import Hook, Trainer
from quatrain.training.memory import keep_freed_memory
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.transfer import refuse_unfit, take_over

HookFactory = Callable[[TrainState], Sequence[Hook]]


def refuse_early(config: TrainConfig, data: Data) -> None:
    """Find what would stop a training before its first step, while nothing has been written.

    Raises:
        ConfigError: the device is unknown or not there, or two settings of the model contradict each other, or one
            contradicts what is started from.
        RunError: what is started from is damaged.
        MissingExtra: the result could not be scored.
        DataError: the training part is shorter than one row.
    """
    pick_device(config.train.device)
    OBJECTIVES[config.task].require()
    with torch.device("meta"):  # shapes alone
        config.model.build()
    if config.transfer is not None:
        refuse_unfit(config)
    if not isinstance(config.model, NGramConfig):
        loop = config.train
        data.train.batches(seed=loop.seed, batch_size=loop.batch_size, seq_len=loop.seq_len)


def fit(
    config: TrainConfig,
    data: Data,
    folder: RunFolder,
    *,
    resume: bool,
    spent: float,
    hooks: HookFactory,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Train, score, and write `result.json`.

    Args:
        spent: seconds of the time budget already gone (start-up, reading).
        hooks: makes the hooks, told where training starts from.

    Returns:
        The content of `result.json`.

    Raises:
        Interrupted: a signal came; everything is saved.
        TrainingError: the loss is not finite, or the disk is full.
        CheckpointError: the data or the recipe has changed since the run was saved, or every checkpoint is damaged.
    """
    started = time.perf_counter()
    keep_freed_memory()
    checkpoint = _resume_point(config, data, folder, say) if resume else None
    objective = OBJECTIVES[config.task]
    parts = {"val": data.val, **data.tests}
    beside = objective.score_beside(objective.baselines(config, data, say), parts, say)
    model, state = learn(
        config, data, folder,
        checkpoint=checkpoint,
        spent=spent + time.perf_counter() - started,
        n_scored_after=sum(part.n_targets for part in parts.values()),
        hooks=hooks,
        say=say,
    )  # fmt: skip
    say("scoring the whole validation part" + (" and the test parts" if data.tests else ""))
    compared = {
        name: objective.compared(Scored(config.model.kind, *objective.score(model, part)), beside[name], part)
        for name, part in parts.items()
    }
    result = {
        "run": str(folder.path),
        "task": config.task,
        "seconds": spent + time.perf_counter() - started,
        "model": config.model.to_dict(),
        **compared.pop("val"),
        "steps": state.step,
        "best_step": state.best_step,
        "n_parameters": sum(weight.numel() for weight in model.parameters()),
        "train_tokens": state.tokens,
        "train_seconds": state.seconds,
        "flops": round(objective.flops_per_target(model, config, data) * state.tokens),
        "peak_memory_bytes": peak_memory(),
        "machine": _machine(config),
        "data": data.about() | {"left_out": data.left_out(config.train.seq_len)},
    }
    if compared:
        result["tests"] = compared
    result["warnings"] = _warnings(config, state)
    for warning in result["warnings"]:
        say(warning)
    result["seconds"] = spent + time.perf_counter() - started
    write_json(folder.result_path, result)
    return result


def _resume_point(config: TrainConfig, data: Data, folder: RunFolder, say: Callable[[str], None]) -> Checkpoint | None:
    """The newest checkpoint; None where training was stopped before its first, and starts again."""
    checkpoint = load_newest(folder.checkpoints, say)
    is_same = (
        checkpoint.fingerprint == fingerprint(config, data) if checkpoint else folder.keeps(data.tokenizer_files())
    )
    if not is_same:
        raise CheckpointError(
            f"{folder.path}: the data or the recipe has changed since this run was started, so going on would not be "
            "the same run. Restore them, or leave out --resume and start another run with --out."
        )
    return checkpoint


def learn(
    config: TrainConfig,
    data: Learnable,
    folder: RunFolder,
    *,
    checkpoint: Checkpoint | None = None,
    spent: float = 0.0,
    n_scored_after: int = 0,
    hooks: HookFactory,
    say: Callable[[str], None],
) -> tuple[Any, TrainState]:
    """Train to the horizon, or count what is counted; the best weights stand in the folder.

    Args:
        checkpoint: where to go on from; None: the beginning.
        spent: seconds of the time budget already gone.
        n_scored_after: targets that will be scored afterwards, so that a time budget leaves time for it.
        hooks: makes the hooks, told where training starts from.

    Returns:
        The model with its best weights, in evaluation mode, and where training ended.
    """
    started = time.perf_counter()
    torch.manual_seed(config.train.seed)
    if isinstance(config.model, NGramConfig):
        assert isinstance(data.counted, Corpus), "an n-gram is counted on text"
        say(f"counting {config.model.order}-grams of {len(data.counted.tokens):,} tokens")
        model = observe(config.model.build(), data.counted, config.train.seed)
        write_tensors(folder.weights_path, weights_of(model))
        n_seen, seconds = data.counted.n_targets, time.perf_counter() - started
        return model.eval(), TrainState(step=1, progress=1.0, tokens=n_seen, seconds=seconds, best_step=1)
    model = config.model.build()
    if config.transfer is None:
        model = observe(model, data.counted, config.train.seed)
    else:
        take_over(model, config, say, with_weights=checkpoint is None)
    state = checkpoint.state if checkpoint else TrainState()
    trainer = Trainer(
        config, model.to(pick_device(config.train.device)), data.train, data.val,
        folder=folder,
        horizon=_horizon(config, spent + time.perf_counter() - started, state.seconds),
        fingerprint=fingerprint(config, data),
        n_scored_after=n_scored_after,
        hooks=hooks(state),
    )  # fmt: skip
    if checkpoint:
        trainer.restore(checkpoint)
        say(f"going on from step {state.step}")
    trainer.run()
    model, objective = folder.load_model(str(trainer.device)), OBJECTIVES[config.task]
    if objective.completes:
        objective.complete(model, data)
        write_tensors(folder.weights_path, weights_of(model))
    return model, trainer.state


def _horizon(config: TrainConfig, spent: float, trained: float) -> Horizon:
    if config.train.steps is not None:
        return StepsHorizon(config.train.steps)
    assert config.train.seconds is not None
    return TimeHorizon(config.train.seconds, spent + trained, trained)


def _warnings(config: TrainConfig, state: TrainState) -> list[str]:
    """What is to be known before the scores are believed."""
    asked = None if config.train.steps is not None or isinstance(config.model, NGramConfig) else config.train.seconds
    return [warning for warning in (hurried(state.step, asked),) if warning]


def _machine(config: TrainConfig) -> dict[str, Any]:
    device = pick_device(config.train.device)
    dtype = config.train.dtype
    if dtype == "auto":
        dtype = "bfloat16" if computes_bfloat16(device) else "float32"
    return {"cpus": os.cpu_count(), "dtype": dtype, "torch": torch.__version__, "device": str(device)}


def fingerprint(config: TrainConfig, data: Learnable) -> str:
    """What a checkpoint belongs to: the data and every setting that the result depends on."""
    values = config.to_dict()
    for name in ("checkpoint_seconds", "keep_checkpoints", "seconds", "device", "n_samples"):
        values["train"].pop(name)
    values["data"].pop("path", None)
    text = json.dumps([values, data.fingerprint], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
