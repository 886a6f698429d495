"""One job of a comparison, in a process of its own: `python -m quatrain.comparison.worker FOLDER`."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from quatrain.comparison.cost import measure_cost
from quatrain.comparison.jobs import OUTCOME, VALUES
from quatrain.comparison.subjects import Subject, open_subject
from quatrain.config import read_toml
from quatrain.errors import QuatrainError, TrainingError
from quatrain.runs import RunFolder, write_json, write_tensors
from quatrain.training import TrainConfig, learn
from quatrain.training.checkpoint import load_newest
from quatrain.training.hooks import MetricsLog, peak_memory
from quatrain.training.memory import keep_freed_memory
from quatrain.training.objectives import OBJECTIVES


def work(path: Path) -> None:
    """Do what the folder's job.json asks, and write outcome.json.

    Raises:
        QuatrainError: training failed, or was stopped (saved first).
    """
    job = json.loads((path / "job.json").read_text(encoding="utf-8"))
    folder = RunFolder(path)
    write_json(path / OUTCOME, WORK[job["kind"]](folder, job))
    shutil.rmtree(folder.checkpoints, ignore_errors=True)  # there is nothing left to go on with


def _cost(folder: RunFolder, job: dict[str, Any]) -> dict[str, Any]:
    return measure_cost(folder.model_config(), tuple(job["lengths"]))


def _count(folder: RunFolder, job: dict[str, Any]) -> dict[str, Any]:
    """What stands beside every model of the task, with its values item by item."""
    started = time.perf_counter()
    config, subject = _opened(folder)
    objective = OBJECTIVES[config.task]
    baselines = objective.baselines(config, subject.data, _say)
    scored = objective.score_beside(baselines, {"val": subject.data.val}, _say)["val"]
    best = next((one for one in scored if one.values is not None), None)
    if best is None or best.values is None:
        raise TrainingError(f"nothing that is counted stands beside models of the task {config.task}.")
    write_tensors(folder.path / VALUES, {"values": torch.from_numpy(best.values)})
    return {
        "loss": None,
        **best.score.to_dict(),
        "method": best.name,
        "value": float(best.values.mean()),
        "steps": 1,
        "tokens": subject.data.train.n_targets,
        "seconds": time.perf_counter() - started,
        "peak_memory_bytes": peak_memory(),
        "curve": [],
    }


def _train(folder: RunFolder, job: dict[str, Any]) -> dict[str, Any]:
    keep_freed_memory()
    config, subject = _opened(folder)
    model, state = learn(
        config,
        subject.data,
        folder,
        checkpoint=load_newest(folder.checkpoints, _say),
        hooks=lambda state: [MetricsLog(folder, state.step)],
        say=_say,
    )
    loss, values = state.best, None
    score: dict[str, Any] = {}
    if job["kind"] == "final":
        quality, values = OBJECTIVES[config.task].score(model, subject.data.val)
        loss, score = quality.loss, quality.to_dict()
        if not math.isfinite(loss):
            raise TrainingError(f"the loss on the validation part is {loss}: the model has come to nothing.")
        write_tensors(folder.path / VALUES, {"values": torch.from_numpy(values)})
    curve = [
        [record["seconds"], record["tokens"], record["loss"]] for record in folder.metrics() if record["split"] == "val"
    ]
    return score | {
        "loss": loss,
        "value": None if values is None else float(values.mean()),
        "steps": state.step,
        "tokens": state.tokens,
        "seconds": state.seconds,
        "peak_memory_bytes": peak_memory(),
        "curve": curve,
    }


WORK: dict[str, Callable[[RunFolder, dict[str, Any]], dict[str, Any]]] = {
    "search": _train,
    "final": _train,
    "count": _count,
    "cost": _cost,
}
"""By the kind of job: what is done in a folder, and told of it."""


def _opened(folder: RunFolder) -> tuple[TrainConfig, Subject]:
    config = TrainConfig.from_dict(read_toml(folder.recipe_path))
    return config, open_subject(config.data, _say)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _stop_when_left_alone() -> None:
    """Stop as by SIGTERM, so that it is saved, when the comparison is gone: killed, or crashed."""
    os.read(0, 1)  # waits for the end of stdin; sys.stdin would be locked when this process ends first
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> int:
    """Work; the exit code is the error's."""
    threading.Thread(target=_stop_when_left_alone, daemon=True).start()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try:
        work(Path(sys.argv[1]))
    except QuatrainError as error:
        _say(str(error))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
