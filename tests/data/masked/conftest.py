"""A small text of documents that have sentences, and its parts with a vocabulary of its pieces."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from quatrain.data import MaskedConfig, MaskedData, TokenizerConfig, open_masked

WORDS = [
    "the",
    "small",
    "grey",
    "boats",
    "were",
    "drawn",
    "slowly",
    "over",
    "sand",
    "towards",
    "unloading",
    "cranes",
    "while",
    "gulls",
    "cried",
]
Open = Callable[..., MaskedData]


def sentences(n: int, seed: int) -> str:
    """Sentences of four to nine words, four a line."""
    draw = random.Random(seed)
    made = [" ".join(draw.choices(WORDS, k=draw.randint(4, 9))).capitalize() + "." for _ in range(n)]
    return "\n".join(" ".join(made[i : i + 4]) for i in range(0, n, 4))


@pytest.fixture
def open_texts(tmp_path: Path) -> Open:
    """Open documents, a file each, as data to be masked."""

    def make(*texts: str, val: str = "", **settings: object) -> MaskedData:
        folder = tmp_path / f"texts-{len(list(tmp_path.glob('texts-*')))}"
        folder.mkdir()
        for number, text in enumerate(texts):
            (folder / f"{number:05}.train.txt").write_text(text, encoding="utf-8")
        (folder / "val.txt").write_text(val or sentences(80, seed=99), encoding="utf-8")
        tokenizer = TokenizerConfig(name="wordpiece", vocab_size=60, lowercase=True)
        return open_masked(MaskedConfig(path=str(folder), **{"tokenizer": tokenizer, **settings}))

    return make
