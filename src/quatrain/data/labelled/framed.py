"""Framed texts as flat streams of tokens, and batches of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Int

from quatrain.data.examples import ExampleBatch
from quatrain.data.framing import Framing

__all__ = ["FramedTexts", "frame_texts"]

FRAMED_AT_ONCE = 20_000
"""Texts given to a tokenizer together."""


@dataclass(frozen=True, eq=False)
class FramedTexts:
    """Texts in their frames of special tokens, one after the other."""

    tokens: np.ndarray
    """(total,) uint16 or uint32."""
    segments: Int[np.ndarray, " total"] | None
    """0 for tokens of the first text, 1 for the second; None where there is one text each."""
    starts: Int[np.ndarray, " n_and_end"]
    """(n + 1,): where each example starts, and the end of the last."""
    pad_id: int

    @property
    def lengths(self) -> Int[np.ndarray, " n"]:
        """Tokens of each example."""
        return np.diff(self.starts)

    def replaced(self, rows: Int[np.ndarray, " some"], others: FramedTexts) -> FramedTexts:
        """The same with some examples exchanged for others, in their order."""
        source = [self, others]
        lengths, firsts = self.lengths.copy(), self.starts[:-1].copy()
        which = np.zeros(len(lengths), np.int64)
        lengths[rows], firsts[rows], which[rows] = others.lengths, others.starts[:-1], 1
        pieces = [slice(first, first + n) for first, n in zip(firsts, lengths, strict=True)]
        tokens = [source[i].tokens[piece] for i, piece in zip(which, pieces, strict=True)]
        segments = None
        if self.segments is not None and others.segments is not None:
            both = [self.segments, others.segments]
            segments = np.concatenate([both[i][piece] for i, piece in zip(which, pieces, strict=True)])
        return FramedTexts(np.concatenate(tokens), segments, np.cumsum([0, *lengths]), self.pad_id)

    def batch(self, rows: Int[np.ndarray, " batch"], targets: Int[np.ndarray, " batch"]) -> ExampleBatch:
        """Some examples in this order, padded on the right to the longest."""
        starts = self.starts[rows]
        lengths = self.starts[rows + 1] - starts
        places = np.arange(lengths.max(initial=0))
        mask = places < lengths[:, None]  # (B, T)
        inside = np.where(mask, starts[:, None] + places, 0)
        tokens = np.where(mask, self.tokens[inside], self.pad_id).astype(np.int64)
        segments = None if self.segments is None else torch.from_numpy(np.where(mask, self.segments[inside], 0))
        token_mask = None if mask.all() else torch.from_numpy(mask)
        return ExampleBatch((torch.from_numpy(tokens), token_mask, segments), torch.from_numpy(targets))


def frame_texts(
    framing: Framing, texts: Sequence[str], seconds: Sequence[str] | None = None, max_seq_len: int | None = None
) -> FramedTexts:
    """Texts, or pairs of them, framed as one stream.

    Args:
        max_seq_len: most tokens of an example, its frame included; longer ones lose the end of their longer text.
    Raises:
        DataError: a character the tokenizer does not know, or half of a surrogate pair.
    """
    tokens = [np.zeros(0, framing.tokenizer.dtype)]
    segments: list[np.ndarray] = [np.zeros(0, np.int64)]
    lengths: list[int] = []
    for start in range(0, len(texts), FRAMED_AT_ONCE):
        some = slice(start, start + FRAMED_AT_ONCE)
        framed = framing.frame(texts[some], None if seconds is None else seconds[some], max_seq_len)
        tokens += [example.tokens for example in framed]
        lengths += [len(example.tokens) for example in framed]
        if seconds is not None:
            segments += [example.segments for example in framed]
    return FramedTexts(
        np.concatenate(tokens),
        None if seconds is None else np.concatenate(segments).astype(np.int64),
        np.cumsum([0, *lengths]),
        framing.pad_id,
    )
