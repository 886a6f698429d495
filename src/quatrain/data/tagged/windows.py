"""Sentences longer than a model reads, in windows that overlap: every word is answered once, in the midst of others."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from quatrain.data.tagged.units import Encoded, Units

__all__ = ["Window", "cut_windows"]

OVERLAP = 4
"""Neighbouring windows share one part in so many."""
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class Window:
    """A stretch of a sentence that is read at once."""

    sentence: int
    """Which sentence."""
    start: int
    """Its first word."""
    kept: slice
    """The words of the window that are answered here; the others are in a neighbour's midst."""
    encoded: Encoded

    def fill(self, sentence: list[AnswerT], answers: Sequence[AnswerT]) -> None:
        """Write what is answered here to its places in the sentence.

        Args:
            answers: one for each word of the window that has a token, in their order.
        """
        rest = iter(answers)
        for word, first in enumerate(self.encoded.firsts.tolist()):
            if first >= 0:
                answer = next(rest)
                if self.kept.start <= word < self.kept.stop:
                    sentence[self.start + word] = answer


def cut_windows(units: Units, sentences: Sequence[Sequence[str]], max_seq_len: int | None) -> list[Window]:
    """Windows of at most `max_seq_len` tokens; a sentence that is no longer is a single one.

    Args:
        units: makes tokens of words.
        max_seq_len: None: there is no bound.
    """
    windows = []
    for number, (words, whole) in enumerate(zip(sentences, units.encode(sentences), strict=True)):
        if max_seq_len is None or len(whole.tokens) <= max_seq_len:
            windows.append(Window(number, 0, slice(0, len(words)), whole))
            continue
        stretches = list(_stretches(whole, max_seq_len))
        encoded = units.encode([words[start:stop] for start, stop in stretches], max_seq_len)
        cuts = [0, *((stop + start) // 2 for (_, stop), (start, _) in _neighbours(stretches)), len(words)]
        for place, (start, _) in enumerate(stretches):
            kept = slice(cuts[place] - start, cuts[place + 1] - start)
            windows.append(Window(number, start, kept, encoded[place]))
    return windows


def _stretches(whole: Encoded, max_seq_len: int) -> Iterator[tuple[int, int]]:
    """First word and end of each window: as many words as fit beside the frame, at least one."""
    ends = np.cumsum(whole.sizes)
    room, start = max_seq_len - (len(whole.tokens) - int(ends[-1])), 0
    while True:
        before = int(ends[start - 1]) if start else 0
        stop = max(int(np.searchsorted(ends, before + room, side="right")), start + 1)
        yield start, stop
        if stop == whole.n_words:
            return
        start = max(stop - (stop - start) // OVERLAP, start + 1)


def _neighbours(stretches: Sequence[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    return itertools.pairwise(stretches)
