"""A whole comparison, small: what it leaves behind, and that a stopped one goes on where it stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import quatrain as qt
from quatrain.comparison import Budget, CompareConfig, conduct
from quatrain.data import DataConfig
from quatrain.data.tasks import AnyB
from quatrain.errors import ConfigError, DataError, RunError

TINY = Budget(of="params", amount=9000.0)


def run(folder: Path, config: CompareConfig, *, resume: bool = False) -> tuple[dict[str, Any], list[str]]:
    said: list[str] = []
    return conduct(config, folder, resume=resume, n_at_once=2, say=said.append), said


@pytest.mark.usefixtures("short", "here")
def test_a_task_is_searched_trained_timed_and_judged_and_resumed(tmp_path: Path) -> None:
    config = CompareConfig(
        data=AnyB(min_len=4, max_len=6),
        models=("mlp", "conv", "ngram"),
        budget=TINY,
        steps=12,
        seeds=2,
        search=(0.5, 2.0),
    )
    folder = tmp_path / "out"
    result, _ = run(folder, config)
    assert result == json.loads((folder / "compare.json").read_text())
    assert sorted(result["ranking"]) == ["conv", "mlp", "ngram"]
    mlp, conv, ngram = result["entrants"]
    for entrant in (mlp, conv):
        assert 8800 < entrant["n_parameters"] <= 9000
        assert [tried["factor"] for tried in entrant["search"]] == [0.5, 2.0]
        assert entrant["factor"] == min(entrant["search"], key=lambda tried: tried["loss"])["factor"]
        assert [seed["steps"] for seed in entrant["runs"]] == [8, 8]  # 12 less the third that the search took
        assert entrant["cost"]["lengths"] == [8, 16]
        assert entrant["failed"] is None
        low, high = entrant["interval"]
        assert 0 <= low <= entrant["value"] <= high <= 1
    assert (mlp["reach"], conv["reach"]) == (0, 9)
    assert ngram["solution"] == {"order": 5}
    assert len(ngram["runs"]) == 1
    assert result["data"]["chance"] == 0.5
    who = ("At equal parameters and updates, ", "ngram, counted and not trained, ")
    assert result["verdict"].startswith(who)
    assert (folder / "runs/mlp-1/model.safetensors").exists()
    with pytest.raises(RunError, match="mlp-1: learned a task with known answers, not text: quatrain compare has sco"):
        qt.open_run(folder / "runs/mlp-1")

    (folder / "runs/mlp-1/outcome.json").unlink()
    (folder / "compare.json").unlink()
    again, said = run(folder, config, resume=True)
    assert any(re.search(r"train: 5 jobs, 4 of them done before", line) for line in said)
    for key in ("ranking", "verdict", "test"):
        assert again[key] == result[key]
    for one, other in zip(again["entrants"], result["entrants"], strict=True):
        assert [one[key] for key in ("value", "interval", "factor")] == [
            other[key] for key in ("value", "interval", "factor")
        ]

    with pytest.raises(RunError, match=r"a comparison is already there\. Add --resume"):
        run(folder, config)
    with pytest.raises(ConfigError, match="was started as another comparison"):
        run(folder, config.replace(seeds=3), resume=True)
    with pytest.raises(RunError, match="there is no comparison here"):
        run(tmp_path / "nowhere", config, resume=True)


@pytest.mark.usefixtures("short")
def test_members_of_a_text_comparison_are_runs_like_any_other(tmp_path: Path, poems: Path) -> None:
    config = CompareConfig(
        data=DataConfig(path=str(poems)),
        models=("dan", "rnn"),
        budget=TINY,
        steps=3,
        seeds=1,
        search=(1.0,),
        settings=("train.seq_len=16", "model.dropout=0.1"),
    )
    result, _ = run(tmp_path / "out", config)
    member = qt.open_run(tmp_path / "out/runs/rnn-0")
    value = next(entrant["value"] for entrant in result["entrants"] if entrant["word"] == "rnn")
    assert member.evaluate()["loss"] == pytest.approx(value, rel=0.01)  # blocks weigh alike, whatever their length
    assert len(member.generate("a", max_new_tokens=5, seed=1)) > 0
    assert result["data"]["unit"] == "nats per token"
    assert "This is one seed" in result["verdict"]


def test_what_cannot_be_compared_is_refused_before_anything_is_written(tmp_path: Path, poems: Path) -> None:
    task: dict[str, Any] = {"data": AnyB(max_len=6), "models": ("lstm", "gru")}
    text = task | {"data": DataConfig(path=str(poems))}
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        (task | {"models": ("lstm", "grue")}, ConfigError, r"no model is called 'grue'\. Did you mean 'gru'"),
        (task | {"budget": Budget(of="params", amount=10)}, ConfigError, "no width of lstm has 10 parameters"),
        (task | {"budget": Budget(of="flops", amount=10)}, ConfigError, "less than one update of this size"),
        (task | {"settings": ("train.hats=5",)}, ConfigError, "train.hats: no setting has this name"),
        (
            task | {"models": ("dan", "gru"), "settings": ("model.norm=rmsnorm",)},
            ConfigError,
            "no setting has this name",
        ),
        (text | {"settings": ("train.seq_len=5000",)}, DataError, "or shorter rows"),
    ]
    for config, error, message in cases:
        with pytest.raises(error, match=message):
            run(tmp_path / "out", CompareConfig(**config))
    assert not (tmp_path / "out").exists()


@pytest.fixture
def long_comparison(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Two trainings of five minutes, just begun, in one group as a terminal has them.

    A shell lets what it starts behind `&` ignore SIGINT, and so would the comparison, had the tests been started so.
    """
    command = [sys.executable, "-m", "quatrain", "compare", "parity:max_len=16", "--models", "mlp,dan", "--seeds", "1"]
    command += ["--budget", "time=5m", "--rates", "1", "--out", "out", "--jobs", "2"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    try:
        await_(lambda: len([log for log in tmp_path.glob("out/runs/*/metrics.jsonl") if log.stat().st_size]) == 2)
        yield process
    finally:
        process.kill()
        process.communicate()


def await_(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def n_saved(folder: Path) -> int:
    return len(list(folder.glob("out/runs/*/checkpoints/step-*")))


def test_ctrl_c_saves_what_is_running_and_says_how_to_go_on(
    tmp_path: Path, long_comparison: subprocess.Popen[str]
) -> None:
    os.killpg(long_comparison.pid, signal.SIGINT)
    _, said = long_comparison.communicate(timeout=60)
    assert long_comparison.returncode == 130
    assert "go on:   quatrain compare --resume --out out" in said
    assert n_saved(tmp_path) == 2, [log.read_text() for log in tmp_path.glob("out/runs/*/log.txt")]


def test_trainings_do_not_outlive_a_comparison_that_was_killed(
    tmp_path: Path, long_comparison: subprocess.Popen[str]
) -> None:
    long_comparison.kill()
    await_(lambda: n_saved(tmp_path) == 2)
    logs = list(tmp_path.glob("out/runs/*/log.txt"))
    await_(lambda: all("Stopped by SIGTERM" in log.read_text() for log in logs))
