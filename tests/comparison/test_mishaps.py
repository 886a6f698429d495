"""A comparison in which something goes wrong: it goes on with the rest, and says what is missing."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from quatrain.comparison import Budget, CompareConfig, conduct
from quatrain.comparison.jobs import Job
from quatrain.comparison.worker import work
from quatrain.data import DataConfig
from quatrain.data.tasks import Parity
from quatrain.errors import ConfigError, QuatrainError, RunError
from quatrain.training.objectives import OBJECTIVES

CONFIG = CompareConfig(
    data=Parity(min_len=4, max_len=6),
    models=("mlp", "dan"),
    budget=Budget(of="params", amount=9000.0),
    steps=6,
    seeds=3,
    search=(1.0,),
)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Titles of jobs that come to nothing; the others are done one after another in this process."""
    titles: set[str] = set()

    def work_here(jobs: Sequence[Job], n_at_once: int, threads: int, on_end: Callable[[Job, int], None]) -> None:
        for job in jobs:
            if not job.is_done:
                with suppress(QuatrainError):
                    if job.title in titles:
                        (job.folder / "log.txt").write_text("out of luck\n")
                    else:
                        work(job.folder)
                on_end(job, 0)

    conducting = sys.modules[conduct.__module__]
    monkeypatch.setattr(conducting, "run_jobs", work_here)
    monkeypatch.setattr(conducting, "LENGTHS", (8, 16))
    return titles


def run(folder: Path, config: CompareConfig, *, resume: bool = False) -> dict[str, Any]:
    return conduct(config, folder, resume=resume, n_at_once=2, say=lambda _: None)


def test_the_best_two_are_tested_on_the_seeds_that_both_have_ended(tmp_path: Path, failing: set[str]) -> None:
    failing |= {"mlp, seed 0", "dan, seed 2"}
    result = run(tmp_path, CONFIG)
    runs = {entrant["word"]: entrant["runs"] for entrant in result["entrants"]}
    assert [seed["seed"] for seed in runs["mlp"]] == [1, 2]
    assert [seed["seed"] for seed in runs["dan"]] == [0, 1]
    best, second = (runs[word] for word in result["ranking"])
    gap = {seed["seed"]: seed["value"] for seed in best}[1] - {seed["seed"]: seed["value"] for seed in second}[1]
    assert result["test"]["difference"] == pytest.approx(gap)
    assert result["test"]["seeds"] == [1]
    assert "Of 3 trainings, fewer came to an end: " in result["verdict"]
    assert {"mlp 2", "dan 2"} <= set(re.findall(r"\w+ 2", result["verdict"]))

    failing.clear()
    failing.add("dan, seed 2")
    result = run(tmp_path, CONFIG, resume=True)
    assert result["test"]["seeds"] == [0, 1]  # what failed is tried again


def test_models_without_a_seed_in_common_are_ranked_and_not_tested(tmp_path: Path, failing: set[str]) -> None:
    failing |= {"mlp, seed 0", "mlp, seed 1", "dan, seed 2"}
    result = run(tmp_path, CONFIG)
    assert len(result["ranking"]) == 2
    assert result["test"] is None
    assert "comes out first" in result["verdict"]


def test_a_model_that_fails_at_every_rate_is_named_with_its_reason(tmp_path: Path, failing: set[str]) -> None:
    failing |= {"dan, rate x 0.5", "dan, rate x 1"}
    result = run(tmp_path, CONFIG.replace(search=(0.5, 1.0), seeds=1))
    assert result["ranking"] == ["mlp"]
    assert result["entrants"][1]["failed"] == "out of luck"
    assert result["entrants"][1]["factor"] is None
    assert result["verdict"].endswith("Without a result: dan.")


def test_where_nothing_ends_the_verdict_says_so(tmp_path: Path, failing: set[str]) -> None:
    failing |= {f"{word}, seed {seed}" for word in CONFIG.models for seed in range(3)}
    result = run(tmp_path, CONFIG)
    assert result["ranking"] == []
    assert result["verdict"] == "No model has a result: see why each of them failed."


def test_a_rate_is_chosen_once(tmp_path: Path, failing: set[str]) -> None:
    config = CONFIG.replace(search=(0.5, 1.0), seeds=1)
    failing.add("mlp, rate x 1")
    first = run(tmp_path, config)
    assert first["entrants"][0]["factor"] == 0.5
    failing.clear()
    for job in ("search/mlp-x1", "search/mlp-x0.5"):  # whatever else the trials would say now
        outcome = {"loss": 1.0 if job.endswith("x1") else 2.0}
        (tmp_path / job / "outcome.json").write_text(json.dumps(outcome))
    again = run(tmp_path, config, resume=True)
    assert again["entrants"][0]["factor"] == 0.5


@pytest.mark.usefixtures("failing")
def test_a_text_that_has_changed_ends_a_comparison(tmp_path: Path, poems: Path) -> None:
    config = CONFIG.replace(data=DataConfig(path=str(poems)), seeds=1, settings=("train.seq_len=16",))
    run(tmp_path / "out", config)
    poems.write_text(poems.read_text() + " and one line more")
    with pytest.raises(ConfigError, match=r"out: the data has changed since this comparison was started.*--out"):
        run(tmp_path / "out", config, resume=True)


def test_two_comparisons_do_not_share_a_folder(tmp_path: Path, failing: set[str]) -> None:
    conducting = sys.modules[conduct.__module__]
    with conducting._alone(tmp_path), pytest.raises(RunError, match="another quatrain compare is at work here"):
        run(tmp_path, CONFIG)
    assert not (tmp_path / "runs").exists()
    with conducting._alone(tmp_path):
        pass


def test_a_folder_with_other_runs_in_it_is_left_as_it_is(tmp_path: Path, failing: set[str]) -> None:
    other = tmp_path / "runs/mlp-0/recipe.toml"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    with pytest.raises(RunError, match=r"runs: stands there, and is not this comparison's\. Name another --out\."):
        run(tmp_path, CONFIG)
    assert other.read_text() == "mine"


@pytest.mark.usefixtures("failing")
def test_a_loss_that_is_no_number_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = SimpleNamespace(loss=math.nan, to_dict=dict)
    monkeypatch.setattr(OBJECTIVES["answers"], "score", lambda model, part: (lost, np.zeros(9)))
    monkeypatch.setattr(OBJECTIVES["answers"], "validate", lambda model, part, n: lost)
    result = run(tmp_path, CONFIG.replace(seeds=1))
    assert result["ranking"] == []
