"""The loop: exact losses, the best weights kept, and a stop before anything is spoiled."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.optim.swa_utils import AveragedModel

from quatrain.data import Batch
from quatrain.errors import ConfigError, TrainingError
from quatrain.models import IGNORE, SequenceModel
from quatrain.training import LoopConfig
from quatrain.training.checkpoint import load_newest
from quatrain.training.evaluation import evaluate
from quatrain.training.loop import Hook, StepRecord, Trainer
from quatrain.training.objectives import Language
from quatrain.training.optim import AdamWConfig, SGDConfig
from quatrain.training.schedules import ScheduleConfig


class Listener(Hook):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[StepRecord] = []
        self.validations: list[tuple[int, float, bool]] = []
        self.weights: list[list[torch.Tensor]] = []
        self.n_ends = 0

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        self.records.append(record)
        self.weights.append([weight.detach().clone() for weight in trainer.model.parameters()])

    def on_validation(self, trainer: Trainer, loss: float, is_best: bool) -> None:
        self.validations.append((trainer.state.step, loss, is_best))

    def on_end(self, trainer: Trainer) -> None:
        self.n_ends += 1


def with_holes(batch: Batch) -> Batch:
    """Some targets do not count, more in some rows than in others."""
    targets = batch.targets.clone()
    targets[0, 1:] = IGNORE
    targets[3, ::2] = IGNORE
    return replace(batch, targets=targets)


def trained_in_float64(make_trainer: Any, folder: Path, micro_batch_size: int | None) -> tuple[Trainer, Listener]:
    listener = Listener()
    trainer = make_trainer(
        folder=folder, steps=2, micro_batch_size=micro_batch_size, optim=SGDConfig(lr=0.5, clip=None), hooks=[listener]
    )
    trainer.model.double()
    course = trainer.course
    trainer.course = SimpleNamespace(at=lambda p: SimpleNamespace(at=lambda step: with_holes(course.at(p).at(step))))
    trainer.run()
    return trainer, listener


@pytest.mark.parametrize("micro_batch_size", [1, 2, 4])
def test_micro_batches_equal_one_batch_whatever_their_targets(
    make_trainer: Any, tmp_path: Path, micro_batch_size: int
) -> None:
    whole, heard = trained_in_float64(make_trainer, tmp_path / "whole", None)
    parts, heard_in_parts = trained_in_float64(make_trainer, tmp_path / "parts", micro_batch_size)
    for one, other in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        torch.testing.assert_close(other, one, rtol=0, atol=1e-13)
    for one, other in zip(heard.records, heard_in_parts.records, strict=True):
        assert one.n_targets == other.n_targets == 5 * 7 - 6 - 4
        assert one.loss == pytest.approx(other.loss, abs=1e-6)  # losses are summed in float32
        assert one.grad_norm == pytest.approx(other.grad_norm, abs=1e-12)
    assert whole.state.tokens == parts.state.tokens == 2 * 25


def test_the_loss_is_the_mean_over_the_targets_that_count(make_trainer: Any, tmp_path: Path) -> None:
    _, heard = trained_in_float64(make_trainer, tmp_path / "run", 2)
    fresh = make_trainer(folder=tmp_path / "fresh")
    fresh.model.double()
    batch = with_holes(fresh.course.at(0.0).at(0))
    log_probs = fresh.model(batch.tokens, documents=batch.documents).log_softmax(dim=-1)
    paid = [
        -log_probs[row, place, batch.targets[row, place]].item()
        for row in range(5)
        for place in range(7)
        if batch.targets[row, place] != IGNORE
    ]
    assert heard.records[0].loss == pytest.approx(sum(paid) / 25, abs=1e-6)


def test_one_step_of_plain_descent_by_hand(make_trainer: Any) -> None:
    trainer = make_trainer(steps=1, optim=SGDConfig(lr=0.5, momentum=0.0, clip=None, schedule=ScheduleConfig()))
    batch = trainer.course.at(0.0).at(0)
    before = [weight.detach().clone() for weight in trainer.model.parameters()]
    loss = trainer.model.token_losses(batch.tokens, batch.targets, documents=batch.documents).mean()
    gradients = torch.autograd.grad(loss, list(trainer.model.parameters()))
    trainer.run()
    for weight, start, gradient in zip(trainer.model.parameters(), before, gradients, strict=True):
        torch.testing.assert_close(weight.detach(), start - 0.5 * gradient, rtol=0, atol=1e-6)


def test_gradients_are_clipped_to_the_bound_and_reported_as_they_were(make_trainer: Any, tmp_path: Path) -> None:
    def step(clip: float | None) -> tuple[float, float]:
        heard = Listener()
        optim = SGDConfig(lr=1.0, momentum=0.0, clip=clip, schedule=ScheduleConfig())
        trainer = make_trainer(steps=1, optim=optim, hooks=[heard], folder=tmp_path / f"clip-{clip}")
        before = torch.cat([weight.detach().flatten().clone() for weight in trainer.model.parameters()])
        trainer.run()
        after = torch.cat([weight.detach().flatten() for weight in trainer.model.parameters()])
        return heard.records[0].grad_norm, (after - before).norm().item()

    norm, moved = step(None)
    assert moved == pytest.approx(norm, rel=1e-4)
    norm_again, moved = step(norm / 3)
    assert norm_again == pytest.approx(norm)
    assert moved == pytest.approx(norm / 3, rel=1e-3)


def test_the_schedule_runs_from_its_start_to_its_end(make_trainer: Any) -> None:
    heard = Listener()
    make_trainer(steps=10, hooks=[heard]).run()  # the trapezoid: level for 0.6 of the way, then down to 0
    assert [record.lr_factor for record in heard.records] == pytest.approx([1] * 7 + [0.75, 0.5, 0.25])


@pytest.mark.parametrize("steps", range(1, 60, 7))
@pytest.mark.parametrize("parts", [1, 3, 7, 10])
def test_validations_are_as_many_as_asked_and_the_last_step_is_one(make_trainer: Any, steps: int, parts: int) -> None:
    trainer, at = make_trainer(steps=steps), []
    for step in range(steps):
        trainer.state = replace(trainer.state, step=step + 1, progress=(step + 1) / steps)
        if trainer._crosses(step / steps, parts):
            at.append(step + 1)
    assert len(at) == min(parts, steps)
    assert at[-1] == steps


def test_the_best_weights_are_kept_and_not_the_last(make_trainer: Any, tmp_path: Path) -> None:
    heard = Listener()
    trainer = make_trainer(steps=40, n_validations=40, optim=AdamWConfig(lr=0.05), hooks=[heard])
    trainer.run()
    losses = [loss for _, loss, _ in heard.validations]
    best = int(np.argmin(losses))
    assert losses[best] < losses[-1], "random tokens cannot be learned, only learned by heart"
    assert trainer.state.best == losses[best]
    assert trainer.state.best_step == heard.validations[best][0]
    assert [is_best for *_, is_best in heard.validations] == [
        loss < min(losses[:i], default=np.inf) for i, loss in enumerate(losses)
    ]
    saved = make_trainer(folder=tmp_path / "other")
    saved.model.load_state_dict(load_file(tmp_path / "run" / "model.safetensors"), strict=False)
    assert evaluate(saved.model, saved.val, stride=8)[0].loss == pytest.approx(losses[best], abs=1e-6)


def test_it_stops_after_so_many_validations_without_a_new_best(make_trainer: Any) -> None:
    heard = Listener()
    trainer = make_trainer(steps=40, n_validations=40, patience=3, optim=AdamWConfig(lr=0.05), hooks=[heard])
    trainer.run()
    assert trainer.state.step < 40
    assert [is_best for *_, is_best in heard.validations[-4:]] == [True, False, False, False]
    assert trainer.state.n_stale == 3
    assert heard.n_ends == 1


def test_the_average_is_that_of_torch_and_is_what_is_validated_and_saved(make_trainer: Any, tmp_path: Path) -> None:
    heard = Listener()
    trainer = make_trainer(steps=12, n_validations=1, ema=0.8, hooks=[heard])
    start = [weight.detach().clone() for weight in trainer.model.parameters()]
    trainer.run()

    def average(old: torch.Tensor, new: torch.Tensor, n: torch.Tensor | int) -> torch.Tensor:
        decay = min(0.8, int(n) / (9 + int(n)))  # the n-th update, from 1
        return decay * old + (1 - decay) * new

    follower = torch.nn.ParameterList(start)
    oracle = AveragedModel(follower, avg_fn=average)
    for n, weights in enumerate(heard.weights, 1):
        for weight, new in zip(follower, weights, strict=True):
            weight.data = new
        oracle.n_averaged.fill_(n)  # at 0, torch would take the first weights as they are
        oracle.update_parameters(follower)
    saved = load_file(tmp_path / "run" / "model.safetensors")
    for (name, own), expected in zip(trainer.model.named_parameters(), oracle.module, strict=True):
        torch.testing.assert_close(saved[name], expected.data, rtol=0, atol=1e-6)
        assert not torch.equal(saved[name], own), "the training itself goes on with its own weights"
    trainer.model.load_state_dict(saved, strict=False)
    assert evaluate(trainer.model, trainer.val, stride=8)[0].loss == pytest.approx(heard.validations[0][1], abs=1e-6)


class SaveAt(Hook):
    """Saves after a step, whatever the clock says."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        if trainer.state.step == self.step:
            trainer.save()


class Spoil(Hook):
    """Plants a weight that is not finite, or makes the batch of a later step explode."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        if trainer.state.step == self.step:
            next(trainer.model.parameters()).data[0] = torch.inf


def test_a_loss_that_is_not_finite_stops_names_step_and_batch_and_keeps_what_was_good(
    make_trainer: Any, tmp_path: Path
) -> None:
    heard = Listener()
    trainer = make_trainer(hooks=[SaveAt(2), Spoil(3), heard], checkpoint_seconds=1e9, n_validations=3)
    with pytest.raises(TrainingError) as error:
        trainer.run()
    message = str(error.value)
    assert message.startswith("step 3: loss nan, gradient norm nan: not finite, so the update was not made.")
    assert "Earlier checkpoints still stand." in message
    assert "The batch was Batches(seed=0).at(3)" in message
    assert "--set optim.lr=" in message
    assert heard.n_ends == 1
    checkpoint = load_newest(tmp_path / "run" / "checkpoints", say=print)
    assert checkpoint is not None
    assert checkpoint.state.step == 2
    assert all(weight.isfinite().all() for weight in checkpoint.weights.values())
    resumed = make_trainer(n_validations=3)
    resumed.restore(checkpoint)
    resumed.run()
    assert resumed.state.step == 6


def test_where_the_weights_are_still_good_they_are_saved_before_it_stops(make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(checkpoint_seconds=1e9)

    class Explodes(Language):
        def loss_sum(self, model: SequenceModel, batch: Batch) -> torch.Tensor:
            return super().loss_sum(model, batch) * (torch.inf if trainer.state.step == 2 else 1)

    trainer.objective = Explodes()
    with pytest.raises(TrainingError, match=r"step 2: loss inf, .*The weights of step 2 are saved\."):
        trainer.run()
    checkpoint = load_newest(tmp_path / "run" / "checkpoints", say=print)
    assert checkpoint is not None
    assert checkpoint.state.step == 2
    assert (tmp_path / "run" / "model.safetensors").exists()


def test_weights_that_are_not_finite_are_never_saved(make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(hooks=[Spoil(2)])
    with pytest.raises(TrainingError, match=r"step 2: the weights are not finite\. Earlier checkpoints still stand\."):
        trainer.run()
    checkpoint = load_newest(tmp_path / "run" / "checkpoints", say=print)
    assert checkpoint is not None
    assert checkpoint.state.step == 1


def test_a_full_disk_stops_it_with_the_last_checkpoint_in_place(
    make_trainer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FillDisk(Hook):
        def on_step(self, trainer: Trainer, record: StepRecord) -> None:
            def full(*_: Any) -> None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

            if trainer.state.step == 3:
                patch.setattr(os, "fsync", full)

    with monkeypatch.context() as patch:
        trainer = make_trainer(hooks=[FillDisk()])
        with pytest.raises(TrainingError, match=r"model\.safetensors: could not be written: .*No space left on device"):
            trainer.run()
    resumed = make_trainer()
    checkpoint = load_newest(tmp_path / "run" / "checkpoints", say=print)
    assert checkpoint is not None
    assert checkpoint.state.step == 2
    resumed.restore(checkpoint)
    resumed.run()
    assert resumed.state.step == 6


@pytest.mark.parametrize(
    "setting",
    ["steps", "batch_size", "micro_batch_size", "seq_len", "n_validations", "validation_tokens", "patience"],
)
def test_a_count_below_one_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match=f"{setting}=0 must be at least 1"):
        LoopConfig(**{setting: 0})


def test_a_time_or_a_number_of_steps_is_needed() -> None:
    with pytest.raises(ConfigError, match="give steps or seconds"):
        LoopConfig(seconds=None)
    with pytest.raises(ConfigError, match=r"seconds=-1\.0 must be above 0"):
        LoopConfig(seconds=-1.0)
