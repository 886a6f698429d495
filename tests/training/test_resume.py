"""A training stopped or killed at any moment ends with the same bytes as one that was never disturbed."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from quatrain.training import Interrupted
from quatrain.training.checkpoint import load_newest
from quatrain.training.loop import Hook, StepRecord, Trainer


class Killed(BaseException):
    """Stands for SIGKILL: nothing that tidies up may catch it."""


class KillAfter(Hook):
    """Killed right after an update, before anything of it is saved."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        if trainer.state.step == self.step:
            raise Killed


class SignalAfter(Hook):
    """A signal comes during an update."""

    def __init__(self, step: int, number: signal.Signals) -> None:
        self.step, self.number = step, number

    def on_step(self, trainer: Trainer, record: StepRecord) -> None:
        if trainer.state.step == self.step:
            os.kill(os.getpid(), self.number)


def sha256(run: Path) -> str:
    return hashlib.sha256((run / "model.safetensors").read_bytes()).hexdigest()


def go_on(trainer: Trainer) -> Trainer:
    checkpoint = load_newest(trainer.folder.checkpoints, say=print)
    if checkpoint:
        trainer.restore(checkpoint)
    trainer.run()
    return trainer


VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "dropout": {"model": {"dropout": 0.2}},
    "average": {"ema": 0.9},
    "growing sequences": {"grow": True},
    "rare checkpoints": {"checkpoint_seconds": 1e9},
    "dropout, average, micro-batches": {"model": {"dropout": 0.2}, "ema": 0.5, "micro_batch_size": 2},
}


@pytest.mark.parametrize("variant", VARIANTS.values(), ids=list(VARIANTS))
def test_killed_at_random_steps_it_ends_with_the_same_bytes(make_trainer: Any, tmp_path: Path, variant: Any) -> None:
    undisturbed = make_trainer(folder=tmp_path / "undisturbed", steps=9, **variant)
    undisturbed.run()
    for seed in range(2):
        folder, draw = tmp_path / f"killed-{seed}", random.Random(seed)
        for step in sorted(draw.sample(range(1, 10), k=3)):
            with pytest.raises(Killed):
                go_on(make_trainer(folder=folder, steps=9, hooks=[KillAfter(step)], **variant))
        resumed = go_on(make_trainer(folder=folder, steps=9, **variant))
        assert sha256(folder) == sha256(tmp_path / "undisturbed")
        assert resumed.state.best_step == undisturbed.state.best_step
        assert resumed.state.tokens == undisturbed.state.tokens


def test_killed_in_the_middle_of_any_write_it_ends_with_the_same_bytes(
    make_trainer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"steps": 3, "n_validations": 3, "ema": 0.5}
    real, n_calls = {name: getattr(os, name) for name in ("fsync", "replace")}, 0
    last = -1

    def counted(name: str) -> Any:
        def call(*arguments: Any) -> None:
            nonlocal n_calls
            n_calls += 1
            if n_calls == last:
                raise Killed
            real[name](*arguments)

        return call

    for name in real:
        monkeypatch.setattr(os, name, counted(name))
    make_trainer(folder=tmp_path / "undisturbed", **settings).run()
    n_writes = n_calls
    assert n_writes > 30
    for last in range(1, n_writes + 1):
        n_calls, folder = 0, tmp_path / f"killed-{last}"
        with pytest.raises(Killed):
            make_trainer(folder=folder, **settings).run()
        go_on(make_trainer(folder=folder, **settings))
        assert sha256(folder) == sha256(tmp_path / "undisturbed"), f"killed at write {last}"
        assert not list(folder.rglob("*.tmp")), "what the kill left half written is cleared away"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_saves_says_how_to_go_on_and_changes_nothing(
    make_trainer: Any, tmp_path: Path, number: signal.Signals
) -> None:
    make_trainer(folder=tmp_path / "undisturbed").run()
    folder, handler = tmp_path / "stopped", signal.getsignal(number)
    with pytest.raises(Interrupted, match=f"Stopped by {number.name} after step 2; saved in") as stopped:
        make_trainer(folder=folder, checkpoint_seconds=1e9, hooks=[SignalAfter(2, number)]).run()
    assert stopped.value.exit_code == 130
    assert f"quatrain train --resume --out {folder}" in str(stopped.value)
    assert f"quatrain generate {folder}" in str(stopped.value)
    assert signal.getsignal(number) is handler
    checkpoint = load_newest(folder / "checkpoints", say=print)
    assert checkpoint is not None
    assert checkpoint.state.step == 2
    assert (folder / "model.safetensors").exists(), "it can be used before its first validation"
    go_on(make_trainer(folder=folder))
    assert sha256(folder) == sha256(tmp_path / "undisturbed")


def test_a_signal_after_the_last_step_stops_too_and_loses_nothing(make_trainer: Any, tmp_path: Path) -> None:
    trainer = make_trainer(hooks=[SignalAfter(6, signal.SIGINT)])
    with pytest.raises(Interrupted, match="after step 6"):
        trainer.run()
    assert go_on(make_trainer()).state == trainer.state


def test_a_signal_at_any_line_of_the_loop_loses_no_update(make_trainer: Any, tmp_path: Path) -> None:
    def run(folder: Path, last: int) -> tuple[Trainer, int]:
        """A training to which a signal comes at a line, and the lines passed until then."""
        trainer, n_lines = make_trainer(folder=folder, steps=2, checkpoint_seconds=1e9), 0

        def trace(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal n_lines
            if frame.f_code is not Trainer.run.__code__:
                return None
            if event == "line" and signal.getsignal(signal.SIGTERM) is not handler:
                n_lines += 1
                if n_lines == last:
                    os.kill(os.getpid(), signal.SIGTERM)
            return trace

        before = sys.gettrace()  # a debugger's, or a measurement's of coverage
        sys.settrace(trace)
        try:
            trainer.run()
        except Interrupted:
            return trainer, n_lines
        finally:
            sys.settrace(before)
        assert n_lines < last, "the signal is not forgotten"
        return trainer, n_lines

    handler = signal.getsignal(signal.SIGTERM)
    _, n_lines = run(tmp_path / "undisturbed", sys.maxsize)
    assert n_lines > 10
    for last in range(1, n_lines):  # at the last line the signals' own handlers come back
        trainer, _ = run(tmp_path / str(last), last)
        checkpoint = load_newest(tmp_path / str(last) / "checkpoints", say=print)
        assert checkpoint is not None, f"line {last}"
        assert checkpoint.state == trainer.state, f"line {last}"


def test_going_on_with_a_finished_training_makes_no_step(make_trainer: Any, tmp_path: Path) -> None:
    make_trainer().run()
    before = sha256(tmp_path / "run")
    assert go_on(make_trainer()).state.step == 6
    assert sha256(tmp_path / "run") == before
