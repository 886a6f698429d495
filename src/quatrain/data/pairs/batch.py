"""What one forward pass of a translation reads, padded from flat streams of ids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from quatrain.data._types import Corpus
from quatrain.models._base import IGNORE

__all__ = ["PADDING", "PairBatch", "lengths_of", "pad"]

PADDING = 0
"""The id that fills a row on the right; masks and targets say where, not the id."""


@dataclass(frozen=True)
class PairBatch:
    """Pairs, one a row: the source ends with the end of text, the target starts and ends with it.

    For a source `x1 x2` and a target `y1 y2 y3` in rows of 4 and 5:

        src       x1  x2  eos  ·
        src_mask  1   1   1    0
        tgt       eos y1  y2   y3   ·
        targets   y1  y2  y3   eos  IGNORE
    """

    src: Int[Tensor, "batch src"]
    src_mask: Bool[Tensor, "batch src"]
    """True where a source token is real."""
    tgt: Int[Tensor, "batch seq"]
    """What the decoder reads: a causal one needs no mask for the padding after it."""
    targets: Int[Tensor, "batch seq"]
    """What it should say next; `IGNORE` (-100) where nothing is scored."""

    @property
    def n_rows(self) -> int:
        """Pairs."""
        return len(self.src)

    @property
    def n_targets(self) -> int:
        """Targets that count: the tokens of every target, and its end."""
        return int((self.targets != IGNORE).sum())

    def to(self, device: torch.device) -> PairBatch:
        """The same batch on a device."""
        return PairBatch(*(part.to(device) for part in vars(self).values()))

    def split(self, n_rows: int) -> list[PairBatch]:
        """Parts of at most `n_rows` pairs."""
        pieces = zip(*(part.split(n_rows) for part in vars(self).values()), strict=True)
        return [PairBatch(*piece) for piece in pieces]


def lengths_of(corpus: Corpus) -> Int[np.ndarray, " n"]:
    """Tokens of each document with the end of text after it."""
    return np.diff(corpus.document_starts, append=max(len(corpus.tokens) - 1, 0))


def pad(source: Corpus, target: Corpus, rows: Int[np.ndarray, " batch"]) -> PairBatch:
    """Some pairs as a batch, in this order, each side as wide as its longest."""
    src, src_mask = _gather(source, rows, first=1)
    tgt, _ = _gather(target, rows, first=0)
    targets, is_target = _gather(target, rows, first=1)
    targets[~is_target] = IGNORE
    return PairBatch(*(torch.from_numpy(array) for array in (src, src_mask, tgt, targets)))


def _gather(
    corpus: Corpus, rows: Int[np.ndarray, " batch"], *, first: int
) -> tuple[Int[np.ndarray, "batch seq"], Bool[np.ndarray, "batch seq"]]:
    """Stretches of a stream: from the end of text before a document (`first` 0), or from the token after it (1)."""
    starts = corpus.document_starts[rows]
    lengths = _ends(corpus, rows) - starts
    places = np.arange(lengths.max(initial=0))
    mask = places < lengths[:, None]  # (B, T)
    inside = np.where(mask, starts[:, None] + first + places, 0)
    return np.where(mask, corpus.tokens[inside], PADDING).astype(np.int64), mask


def _ends(corpus: Corpus, rows: Int[np.ndarray, " batch"]) -> Int[np.ndarray, " batch"]:
    """Where the ends of text after some documents stand; costs no more where there are millions of others."""
    starts = corpus.document_starts
    is_last = rows == len(starts) - 1
    return np.where(is_last, len(corpus.tokens) - 1, starts[np.where(is_last, rows, rows + 1)])
