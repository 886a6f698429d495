"""What every test may use: random numbers that come again, a cache of its own, and a small text.

`QUATRAIN_TEST_SEED=7 make test` draws other numbers: laws and tolerances hold for those, too.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import settings

SEED = int(os.environ.get("QUATRAIN_TEST_SEED", "0"))

settings.register_profile("same-examples", derandomize=SEED == 0)
settings.load_profile("same-examples")

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "a",
    "lazy",
    "dog",
    "while",
    "rain",
    "falls",
    "on",
    "old",
    "stones",
]


def pytest_configure() -> None:
    """Workers side by side share the cores: threads beyond these, also of commands that are tested, only wait."""
    n_workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    n_threads = max((os.cpu_count() or 1) // n_workers, 1)
    torch.set_num_threads(n_threads)
    os.environ["OMP_NUM_THREADS"] = str(n_threads)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Before the fixtures of any scope: no test depends on which ran before it in its process."""
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Token streams are kept in the test's own folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def poems(tmp_path: Path) -> Path:
    """A text of about 2 kB."""
    draw = random.Random(0)
    lines = (" ".join(draw.choices(WORDS, k=7)) for _ in range(60))
    path = tmp_path / "poems.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
