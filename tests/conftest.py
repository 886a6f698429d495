"""What every test may use: a cache of its own, and a small text."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

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
