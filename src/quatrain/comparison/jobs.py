"""Many trainings, each in a process and a folder of its own, as many at once as there are cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from quatrain import __version__
from quatrain.data import Tokenizer
from quatrain.errors import TrainingError
from quatrain.models import ModelConfig
from quatrain.runs import RunFolder, write_atomically, write_json
from quatrain.training import TrainConfig

OUTCOME = "outcome.json"
"""There once the job has ended."""
VALUES = "values.safetensors"
"""The metric, item by item (N,) float64."""
POLL = 0.1
"""Seconds between two looks at what has ended."""
STOPPED = 130


@dataclass(frozen=True)
class Job:
    """Something to be done in a folder; done once its outcome is there."""

    folder: Path
    title: str
    kind: str
    """search, final, count or cost."""

    @property
    def is_prepared(self) -> bool:
        """Whether it says all that is to be done; job.json is written last."""
        return (self.folder / "job.json").exists()

    @property
    def leaves_run(self) -> bool:
        """Whether the folder is a run, that can be opened."""
        return self.kind in ("search", "final")

    @property
    def is_done(self) -> bool:
        """Whether the outcome is there."""
        return (self.folder / OUTCOME).exists()

    def outcome(self) -> dict[str, Any] | None:
        """What came of it; None where it failed."""
        if not self.is_done:
            return None
        result: dict[str, Any] = json.loads((self.folder / OUTCOME).read_text(encoding="utf-8"))
        return result

    def values(self) -> Any:
        """The metric, item by item (N,) float64."""
        return load_file(self.folder / VALUES)["values"]

    def fault(self) -> str:
        """The last line it said."""
        log = self.folder / "log.txt"
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() if log.exists() else []
        return lines[-1] if lines else "it said nothing"


def training_job(folder: Path, title: str, kind: str, config: TrainConfig, tokenizers: Mapping[str, Tokenizer]) -> Job:
    """A run folder with its recipe, ready to be trained; one that stands already keeps its own."""
    job = Job(folder, title, kind)
    if job.is_prepared:
        return job
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(RunFolder(folder).recipe_path, lambda path: path.write_text(config.to_toml(), encoding="utf-8"))
    end = RunFolder(folder).write_tokenizers(tokenizers)
    RunFolder(folder).write_config(config.model, __version__, end, config.task)
    return _prepare(folder, title, kind, {})


def count_job(folder: Path, title: str, config: TrainConfig) -> Job:
    """A folder whose data is to be counted by the objective; no model is left in it."""
    job = Job(folder, title, "count")
    if job.is_prepared:
        return job
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(RunFolder(folder).recipe_path, lambda path: path.write_text(config.to_toml(), encoding="utf-8"))
    return _prepare(folder, title, "count", {})


def cost_job(folder: Path, title: str, model: ModelConfig, lengths: Sequence[int]) -> Job:
    """A folder whose model is to be timed."""
    job = Job(folder, title, "cost")
    if job.is_prepared:
        return job
    folder.mkdir(parents=True, exist_ok=True)
    RunFolder(folder).write_config(model, __version__)
    return _prepare(folder, title, "cost", {"lengths": list(lengths)})


def _prepare(folder: Path, title: str, kind: str, settings: dict[str, Any]) -> Job:
    write_json(folder / "job.json", {"kind": kind, **settings})
    return Job(folder, title, kind)


def n_cores() -> int:
    """Cores that this process may use, which in a container or under taskset are not all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run_jobs(jobs: Sequence[Job], n_at_once: int, threads: int, on_end: Callable[[Job, int], None]) -> None:
    """Run what is not done yet; `on_end` hears of each with its exit code.

    Raises:
        KeyboardInterrupt: all that ran have been told to save and stop, and have.
    """
    waiting = [job for job in jobs if not job.is_done]
    running: dict[subprocess.Popen[bytes], Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < n_at_once:
                job = waiting.pop(0)
                running[_start(job, threads)] = job
            time.sleep(POLL)
            for process in [process for process in running if process.poll() is not None]:
                job = running.pop(process)
                _let_go(process)
                if process.returncode == STOPPED:
                    raise KeyboardInterrupt
                on_end(job, process.returncode)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
            _let_go(process)


def _start(job: Job, threads: int) -> subprocess.Popen[bytes]:
    """A process in a group of its own, as Ctrl-C in a terminal goes to a whole group: a training that is told twice to
    stop does not save. Its stdin is a pipe that ends when this process does, however it does."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "quatrain.comparison.worker", str(job.folder)]
    try:
        with open(job.folder / "log.txt", "ab") as log:
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, process_group=0
            )
    except OSError as error:
        raise TrainingError(f"{job.folder}: the training could not be started: {error}.") from error


def _let_go(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()
