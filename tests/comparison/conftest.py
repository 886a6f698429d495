"""Small comparisons in one process, and a little data of every sort."""

from __future__ import annotations

import datetime as dt
import math
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    """A table of 72 opinions, and what they are; two of three words of praise and blame say it."""
    draw = random.Random(0)
    words = {"good": ("great", "fine", "warm"), "bad": ("dull", "poor", "flat"), "so-so": ("fine", "dull", "long")}
    lines = ["text\tlabel"]
    for _ in range(24):
        lines += [f"a {draw.choice(some)} film , {draw.choice(some)} cast\t{name}" for name, some in words.items()]
    path = tmp_path / "reviews.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def pets(tmp_path: Path) -> Path:
    """Forty pictures of 8x8 pixels, dark cats and bright dogs."""
    for label, low in (("cat", 0), ("dog", 90)):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for i in range(20):
            pixels = np.random.default_rng(i).integers(low, low + 120, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / label / f"{i}.png")
    return tmp_path / "pets"


@pytest.fixture
def towns(tmp_path: Path) -> Path:
    """Sixty sentences of a person who goes to a place."""
    draw = random.Random(0)
    people, places = ("Ada", "Bo", "Cy", "Di"), ("Rome", "York", "Oslo")
    rows = [
        f"{draw.choice(people)}\tB-person\ngoes\tO\nto\tO\nNew\tB-place\n{draw.choice(places)}\tI-place\n"
        for _ in range(60)
    ]
    path = tmp_path / "towns.conll"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture
def loads(tmp_path: Path) -> Path:
    """Two columns of hourly numbers that come and go with the day."""
    draw, start = random.Random(0), dt.datetime(2024, 1, 1)
    rows = ["date,load,wind"]
    for hour in range(300):
        wave = math.sin(hour * math.pi / 12)
        rows.append(f"{start + dt.timedelta(hours=hour)},{wave + draw.gauss(0, 0.1):.4f},{draw.gauss(0, 1):.4f}")
    path = tmp_path / "loads.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def waves(tmp_path: Path) -> Path:
    """Forty windows of a wave, and of a step, a row each, as the UCR archive has them."""
    draw, moments = np.random.default_rng(0), np.arange(12)
    shapes = {"wave": np.sin(moments), "step": np.sign(moments - 6)}
    rows = [
        "\t".join([label, *(f"{value:.3f}" for value in shape + draw.normal(0, 0.5, 12))])
        for label, shape in shapes.items()
        for _ in range(40)
    ]
    (tmp_path / "waves").mkdir()
    (tmp_path / "waves" / "waves_TRAIN.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return tmp_path / "waves"
