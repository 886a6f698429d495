"""Context-aware vectors of texts, whatever model gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from quatrain.data import Tokenizer
from quatrain.data.framing import Framing
from quatrain.errors import DataError
from quatrain.models.backbones import Backbone

__all__ = ["Embedded", "embed_framed", "embedded", "reads_with"]

Read = Callable[[Tensor], Float[Tensor, "one seq d_model"]]
"""A row of tokens (1, T) to their vectors."""
ReadFramed = Callable[[Tensor, Tensor], Float[Tensor, "one seq d_model"]]
"""The same of tokens and their segments."""


@dataclass(frozen=True)
class Embedded:
    """A text, or a picture, as a model sees it."""

    tokens: tuple[str, ...]
    """Its tokens as people read them, without those that only frame it; none of a picture."""
    vectors: Float[Tensor, "tokens d_model"]
    """One a token or patch, each of which knows those its model lets it see; float32, on the CPU."""

    @property
    def vector(self) -> Float[Tensor, " d_model"]:
        """One of the whole: their mean (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084, section 3)."""
        return self.vectors.mean(dim=0)


def embedded(
    read: Read, tokenizer: Tokenizer, tokens: Sequence[int], is_text: Sequence[bool], max_seq_len: int | None
) -> Embedded:
    """The vectors of one row.

    Args:
        read: the model.
        tokens: the row, frame included.
        is_text: False where tokens of the frame stand.
        max_seq_len: most tokens the model reads; None: no bound.
    Raises:
        DataError: there are more, or no text.
    """
    kept = [place for place, counts in enumerate(is_text) if counts]
    if not kept:
        raise DataError("there is nothing to give vectors of: the text is empty.")
    if max_seq_len is not None and len(tokens) > max_seq_len:
        text = tokenizer.decode([tokens[place] for place in kept[:20]])
        raise DataError(f"{text!r}... has {len(tokens):,} tokens, and the model reads {max_seq_len:,}. Cut it.")
    with torch.inference_mode():
        vectors = read(torch.tensor([list(tokens)]))[0].float().cpu()  # (T, D)
    return Embedded(tuple(tokenizer.token_text(tokens[place]) for place in kept), vectors[kept])


def embed_framed(read: ReadFramed, framing: Framing, example: Any, max_seq_len: int | None) -> Embedded:
    """The vectors of a text, or of a pair of texts, in its frame.

    Args:
        read: the model.
        framing: puts it in its frame.
        example: a string, or two of them.
        max_seq_len: most tokens the model reads; None: no bound.
    Raises:
        DataError: it is no text, empty or too long, or has a character the tokenizer does not know.
    """
    sides = (example,) if isinstance(example, str) else tuple(example)
    if len(sides) not in (1, 2) or not all(isinstance(side, str) for side in sides):
        raise DataError("an example is a text or a pair of texts: give a string, or a tuple of two strings.")
    (row,) = framing.frame([sides[0]], None if len(sides) == 1 else [sides[1]])
    segments = torch.tensor([row.segments.tolist()])
    return embedded(
        lambda tokens: read(tokens, segments),
        framing.tokenizer, row.tokens.tolist(), (row.words >= 0).tolist(), max_seq_len,
    )  # fmt: skip


def reads_with(backbone: Backbone, device: torch.device) -> ReadFramed:
    """How a backbone on a device reads a row."""
    return lambda tokens, segments: backbone(tokens.to(device), None, segments.to(device)).vectors
