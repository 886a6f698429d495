"""Rows cut from a stream of tokens: two spans of text in a frame, or as many framed documents as fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from quatrain.data._types import Corpus
from quatrain.data.framing import Frame
from quatrain.data.masked.lexicon import FAR, Lexicon
from quatrain.models import IGNORE
from quatrain.models.masked_lm import FOLLOWS, RANDOM

__all__ = ["Row", "Rows"]

SHORT = 0.1
"""Share of the pairs that are shorter than there is room for, so that a model meets short ones: Devlin et al."""
ALIGNED = 2
"""A span starts at a sentence, if one starts in the first half of the row that it could fill."""
TRIES = 8
"""Places that are looked at for a span that does not follow."""


class Row(NamedTuple):
    """A framed row; nothing is hidden yet, and it may be shorter than others."""

    tokens: Int[np.ndarray, " seq"]
    segments: Int[np.ndarray, " seq"]
    documents: Int[np.ndarray, " seq"]
    """Numbers of the texts that do not meet, from 1."""
    is_text: Bool[np.ndarray, " seq"]
    """False where tokens of the frame stand."""
    follows: int
    """Whether the second text follows: a class of `NextHead`, or `IGNORE` where there is none."""


class Rows:
    """Makes the row that starts at a place of the stream.

    Args:
        corpus: the stream.
        eos_id: the token that closes it.
        frame: what stands around texts.
        lexicon: what tokens tell of sentences.
        seq_len: most tokens of a row, the frame included.
        next_sentence: make pairs where a document goes on for a whole row.
    """

    def __init__(
        self, corpus: Corpus, eos_id: int, frame: Frame, lexicon: Lexicon, *, seq_len: int, next_sentence: bool
    ) -> None:
        self.corpus, self.frame, self.lexicon = corpus, frame, lexicon
        self.seq_len, self.next_sentence = seq_len, next_sentence
        n_pair = len(frame.before) + len(frame.between) + len(frame.after_pair)
        self.n_added = len(frame.before) + len(frame.after)
        self.width = seq_len - (n_pair if next_sentence else self.n_added)
        is_text = np.flatnonzero(corpus.tokens != eos_id)
        self.stop = int(is_text[-1]) + 1 if len(is_text) else 0

    def at(self, start: int, generator: np.random.Generator) -> Row:
        """The row of the tokens from `start` on; the generator decides where it is cut, and what follows."""
        start = self._text_from(start)
        end = self._document_end(start)
        if self.next_sentence and end - start >= self.width:
            return self._pair(start, end, generator)
        return self._packed(self._aligned(start))

    def _pair(self, start: int, end: int, generator: np.random.Generator) -> Row:
        """Two spans; the second goes on where the first ends, or half of the time stands elsewhere."""
        start = self._aligned(start)
        is_short = generator.random() < SHORT
        length = min(int(generator.integers(2, self.width + 1)) if is_short else self.width, end - start)
        boundaries = np.flatnonzero(self._sentence_starts(start + 1, start + length)) + 1
        cut = start + int(generator.choice(boundaries) if len(boundaries) else generator.integers(1, length))
        first, second, follows = (start, cut), (cut, start + length), FOLLOWS
        elsewhere = self._elsewhere(start, generator)
        if elsewhere is None:
            follows = IGNORE
        elif generator.random() < 0.5:
            place = self._aligned(elsewhere) if len(boundaries) else elsewhere
            second = place, min(place + start + length - cut, self._document_end(place))
            follows = RANDOM
        return self._framed(first, second, follows)

    def _framed(self, first: tuple[int, int], second: tuple[int, int], follows: int) -> Row:
        texts = [self.corpus.tokens[slice(*span)].astype(np.int64) for span in (first, second)]
        parts = [self.frame.before, texts[0], self.frame.between, texts[1], self.frame.after_pair]
        lengths = [len(part) for part in parts]
        tokens = np.concatenate(parts)
        return Row(
            tokens,
            np.repeat(self.frame.segments, lengths),
            np.ones_like(tokens),
            np.repeat([False, True, False, True, False], lengths),
            follows,
        )

    def _packed(self, start: int) -> Row:
        """Documents one after another, each in its frame, the last one cut where the row ends."""
        parts, lengths, n = list[np.ndarray](), list[int](), 0
        for a, b in self._spans(start):
            b = min(b, a + self.seq_len - n - self.n_added)
            if b <= a:
                break
            parts += [self.frame.before, self.corpus.tokens[a:b].astype(np.int64), self.frame.after]
            lengths.append(b - a)
            n += b - a + self.n_added
        tokens = np.concatenate(parts)
        sizes = np.array([[len(self.frame.before), length, len(self.frame.after)] for length in lengths])
        return Row(
            tokens,
            np.full_like(tokens, self.frame.segments[0]),
            np.repeat(np.arange(len(lengths)) + 1, sizes.sum(axis=1)),
            np.repeat(np.tile([False, True, False], len(lengths)), sizes.flatten()),
            IGNORE,
        )

    def _spans(self, start: int) -> Iterator[tuple[int, int]]:
        """The texts from a place on, the first one from there, without the tokens that start them; empty ones never."""
        while start < self.stop:
            end = self._document_end(start)
            if end > start:
                yield start, end
            start = end + 1

    def _elsewhere(self, start: int, generator: np.random.Generator) -> int | None:
        """A place where a document goes on for a whole row: in another document, or far away; None: not found."""
        own, far = self._document(start), None
        for drawn in generator.integers(0, max(self.stop - self.width, 1), TRIES).tolist():
            place = self._text_from(drawn)
            if self._document_end(place) - place < self.width:
                continue
            if self._document(place) != own:
                return place
            if far is None and abs(place - start) >= 2 * self.width:
                far = place
        return far

    def _aligned(self, place: int) -> int:
        """The first place of a sentence in the first half of a row that could start here; the place itself if none."""
        if place == 0 or self._is_start(place - 1):
            return place
        found = np.flatnonzero(self._sentence_starts(place, min(place + self.width // ALIGNED, self.stop)))
        end = self._document_end(place)
        return place + int(found[0]) if len(found) and place + int(found[0]) < end - 1 else place

    def _sentence_starts(self, start: int, stop: int) -> Bool[np.ndarray, " span"]:
        """Where sentences start in a stretch."""
        before = min(FAR, start)
        return self.lexicon.sentence_starts(self.corpus.tokens[start - before : stop])[before:]

    def _text_from(self, place: int) -> int:
        """The first place from here on where no document starts, but its text stands."""
        while self._is_start(place):
            place += 1
        return place

    def _is_start(self, place: int) -> bool:
        """Whether the token that starts a document stands here."""
        starts = self.corpus.document_starts
        index = int(np.searchsorted(starts, place))
        return index < len(starts) and int(starts[index]) == place

    def _document(self, place: int) -> int:
        return int(np.searchsorted(self.corpus.document_starts, place, side="right"))

    def _document_end(self, place: int) -> int:
        """Where the document of a place ends: at the token that starts the next, or that closes the stream."""
        index = self._document(place)
        starts = self.corpus.document_starts
        return int(starts[index]) if index < len(starts) else self.stop
