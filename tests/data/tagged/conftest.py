"""A little tagged text, written where a test asks for it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

NAMES = ("Ann", "Bob", "Carla", "Dirk", "Emil")
PLACES = ("New York", "Berlin", "Old Town", "Rome")
Write = Callable[..., str]


def conll(n: int, seed: int) -> str:
    """Sentences such as `Ann likes Old Town .`"""
    draw, sentences = random.Random(seed), []
    for _ in range(n):
        place = draw.choice(PLACES).split()
        tags = ["B-place", "I-place"][: len(place)]
        rows = [
            (draw.choice(NAMES), "B-person"),
            (draw.choice(("likes", "left")), "O"),
            *zip(place, tags, strict=True),
            (".", "O"),
        ]
        sentences.append("".join(f"{word}\t{tag}\n" for word, tag in rows))
    return "\n".join(sentences)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A training part of 40 sentences, and 10 each to validate and to test."""
    for seed, (name, n) in enumerate({"train": 40, "dev": 10, "test": 10}.items()):
        (tmp_path / "towns").mkdir(exist_ok=True)
        (tmp_path / "towns" / f"{name}.conll").write_text(conll(n, seed), encoding="utf-8")
    return str(tmp_path / "towns")
