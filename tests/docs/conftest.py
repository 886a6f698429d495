"""A small world for the pages: a little text and parallel text, small models, comparisons in one process, a cache."""

from __future__ import annotations

import datetime as dt
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image

from quatrain.comparison import conduct
from quatrain.comparison.jobs import Job
from quatrain.comparison.worker import work
from quatrain.mixers import MIXERS
from quatrain.training.planning.classification import CLASSIFIER_SIZES
from quatrain.training.planning.forecast import FORECAST_SIZES
from quatrain.training.planning.images import IMAGE_SIZES
from quatrain.training.planning.labelled_series import WINDOW_SIZES
from quatrain.training.planning.language import SIZES
from quatrain.training.planning.masked import MASKED_SIZES
from quatrain.training.planning.tagging import TAGGER_SIZES
from quatrain.training.planning.translation import TRANSLATION_SIZES

SONNET = """\
Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;
Nor shall death brag thou wander'st in his shade,
When in eternal lines to time thou grow'st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee.
"""

SMALL = replace(SIZES["tiny"], d_model=8, n_layers=1, n_heads=2, seq_len=32, batch_size=2)
SMALL_TRANSLATION = replace(TRANSLATION_SIZES["tiny"], d_model=8, n_layers=1, n_heads=2, seq_len=32, batch_size=2)
SMALL_MASKED = replace(MASKED_SIZES["tiny"], d_model=8, n_layers=1, n_heads=2, seq_len=32, batch_size=2)
SMALL_IMAGES = replace(IMAGE_SIZES["tiny"], d_model=8, n_layers=1, n_heads=2, width=8, batch_size=8)
SMALL_WINDOWS = replace(WINDOW_SIZES["tiny"], d_model=8, n_layers=1, n_heads=2)
SMALL_CLASSIFIER = replace(CLASSIFIER_SIZES["tiny"], d_model=8, n_heads=2, batch_size=8)
SMALL_FORECAST = replace(FORECAST_SIZES["tiny"], d_model=8, n_layers=1, n_heads=2, batch_size=8)
SMALL_TAGGER = replace(TAGGER_SIZES["tiny"], d_model=8, n_layers=1, n_heads=2, batch_size=8)
NOUNS = {"dog": "Hund", "man": "Mann", "cook": "Koch", "boy": "Junge", "artist": "Künstler"}
ACTIONS = {"runs": "rennt", "sleeps": "schläft", "sings": "singt", "waits": "wartet", "laughs": "lacht"}

OPINIONS = {"pos": ("great", "fine", "warm"), "neg": ("dull", "poor", "flat")}
THINGS = ("film", "plot", "hero", "song")


@pytest.fixture(autouse=True)
def small_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every notch of the dial is the smallest model, `poems.txt` lies here, and a page's own mixer goes with it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for word in SIZES:
        monkeypatch.setitem(SIZES, word, SMALL)
    for word in MASKED_SIZES:
        monkeypatch.setitem(MASKED_SIZES, word, SMALL_MASKED)
    for word in TAGGER_SIZES:
        monkeypatch.setitem(TAGGER_SIZES, word, SMALL_TAGGER)
    for word in TRANSLATION_SIZES:
        monkeypatch.setitem(TRANSLATION_SIZES, word, SMALL_TRANSLATION)
    for word in CLASSIFIER_SIZES:
        monkeypatch.setitem(CLASSIFIER_SIZES, word, SMALL_CLASSIFIER)
    for word in IMAGE_SIZES:
        monkeypatch.setitem(IMAGE_SIZES, word, SMALL_IMAGES)
    for word in WINDOW_SIZES:
        monkeypatch.setitem(WINDOW_SIZES, word, SMALL_WINDOWS)
    for word in FORECAST_SIZES:
        monkeypatch.setitem(FORECAST_SIZES, word, SMALL_FORECAST)
    conducting = sys.modules[conduct.__module__]
    monkeypatch.setattr(conducting, "LENGTHS", (8, 16))
    monkeypatch.setattr(conducting, "run_jobs", work_here)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    lines, draw = SONNET.splitlines(keepends=True), random.Random(0)
    poems = "\n".join("".join(draw.sample(lines, len(lines))) for _ in range(12))
    Path("poems.txt").write_text(poems, encoding="utf-8")
    sentences = [f"A {en} {does}.\tEin {de} {tut}." for en, de in NOUNS.items() for does, tut in ACTIONS.items()]
    Path("pairs.tsv").write_text("\n".join(["en\tde", *sentences]) + "\n", encoding="utf-8")
    opinions = [(word, label) for label, words in OPINIONS.items() for word in words]
    reviews = [
        f"{word} {thing} and {other} cast\t{label}" for word, label in opinions for thing in THINGS for other in "ab"
    ]
    Path("reviews.tsv").write_text("\n".join(["text\tlabel", *reviews]) + "\n", encoding="utf-8")
    rows = [f"{name}\tB-person\n{verb}\tO\nNew\tB-place\nTown\tI-place\n" for name in NOUNS for verb in ACTIONS]
    Path("towns.conll").write_text("\n".join(rows), encoding="utf-8")
    for label, low in (("cat", 0), ("dog", 120)):
        (Path("pets") / label).mkdir(parents=True)
        for i in range(10):
            pixels = np.random.default_rng(i).integers(low, low + 120, (8, 8), dtype=np.uint8)
            Image.fromarray(pixels).save(Path("pets") / label / f"{i}.png")
    Path("Slopes").mkdir()
    for part in ("TRAIN", "TEST"):
        (Path("Slopes") / f"Slopes_{part}.tsv").write_text(slopes(20, part), encoding="utf-8")
    moments = [(label, place) for label in ("walk", "sit") * 2 for place in range(60)]
    walks = [f"{i},{math.sin(place) * (label == 'walk'):.4f},{label}" for i, (label, place) in enumerate(moments)]
    Path("steps.csv").write_text("\n".join(["time,x,activity", *walks]) + "\n", encoding="utf-8")
    Path("loads.csv").write_text(series("load,wind", 1), encoding="utf-8")
    Path("prices.csv").write_text(series("close", 24), encoding="utf-8")
    with patch.dict(MIXERS):
        yield


def slopes(n: int, seed: str) -> str:
    """Windows that rise or fall, a row each, labels first."""
    draw = random.Random(seed)
    windows = {"up": range(12), "down": range(12, 0, -1)}
    rows = [[label, *(f"{x + draw.gauss(0, 0.1):.3f}" for x in windows[label])] for label in windows for _ in range(n)]
    return "\n".join("\t".join(row) for row in rows) + "\n"


def series(columns: str, hours_apart: int) -> str:
    """A table of numbers that go up and down by chance."""
    draw, start = random.Random(0), dt.datetime(2024, 1, 1)
    values = [100.0] * (columns.count(",") + 1)
    rows = []
    for place in range(200):
        values = [value * math.exp(draw.gauss(0, 0.01)) for value in values]
        rows.append(",".join([str(start + dt.timedelta(hours=hours_apart * place)), *(f"{v:.4f}" for v in values)]))
    return "\n".join([f"date,{columns}", *rows]) + "\n"


def work_here(jobs: Sequence[Job], n_at_once: int, threads: int, on_end: Callable[[Job, int], None]) -> None:
    """The trainings of a comparison, one after another and in this process: starting one takes seconds."""
    for job in jobs:
        if not job.is_done:
            work(job.folder)
            on_end(job, 0)
