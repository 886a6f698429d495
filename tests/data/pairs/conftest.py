"""Sentences in two small languages that any test may translate."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

NOUNS = {"dog": "Hund", "bird": "Vogel", "table": "Tisch", "man": "Mann", "tree": "Baum", "hat": "Hut"}
PLACES = {"house": "Haus", "water": "Wasser", "book": "Buch", "child": "Kind", "picture": "Bild", "field": "Feld"}
VERBS = {"sees": "sieht", "finds": "findet", "paints": "malt", "wants": "will", "knows": "kennt"}


def sentence(draw: random.Random) -> tuple[str, str]:
    noun, place, verb = (draw.choice(list(words.items())) for words in (NOUNS, PLACES, VERBS))
    number = draw.randrange(1000)
    english = f"The {noun[0]} number {number} {verb[0]} the {place[0]} and that is all."
    german = f"Der {noun[1]} Nummer {number} {verb[1]} das {place[1]}, und das ist nicht alles."
    return english, german


@pytest.fixture
def sentences() -> Callable[[int, int], list[tuple[str, str]]]:
    """So many pairs of sentences, English and German, from a seed."""

    def draw(n: int, seed: int = 0) -> list[tuple[str, str]]:
        generator = random.Random(seed)
        return [sentence(generator) for _ in range(n)]

    return draw


@pytest.fixture
def write_sides() -> Callable[..., Path]:
    """Writes pairs as NAME.en and NAME.de into a folder, and gives the folder back."""

    def write(folder: Path, name: str, pairs: list[tuple[str, str]]) -> Path:
        folder.mkdir(exist_ok=True)
        for ending, side in (("en", 0), ("de", 1)):
            (folder / f"{name}.{ending}").write_text("".join(f"{pair[side]}\n" for pair in pairs), encoding="utf-8")
        return folder

    return write
