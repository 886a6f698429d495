"""What is written and shown beside the loop."""

from __future__ import annotations

import errno
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from quatrain.errors import TrainingError
from quatrain.models import SequenceModel
from quatrain.runs import RunFolder
from quatrain.training import hooks
from quatrain.training.hooks import MetricsLog, Progress, Samples, TensorBoardLog, clock
from quatrain.training.loop import Hook, StepRecord, Trainer


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = tmp_path / "run"
    folder.mkdir()
    return RunFolder(folder)


def test_the_log_has_a_record_a_step_and_a_validation(make_trainer: Any, run: RunFolder) -> None:
    make_trainer(hooks=[MetricsLog(run, 0)]).run()
    records = list(run.metrics())
    assert [(record["split"], record["step"]) for record in records] == [
        ("train", 1), ("train", 2), ("train", 3), ("val", 3), ("train", 4), ("train", 5), ("train", 6), ("val", 6),
    ]  # fmt: skip
    assert records[0].keys() == {
        "split", "step", "tokens", "seconds", "loss", "lr", "grad_norm", "tokens_per_second", "memory_bytes",
    }  # fmt: skip
    assert [record["tokens"] for record in records if record["split"] == "train"] == [35 * n for n in range(1, 7)]
    assert records[0]["lr"] == 0.01
    assert records[3]["is_best"] is True


def test_after_the_first_ten_steps_one_record_a_hundredth_of_the_way_and_the_last(
    make_trainer: Any, run: RunFolder
) -> None:
    make_trainer(steps=400, n_validations=1, hooks=[MetricsLog(run, 0)], checkpoint_seconds=1e9).run()
    steps = [record["step"] for record in run.metrics() if record["split"] == "train"]
    assert steps[:10] == list(range(1, 11))
    assert steps[-1] == 400
    assert 100 <= len(steps) <= 120


def test_on_resuming_the_records_after_the_checkpoint_are_dropped_and_a_cut_line_too(
    make_trainer: Any, run: RunFolder
) -> None:
    lines = [json.dumps({"split": "train", "step": step}) for step in (1, 2, 3)]
    run.metrics_path.write_text("\n".join(lines) + '\n{"split": "tra', encoding="utf-8")
    log = MetricsLog(run, 2)
    assert [record["step"] for record in run.metrics()] == [1, 2]
    log.write_sample(make_trainer(), "« text »")
    assert list(run.metrics())[-1]["text"] == "« text »"


def test_a_log_that_cannot_be_written_is_a_typed_error(
    make_trainer: Any, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    log = MetricsLog(run, 0)
    monkeypatch.setattr(hooks, "open", full, raising=False)
    with pytest.raises(
        TrainingError, match=r"metrics\.jsonl: could not be written: .*No space left on device"
    ) as error:
        make_trainer(hooks=[log]).run()
    assert f"quatrain train --resume --out {run.path}" in str(error.value)


def test_without_a_terminal_there_are_plain_lines_and_few(make_trainer: Any) -> None:
    stream = io.StringIO()
    make_trainer(hooks=[Progress(stream)]).run()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    for line, step in zip(lines, (3, 6), strict=True):
        assert re.fullmatch(rf"step {step}: validation \d\.\d{{4}} nats per token( \(best so far\))?", line)


def test_without_a_terminal_a_long_training_says_now_and_then_where_it_is(
    make_trainer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Progress, "PLAIN_SECONDS", 0.0)
    stream = io.StringIO()
    make_trainer(hooks=[Progress(stream)]).run()
    line = stream.getvalue().splitlines()[0]
    assert re.fullmatch(r"step 1  17%  \d+:\d\d left  loss \d\.\d{4}  [\d,]+ tokens/s  \d+\.\d GB", line)


def test_in_a_terminal_the_line_lives_only_while_training_runs(make_trainer: Any) -> None:
    stream = Terminal()
    progress = Progress(stream)
    assert stream.getvalue() == "", "nothing is taken from the terminal before the first step"
    make_trainer(hooks=[progress]).run()
    shown = stream.getvalue()
    assert "step 3: validation" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1, "the cursor is hidden once and given back"


def test_the_terminal_is_given_back_when_training_fails(make_trainer: Any) -> None:
    class Fail(Hook):
        def on_step(self, trainer: Trainer, record: StepRecord) -> None:
            raise KeyError("anything")

    stream = Terminal()
    with pytest.raises(KeyError):
        make_trainer(hooks=[Progress(stream), Fail()]).run()
    assert stream.getvalue().count("\x1b[?25h") == 1


def written(make_trainer: Any, run: RunFolder, n: int, progress: float = 0.0) -> list[int]:
    trainer, steps = make_trainer(steps=10, n_validations=10), []

    def write(model: SequenceModel) -> str:
        assert not model.training
        return "a text"

    samples = Samples(write, n, MetricsLog(run, 0), show=lambda _: steps.append(trainer.state.step), progress=progress)
    for step in range(1 + round(progress * 10), 11):
        trainer.state = replace(trainer.state, step=step, progress=step / 10)
        samples.on_validation(trainer, 1.0, is_best=False)
    assert trainer.model.training
    return steps


def test_samples_are_spread_evenly_and_a_resumed_training_writes_the_same(make_trainer: Any, run: RunFolder) -> None:
    assert written(make_trainer, run, n=2) == [3, 8]
    assert written(make_trainer, run, n=2, progress=0.5) == [8]
    assert written(make_trainer, run, n=0) == []


def test_tensorboard_gets_the_same_numbers(make_trainer: Any, tmp_path: Path) -> None:
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    board = TensorBoardLog.if_installed(tmp_path / "board")
    assert board is not None
    make_trainer(hooks=[board]).run()
    events = event_accumulator.EventAccumulator(str(tmp_path / "board")).Reload()
    assert [event.step for event in events.Scalars("train/loss")] == [1, 2, 3, 4, 5, 6]
    assert [event.step for event in events.Scalars("val/loss")] == [3, 6]
    assert events.Scalars("train/lr")[0].value == pytest.approx(0.01)


def test_without_tensorboard_there_is_no_such_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert TensorBoardLog.if_installed(tmp_path) is None


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (125.4, "2:05"), (4200, "1:10:00")])
def test_times_are_written_for_people(seconds: float, text: str) -> None:
    assert clock(seconds) == text
