"""The one training loop. It knows no family and no task: only batches, an objective, and what happens between."""

from __future__ import annotations

import math
import operator
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, NoReturn

import torch
from torch import nn

from quatrain.errors import TrainingError
from quatrain.runs import RunFolder, load_weights, plain_weights, weights_of, write_tensors
from quatrain.training.average import Average
from quatrain.training.checkpoint import Checkpoint, TrainState, save
from quatrain.training.config import TrainConfig
from quatrain.training.device import autocast
from quatrain.training.evaluation import Quality
from quatrain.training.growth import Course, Source
from quatrain.training.horizon import Horizon
from quatrain.training.interrupts import Interrupted, stop_requests
from quatrain.training.objectives import OBJECTIVES

FORWARD_SPEED = 3.5
"""How many times faster scoring is than training, where no validation has been long enough to tell."""
ENOUGH_TO_TIME = 8192
"""Targets of a validation whose time is more than its overhead."""
AFTER_SCORING = 5.0
"""Seconds kept back for samples and the report."""


@dataclass(frozen=True)
class StepRecord:
    """What one update did."""

    loss: float
    """Nats per target of this batch, before the update; as validations tell it."""
    lr_factor: float
    """What every rate was multiplied by."""
    grad_norm: float
    """Of the whole gradient, before clipping."""
    n_targets: int
    seconds: float
    beside: Mapping[str, float] = field(default_factory=dict)
    """What is learned from beside the loss, by name."""


class Hook:
    """Told what happens; every method may be left as it is."""

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        """After an update."""

    def on_validation(self, trainer: Trainer, loss: float, is_best: bool) -> None:
        """After a validation."""

    def on_end(self, trainer: Trainer) -> None:
        """When training ends, for whatever reason."""


class Trainer:
    """A training that can be run, stopped, saved and gone on with.

    Args:
        config: the recipe.
        model: on its device.
        train: what is learned from.
        val: what is validated on, as the objective knows it.
        folder: where weights and checkpoints go.
        horizon: how far training goes.
        fingerprint: of data and recipe; every checkpoint keeps it.
        n_scored_after: targets that will be scored after training, so that a time budget leaves time for it.
        hooks: told what happens.
    """

    def __init__(
        self,
        config: TrainConfig,
        model: nn.Module,
        train: Source,
        val: Any,
        *,
        folder: RunFolder,
        horizon: Horizon,
        fingerprint: str,
        n_scored_after: int = 0,
        hooks: Sequence[Hook] = (),
    ) -> None:
        self.config, self.loop = config, config.train
        self.model, self.folder, self.horizon = model, folder, horizon
        self.fingerprint, self.n_scored_after, self.hooks = fingerprint, n_scored_after, hooks
        self.device = next(model.parameters()).device
        self.objective = OBJECTIVES[config.task]
        self.course = Course(train, self.loop)
        self.val = val
        self.optimisers = config.optim.build(model)
        self.average = Average(model, self.loop.ema) if self.loop.ema else None
        self.state = TrainState()

    def run(self) -> None:
        """Train to the horizon.

        Raises:
            Interrupted: a signal came; everything is saved.
            TrainingError: the loss is not finite, or the disk is full.
        """
        self.model.train()
        last_saved = time.monotonic()
        try:
            with stop_requests() as request:
                while self.state.progress < 1 and not self._is_exhausted():
                    before = self.state.progress
                    record = self._step()
                    for hook in self.hooks:
                        hook.on_step(self, record)
                    if self._crosses(before, self.loop.n_validations):
                        self.validate()
                    due = time.monotonic() - last_saved >= self.loop.checkpoint_seconds
                    signal_name = request.name  # read once: one that comes between saving and stopping waits a step
                    if due or signal_name or self.state.progress >= 1 or self._is_exhausted():
                        self.save()
                        last_saved = time.monotonic()
                    if signal_name:
                        self._stop(signal_name)
                if request.name:  # it came after the last step was saved
                    self._stop(request.name)
        finally:
            self._tell(lambda hook: hook.on_end(self))

    def _step(self) -> StepRecord:
        """One update of the weights; the loss is exact whatever the padding or the split."""
        started, step = time.perf_counter(), self.state.step
        progress = self.horizon.next_progress(self.state)
        torch.manual_seed(hash((self.loop.seed, step)) & 0x7FFF_FFFF)  # dropout depends on the step alone
        whole = self.course.at(self.state.progress).at(step).to(self.device)
        micro_batches = whole.split(self.loop.micro_batch_size or whole.n_rows)
        n_targets = sum(batch.n_targets for batch in micro_batches)
        sums: defaultdict[str, float] = defaultdict(float)
        for batch in micro_batches:
            with autocast(self.device, self.loop.dtype):
                parts = self.objective.loss_parts(self.model, batch)
                whole_part = reduce(operator.add, parts.values())
            (whole_part / n_targets).backward()
            for name, part in parts.items():
                sums[name] += part.item()
        means = {name: total / n_targets for name, total in sums.items()}
        loss, grad_norm = sum(means.values()), self._clip()
        if not (math.isfinite(loss) and math.isfinite(grad_norm)):
            self._refuse(f"loss {loss:.4g}, gradient norm {grad_norm:.4g}: not finite, so the update was not made")
        factor = self.config.optim.schedule.factor(step, self.state.progress)
        self.optimisers.step(factor)
        if self.average:
            self.average.update()
        seconds = time.perf_counter() - started
        self.state = replace(
            self.state,
            step=step + 1,
            progress=progress,
            tokens=self.state.tokens + n_targets,
            seconds=self.state.seconds + seconds,
        )
        return StepRecord(means.pop("loss"), factor, grad_norm, n_targets, seconds, means)

    def _clip(self) -> float:
        bound = self.config.optim.clip
        return float(nn.utils.clip_grad_norm_(self.model.parameters(), bound or math.inf))

    def validate(self) -> None:
        """Score the validation part, keep the weights if they are the best so far."""
        with self._scored_weights():
            score = self.objective.validate(self.model, self.val, self.loop.validation_tokens)
            fault = self.objective.fault(score)
            is_best = fault < (math.inf if self.state.best is None else self.state.best)
            if is_best:
                write_tensors(self.folder.weights_path, plain_weights(self.model))
        if is_best:
            self.state = replace(self.state, best=fault, best_step=self.state.step, n_stale=0)
        else:
            self.state = replace(self.state, n_stale=self.state.n_stale + 1)
        self._tell(lambda hook: hook.on_validation(self, score.loss, is_best))
        self._plan_the_end(score)

    def _plan_the_end(self, score: Quality) -> None:
        """Keep back the time the last, whole scoring will take: forward only."""
        if self.n_scored_after:
            speed = FORWARD_SPEED * self.state.tokens / max(self.state.seconds, 1e-9)
            if score.n_targets >= ENOUGH_TO_TIME:
                speed = score.n_targets / score.seconds
            self.horizon.keep_back(self.objective.passes * self.n_scored_after / speed + AFTER_SCORING)
        self.horizon.pause()

    def save(self) -> None:
        """Write a checkpoint.

        Raises:
            TrainingError: the weights are not finite, or the disk is full; earlier checkpoints still stand.
        """
        if not self._is_finite():
            self._refuse("the weights are not finite")
        average = self.average.tensors() if self.average else {}
        checkpoint = Checkpoint(
            self.state, weights_of(self.model), self.optimisers.tensors(), average, self.fingerprint
        )
        save(self.folder.checkpoints, checkpoint, keep=self.loop.keep_checkpoints)
        if self.state.best is None:  # a run stopped before its first validation can be used, too
            with self._scored_weights():
                write_tensors(self.folder.weights_path, plain_weights(self.model))
        self.horizon.pause()

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a checkpoint of the same data and recipe."""
        load_weights(self.model, checkpoint.weights, self.folder.checkpoints)
        self.optimisers.restore(checkpoint.optimiser)
        if self.average:
            self.average.restore(checkpoint.average)
        self.state = checkpoint.state

    def _scored_weights(self) -> AbstractContextManager[None]:
        """Within it the model has the weights that are scored and kept: their average where there is one."""
        return self.average.in_place() if self.average else nullcontext()

    def _crosses(self, before: float, parts: int) -> bool:
        """Whether the last step passed one of `parts` evenly spread marks of progress; the end is the last."""
        marks = [math.floor(min(progress, 1.0) * parts + 1e-9) for progress in (before, self.state.progress)]
        return marks[0] < marks[1]

    def _is_exhausted(self) -> bool:
        return self.loop.patience is not None and self.state.n_stale >= self.loop.patience

    def _is_finite(self) -> bool:
        return all(bool(weight.isfinite().all()) for weight in weights_of(self.model).values())

    def _refuse(self, fault: str) -> NoReturn:
        step, kept = self.state.step, "Earlier checkpoints still stand."
        if self._is_finite():
            self.save()
            kept = f"The weights of step {step} are saved."
        raise TrainingError(
            f"step {step}: {fault}. {kept} The batch was Batches(seed={self.loop.seed}).at({step}), "
            f"{self.course.at(self.state.progress).epoch_of(step):.2f} epochs in. Try a lower rate "
            "(--set optim.lr=...), a longer warm-up (--set optim.schedule.warmup_steps=...), clipping "
            "(--set optim.clip=1.0) or float32 (--set train.dtype=float32)."
        )

    def _stop(self, signal_name: str) -> NoReturn:
        raise Interrupted(
            f"Stopped by {signal_name} after step {self.state.step}; saved in {self.folder.path}.\n"
            f"go on:   quatrain train --resume --out {self.folder.typed}\n"
            f"use it:  quatrain {self.objective.verb} {self.folder.typed}"
        )

    def _tell(self, call: Callable[[Hook], Any]) -> None:
        for hook in self.hooks:
            call(hook)
