"""The honest comparison beside a masked language model: which words stand between which, counted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from quatrain.data import Corpus, MaskedBatch
from quatrain.models import IGNORE

__all__ = ["Guesses", "Neighbours", "Unigram"]

UNSEEN = -1
"""Stands for a neighbour that is hidden, too."""


class Guesses(NamedTuple):
    """What was made of each hidden token, in the order of rows."""

    losses: Float[np.ndarray, " hidden"]
    """Nats paid for it."""
    hits: Float[np.ndarray, " hidden"]
    """1 where it was the likeliest, else 0."""


class Unigram:
    """How frequent each token is: what one knows who sees nothing of the row.

    Args:
        corpus: the training text.
        vocab_size: tokens known.
    """

    def __init__(self, corpus: Corpus, vocab_size: int) -> None:
        counts = np.bincount(corpus.counted, minlength=vocab_size) + 0.5
        self.frequencies: Float[np.ndarray, " vocab"] = counts / counts.sum()

    def guesses(self, batches: Iterable[MaskedBatch]) -> Guesses:
        """Score the hidden tokens of batches."""
        targets = np.concatenate([batch.targets[batch.targets != IGNORE].numpy() for batch in batches])
        return Guesses(-np.log(self.frequencies[targets]), (targets == self.frequencies.argmax()).astype(np.float64))


class Neighbours:
    """A token given the one before it and the one after it, as far as these are not hidden themselves.

    The two neighbours are taken as independent given the token (naive Bayes), so p(w | l, r) goes by
    p(w | l) p(w | r) / p(w); where l and r have been seen with one token between, what stood there is mixed in. All of
    it is smoothed as by Witten and Bell 1991: a count of n, spread over t different tokens, weighs n / (n + t).

    Args:
        corpus: the training text.
        vocab_size: tokens known.
        eos_id: the token that parts documents: what stands beside the first and the last token of a text.
    """

    def __init__(self, corpus: Corpus, vocab_size: int, eos_id: int) -> None:
        tokens = corpus.counted
        self.unigram, self.vocab_size, self.eos_id = Unigram(corpus, vocab_size), vocab_size, eos_id
        self._after = _Counts(tokens[:-1], tokens[1:], vocab_size)
        self._before = _Counts(tokens[1:], tokens[:-1], vocab_size)
        self._between = _Counts(tokens[:-2] * vocab_size + tokens[2:], tokens[1:-1], vocab_size)

    def guesses(self, batches: Iterable[MaskedBatch], mask_id: int, special: Iterable[int]) -> Guesses:
        """Score the hidden tokens of batches by what is shown beside them.

        Args:
            mask_id: the token that hides others.
            special: the tokens of frames.
        """
        as_neighbour = np.arange(self.vocab_size)
        as_neighbour[[*special]] = self.eos_id
        as_neighbour[mask_id] = UNSEEN
        losses, hits = list[float](), list[bool]()
        for batch in batches:
            assert batch.inputs[0] is not None, "rows have tokens"
            shown, targets = as_neighbour[batch.inputs[0].numpy()], batch.targets.numpy()
            for row, place in zip(*np.nonzero(targets != IGNORE), strict=True):
                p = self.probabilities(int(shown[row, place - 1]), int(shown[row, place + 1]))
                losses.append(-float(np.log(p[targets[row, place]])))
                hits.append(bool(p.argmax() == targets[row, place]))
        return Guesses(np.array(losses), np.array(hits, np.float64))

    def probabilities(self, left: int, right: int) -> Float[np.ndarray, " vocab"]:
        """Of each token between two; -1 for a neighbour that is not seen."""
        p: Float[np.ndarray, " vocab"] = self.unigram.frequencies.copy()
        for counts, neighbour in ((self._after, left), (self._before, right)):
            if neighbour != UNSEEN:
                weight, tokens, shares = counts.of(neighbour)
                factor = np.full(self.vocab_size, 1 - weight)
                factor[tokens] += weight * shares / self.unigram.frequencies[tokens]
                p *= factor
        p /= p.sum()
        if UNSEEN not in (left, right):
            weight, tokens, shares = self._between.of(left * self.vocab_size + right)
            p *= 1 - weight
            p[tokens] += weight * shares
        return p


class _Counts:
    """How often each token was seen in each context."""

    def __init__(self, contexts: Int[np.ndarray, " n"], tokens: Int[np.ndarray, " n"], vocab_size: int) -> None:
        keys, self.counts = np.unique(contexts * vocab_size + tokens, return_counts=True)
        self.contexts, self.tokens = np.divmod(keys, vocab_size)

    def of(self, context: int) -> tuple[float, np.ndarray, np.ndarray]:
        """Its weight, the tokens seen there, and their shares."""
        start, stop = np.searchsorted(self.contexts, [context, context + 1])
        counts = self.counts[start:stop]
        n = int(counts.sum())
        return n / (n + len(counts)) if n else 0.0, self.tokens[start:stop], counts / max(n, 1)
