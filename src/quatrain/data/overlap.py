"""How much of one text is found again in another, by stretches of 50 characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

__all__ = ["SHINGLE", "found_again"]

SHINGLE = 50
"""Characters of a stretch: long enough that two texts share one only where one copies the other."""
SAMPLED = 1000
BASE = 0x9E3779B97F4A7C15  # odd, so that no power of it vanishes modulo 2**64
TABLE_BITS = 20


def found_again(sampled: Iterable[Iterable[str]], n_chars: int, searched: Iterable[Iterable[str]]) -> float:
    """The share of stretches, taken at even distances from `sampled`, that `searched` holds too.

    Args:
        sampled: documents, each as its pieces of text.
        n_chars: characters of `sampled`.
        searched: documents likewise.
    Returns:
        From 0 to 1; 0 where no document is as long as a stretch.
    """
    distance = max(n_chars // SAMPLED, 1)
    wanted = np.unique(np.concatenate([np.empty(0, np.uint64), *(h[::distance] for h in _hashes(sampled))]))
    if not len(wanted):
        return 0.0
    shift = np.uint64(64 - TABLE_BITS)
    table = np.zeros(1 << TABLE_BITS, bool)  # a quick no for nearly all stretches
    table[wanted >> shift] = True
    is_found = np.zeros(len(wanted), bool)
    for hashes in _hashes(searched):
        likely = hashes[table[hashes >> shift]]
        is_found |= np.isin(wanted, likely)
    return float(is_found.mean())


def _hashes(documents: Iterable[Iterable[str]]) -> Iterator[np.ndarray]:
    """Hashes of all stretches of each document, piece by piece, (n,) uint64."""
    for document in documents:
        tail = ""
        for text in document:
            text = tail + text
            if len(text) >= SHINGLE:
                yield _rolling(np.frombuffer(text.encode("utf-32-le"), np.uint32))
            tail = text[-(SHINGLE - 1) :]


def _rolling(points: np.ndarray) -> np.ndarray:
    """sum_j points[i + j] BASE^(SHINGLE - 1 - j) modulo 2**64 for each i, (len(points) - SHINGLE + 1,).

    Two neighbouring windows of k make one of 2 k, so the width is reached in the steps of its binary digits.
    """
    n = len(points) - SHINGLE + 1
    total, covered = np.zeros(n, np.uint64), 0
    power, width = points.astype(np.uint64), 1
    while True:
        if SHINGLE & width:
            total = total * _to_the(width) + power[covered : covered + n]
            covered += width
        if covered == SHINGLE:
            return total
        power = power[:-width] * _to_the(width) + power[width:]
        width *= 2


def _to_the(exponent: int) -> np.uint64:
    return np.uint64(pow(BASE, exponent, 1 << 64))
