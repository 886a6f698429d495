"""One part of parallel text as tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from quatrain.data._types import Corpus
from quatrain.data.pairs.batch import PairBatch, lengths_of, pad
from quatrain.data.pairs.batches import PairBatches
from quatrain.data.tokenizers import Tokenizer

__all__ = ["Pairs"]


@dataclass(frozen=True)
class Pairs:
    """The pairs of one part (train, val, or a test part) with text on both sides.

    Each side is one stream of ids, `eos d1 eos d2 ... dn eos`: a target is read from the end of text before it and
    predicted up to the one after it, and the source ends with one.
    """

    name: str
    """What the part is called."""
    source: Corpus
    target: Corpus
    src_texts: list[str]
    tgt_texts: list[str]
    src_tokenizer: Tokenizer
    tokenizer: Tokenizer
    """Of the target."""

    def __len__(self) -> int:
        return len(self.src_texts)

    @property
    def n_targets(self) -> int:
        """Targets that are scored: the tokens of every target, and its end."""
        return self.target.n_targets

    def src(self, index: int) -> list[int]:
        """Ids of one source; nothing is added at its ends."""
        return _document(self.source, index)

    def tgt(self, index: int) -> list[int]:
        """Ids of one target; nothing is added at its ends."""
        return _document(self.target, index)

    @cached_property
    def src_lengths(self) -> Int[np.ndarray, " n"]:
        """Tokens of each source and its end of text."""
        return lengths_of(self.source)

    @cached_property
    def tgt_lengths(self) -> Int[np.ndarray, " n"]:
        """Tokens of each target and its end of text."""
        return lengths_of(self.target)

    @property
    def mean_lengths(self) -> tuple[int, int]:
        """Tokens of a source and of a target on average, their ends of text counted."""
        return round(float(self.src_lengths.mean())), round(float(self.tgt_lengths.mean()))

    def n_longer_than(self, seq_len: int) -> int:
        """Pairs with a side of more tokens than that, its end of text counted; training leaves them out."""
        return int((np.maximum(self.src_lengths, self.tgt_lengths) > seq_len).sum())

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> PairBatches:
        """Training batches of at most `batch_size * seq_len` tokens of the longer side, padding included.

        Raises:
            DataError: no pair is short enough.
        """
        return PairBatches(self.source, self.target, seed=seed, batch_size=batch_size, seq_len=seq_len)

    def batch(self, rows: Int[np.ndarray, " batch"]) -> PairBatch:
        """Some pairs, in this order."""
        return pad(self.source, self.target, rows)

    def in_order(
        self, batch_tokens: int, some: Int[np.ndarray, " some"] | None = None
    ) -> Iterator[tuple[Int[np.ndarray, " batch"], PairBatch]]:
        """Every pair once for scoring, with its place here: the longest first, about equally long ones together.

        Args:
            batch_tokens: tokens of the longer side in a batch, padding included; a longer pair stands alone.
            some: the places of the pairs that are wanted; None: all.
        """
        longer = np.maximum(self.src_lengths, self.tgt_lengths)
        order = np.lexsort((self.tgt_lengths - self.src_lengths, -longer))
        if some is not None:
            order = order[np.isin(order, some)]
        start = 0
        while start < len(order):
            rows = order[start : start + max(batch_tokens // int(longer[order[start]]), 1)]
            yield rows, self.batch(rows)
            start += len(rows)

    def first(self, n: int) -> Pairs:
        """The first `n` pairs."""
        src_texts, tgt_texts = self.src_texts[:n], self.tgt_texts[:n]
        source, target = _first(self.source, src_texts), _first(self.target, tgt_texts)
        return Pairs(self.name, source, target, src_texts, tgt_texts, self.src_tokenizer, self.tokenizer)


def _document(corpus: Corpus, index: int) -> list[int]:
    start, end = _bounds(corpus, index)
    ids: list[int] = corpus.tokens[start + 1 : end].tolist()
    return ids


def _bounds(corpus: Corpus, index: int) -> tuple[int, int]:
    """Where the ends of text before and after a document stand."""
    ends = corpus.document_starts[1:]
    return int(corpus.document_starts[index]), int(ends[index]) if index < len(ends) else len(corpus.tokens) - 1


def _first(corpus: Corpus, texts: list[str]) -> Corpus:
    end = _bounds(corpus, len(texts) - 1)[1] if texts else 0
    return Corpus(
        corpus.tokens[: end + 1],
        corpus.document_starts[: len(texts)],
        n_bytes=sum(len(text.encode()) for text in texts),
        n_chars=sum(map(len, texts)),
    )
