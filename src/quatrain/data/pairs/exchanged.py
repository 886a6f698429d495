"""Signs that source and target stand the wrong way round: in single pairs, and in everything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

__all__ = ["exchanged_pairs", "spoken"]

BUCKETS = 1 << 16
"""Into which stretches of three characters are hashed."""
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
AT_ONCE = 50_000
"""Texts looked at together."""
CLEAR = 0.5
"""Nats a stretch: from here on a text belongs clearly to one side."""
APART = 1.0
"""Nats a stretch between usual sources and usual targets; where it is less, the sides look too much alike to tell."""

COMMON_WORDS = {
    "cs": "se že jsem není které nebo jako když jsou byl",
    "da": "og ikke jeg det er på en af til med",
    "de": "der die und nicht ist ein eine mit auf ich",
    "en": "the and of is with a in to on that",
    "es": "el los una con está por las que y del",
    "fi": "ja on ei että se hän oli mutta kun ovat",
    "fr": "le les une est dans des et pas avec qui",
    "it": "il della che una con sono gli per è di",
    "nl": "het een van niet is op de met zijn voor",
    "pl": "się nie jest na że do jak ale był są",
    "pt": "o uma com não em um os está do para",
    "sv": "och att det är som en på inte med ett",
}  # fmt: skip
"""Ten words of each language that hardly a paragraph is without."""
WORDS_LOOKED_AT, FEWEST_HITS = 100_000, 50


def exchanged_pairs(src: Sequence[str], tgt: Sequence[str]) -> Bool[np.ndarray, " n"]:
    """Pairs whose source looks like the other targets, and whose target looks like the other sources.

    What each side looks like is learned from the pairs themselves: the logarithm of how many times more often a
    stretch of three characters is found in sources than in targets, averaged over a text.
    """
    if not src:
        return np.zeros(0, bool)
    counts = np.zeros((2, BUCKETS))
    for side, texts in enumerate((src, tgt)):
        for stretches, _ in _stretches(texts):
            counts[side] += np.bincount(stretches, minlength=BUCKETS)
    shares = (counts + 0.5) / (counts.sum(1, keepdims=True) + 0.5 * BUCKETS)
    odds = np.log(shares[0] / shares[1])
    of_src, of_tgt = (_means(texts, odds) for texts in (src, tgt))
    if np.median(of_src) - np.median(of_tgt) < APART:
        return np.zeros(len(src), bool)
    return (of_src < -CLEAR) & (of_tgt > CLEAR)


def spoken(texts: Sequence[str]) -> str | None:
    """The code of the language whose commonest words stand in these texts most often; None where none is clear.

    Example:
        >>> spoken(["Ein Mann und eine Frau sitzen auf der Bank."] * 20), spoken(["2026-03-14"] * 20)
        ('de', None)
    """
    words: Counter[str] = Counter()
    for text in texts:
        words.update(re.findall(r"\w+", text.lower()))
        if words.total() >= WORDS_LOOKED_AT:
            break
    hits = {language: sum(words[word] for word in common.split()) for language, common in COMMON_WORDS.items()}
    (first, most), (_, next_most) = Counter(hits).most_common(2)
    return first if most >= FEWEST_HITS and most >= 1.5 * next_most else None


def _means(texts: Sequence[str], odds: Float[np.ndarray, " buckets"]) -> Float[np.ndarray, " n"]:
    means = []
    for stretches, owners in _stretches(texts):
        n = int(owners[-1]) + 1
        means.append(np.bincount(owners, odds[stretches], n) / np.bincount(owners, minlength=n))
    return np.concatenate(means)


def _stretches(texts: Sequence[str]) -> Iterator[tuple[Int[np.ndarray, " stretches"], Int[np.ndarray, " stretches"]]]:
    """The stretches of some texts at a time, as numbers, and the text each is of."""
    for start in range(0, len(texts), AT_ONCE):
        framed = [f"  {text.lower()}  " for text in texts[start : start + AT_ONCE]]
        points = np.frombuffer("".join(framed).encode("utf-32-le"), np.uint32).astype(np.uint64)
        owners = np.repeat(np.arange(len(framed)), [len(text) for text in framed])
        mixed = ((points[:-2] << np.uint64(42)) ^ (points[1:-1] << np.uint64(21)) ^ points[2:]) * MULTIPLIER
        is_inside = owners[:-2] == owners[2:]
        yield (mixed[is_inside] >> np.uint64(48)).astype(np.int64), owners[:-2][is_inside]
