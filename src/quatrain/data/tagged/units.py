"""What a model reads of a sentence: whole words with their spelling, or the pieces that a tokenizer makes of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

from quatrain.data._kinds import UNKNOWN
from quatrain.data.framing import Framing
from quatrain.data.tokenizers import Tokenizer

__all__ = ["Encoded", "Pieces", "Units", "Words"]

LETTERS = 24
"""Bytes of a word that its spelling shows: what is beyond, as of a link, says nothing more."""


class Encoded(NamedTuple):
    """A sentence as a model reads it."""

    tokens: Int[np.ndarray, " seq"]
    words: Int[np.ndarray, " seq"]
    """Which word each token is of, from 0; -1 for tokens of a frame."""
    n_words: int
    spellings: Int[np.ndarray, "seq letters"] | None = None
    """UTF-8 bytes of each word, 0 behind its end; None where pieces are read."""

    @property
    def firsts(self) -> Int[np.ndarray, " n_words"]:
        """The place of the first token of each word; -1 where the tokenizer makes nothing of it."""
        firsts = np.full(self.n_words, -1)
        known, places = np.unique(self.words, return_index=True)
        firsts[known[known >= 0]] = places[known >= 0]
        return firsts

    @property
    def sizes(self) -> Int[np.ndarray, " n_words"]:
        """Tokens of each word."""
        return np.bincount(self.words[self.words >= 0], minlength=self.n_words)


class Units(ABC):
    """Turns words into what a model reads."""

    tokenizer: Tokenizer
    pad_id: int

    @abstractmethod
    def encode(self, sentences: Sequence[Sequence[str]], max_seq_len: int | None = None) -> list[Encoded]:
        """Each sentence; what is beyond `max_seq_len` tokens is cut."""

    def stack(self, encoded: Sequence[Encoded]) -> tuple[Tensor | None, ...]:
        """Sentences as the inputs of a model, padded on the right."""
        lengths = np.array([len(sentence.tokens) for sentence in encoded])
        n = max(int(lengths.max(initial=0)), 1)
        tokens = np.full((len(encoded), n), self.pad_id, np.int64)
        for row, sentence in zip(tokens, encoded, strict=True):
            row[: len(sentence.tokens)] = sentence.tokens
        mask = np.arange(n) < lengths[:, None]
        return torch.from_numpy(tokens), torch.from_numpy(mask), self.third(encoded, n)

    def third(self, encoded: Sequence[Encoded], n: int) -> Tensor | None:
        """What a model takes beside tokens and mask."""
        return None


class Words(Units):
    """Whole words in lower case, and their spelling as it is.

    Args:
        tokenizer: one of words.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer, self.pad_id = tokenizer, tokenizer.eos_id
        self._ids: dict[str, int] = tokenizer.backend.get_vocab()
        self.unknown = self._ids[UNKNOWN]

    def encode(self, sentences: Sequence[Sequence[str]], max_seq_len: int | None = None) -> list[Encoded]:
        """A token a word."""
        return [self._encoded(words[:max_seq_len]) for words in sentences]

    def third(self, encoded: Sequence[Encoded], n: int) -> Tensor:
        """(B, W, L): the spellings."""
        width = max((spelled.shape[1] for *_, spelled in encoded if spelled is not None), default=1)
        spellings = np.zeros((len(encoded), n, max(width, 1)), np.int64)
        for row, (*_, spelled) in zip(spellings, encoded, strict=True):
            assert spelled is not None
            row[: spelled.shape[0], : spelled.shape[1]] = spelled
        return torch.from_numpy(spellings)

    def _encoded(self, words: Sequence[str]) -> Encoded:
        tokens = [self._ids.get(word.lower(), self.unknown) for word in words]
        raw = [word.encode("utf-8", "replace")[:LETTERS] for word in words]
        spellings = np.zeros((len(words), max(map(len, raw), default=0)), np.uint8)
        for row, letters in zip(spellings, raw, strict=True):
            row[: len(letters)] = np.frombuffer(letters, np.uint8)
        return Encoded(np.array(tokens, np.int64), np.arange(len(words)), len(words), spellings)


class Pieces(Units):
    """Pieces of words in the frame of a tokenizer.

    Args:
        framing: of the tokenizer.
    """

    def __init__(self, framing: Framing) -> None:
        self.framing, self.tokenizer, self.pad_id = framing, framing.tokenizer, framing.pad_id

    def encode(self, sentences: Sequence[Sequence[str]], max_seq_len: int | None = None) -> list[Encoded]:
        """As `Framing.frame_words`."""
        framed = self.framing.frame_words(sentences, max_seq_len)
        return [Encoded(one.tokens, one.words, len(words)) for one, words in zip(framed, sentences, strict=True)]
