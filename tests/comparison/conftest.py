"""Small comparisons in one process, and a little parallel text."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from quatrain.comparison import conduct
from quatrain.comparison.jobs import Job
from quatrain.comparison.worker import work

WORDS = {"one": "eins", "two": "zwei", "three": "drei", "four": "vier", "seven": "sieben", "eight": "acht"}


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Costs are measured at two lengths."""
    monkeypatch.setattr(sys.modules[conduct.__module__], "LENGTHS", (8, 16))


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs are done one after another in this process: starting one takes seconds."""

    def work_here(jobs: Sequence[Job], n_at_once: int, threads: int, on_end: Callable[[Job, int], None]) -> None:
        for job in jobs:
            if not job.is_done:
                work(job.folder)
                on_end(job, 0)

    monkeypatch.setattr(sys.modules[conduct.__module__], "run_jobs", work_here)


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    """A table of 120 numbers in English and in German, of two to eleven words."""
    draw = random.Random(0)
    lines = ["en\tde"]
    for _ in range(120):
        words = draw.choices(list(WORDS), k=draw.randint(2, 11))
        lines.append(f"{' '.join(words)}\t{' '.join(WORDS[word] for word in words)}")
    path = tmp_path / "numbers.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
