"""Commands as processes: start-up, and trainings that are killed and stopped for real."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .conftest import TINY, Type

QUATRAIN = (sys.executable, "-m", "quatrain")


def python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_help_is_quick_and_loads_no_torch() -> None:
    started = time.perf_counter()
    done = subprocess.run([*QUATRAIN, "--help"], capture_output=True, text=True)
    assert done.returncode == 0
    for verb in ("train", "generate", "evaluate", "check", "import", "export"):
        assert verb in done.stdout
    assert time.perf_counter() - started < 5.0, "0.5 s on a machine at rest"
    loaded = python("import sys; from quatrain.cli import main; main(['--help']); print('torch' in sys.modules)")
    assert loaded.endswith("False")


def test_importing_the_package_loads_neither_torch_nor_numpy() -> None:
    code = "import sys, quatrain as qt; dir(qt); print({'torch', 'numpy', 'pydantic', 'rich'} & set(sys.modules))"
    assert python(code) == "set()"


def start(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen([*QUATRAIN, "train", *map(str, words)], stderr=subprocess.PIPE, text=True)


def wait_for_step(run: Path, step: int, process: subprocess.Popen[str]) -> None:
    """Until a checkpoint of this step or a later one is there."""
    deadline = time.monotonic() + 120
    while max((int(p.name[5:]) for p in run.glob("checkpoints/step-*")), default=0) < step:
        assert process.poll() is None, f"it ended before step {step}"
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_killed_and_stopped_processes_end_with_the_bytes_of_an_undisturbed_one(
    typed: Type, poems: Path, tmp_path: Path
) -> None:
    asked = (poems, *TINY, "--steps", 120, "--set", "model.dropout=0.1", "--set", "train.ema=0.9")
    assert typed("train", *asked, "--out", tmp_path / "undisturbed", "--quiet").code == 0
    run, draw = tmp_path / "disturbed", random.Random(os.getpid())
    for number, step in ((signal.SIGKILL, 10), (signal.SIGTERM, 40), (signal.SIGINT, 70)):
        process = start(
            *asked, "--set", "train.checkpoint_seconds=0", "--out", run, *(["--resume"] if run.exists() else [])
        )
        wait_for_step(run, step, process)
        time.sleep(draw.uniform(0, 0.05))
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
        if number == signal.SIGKILL:
            assert process.returncode == -signal.SIGKILL
        else:
            assert process.returncode == 130, err
            assert f"Stopped by {number.name} after step" in err
            assert f"go on:   quatrain train --resume --out {run}" in err
            assert "Traceback" not in err
    assert typed("train", "--resume", "--out", run).code == 0
    one, other = (
        hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
        for folder in (run, tmp_path / "undisturbed")
    )
    assert one == other
