"""Context-aware vectors of texts, whatever model gives them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["Embedded", "embedded"]

Read = Callable[[Tensor], Float[Tensor, "one seq d_model"]]
"""A row of tokens (1, T) to their vectors."""


@dataclass(frozen=True)
class Embedded:
    """A text as a model sees it."""

    tokens: tuple[str, ...]
    """Its tokens as people read them, without those that only frame it."""
    vectors: Float[Tensor, "tokens d_model"]
    """One a token, each of which knows the tokens its model lets it see; float32, on the CPU."""

    @property
    def vector(self) -> Float[Tensor, " d_model"]:
        """One of the whole: their mean (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084, section 3)."""
        return self.vectors.mean(dim=0)


def embedded(read: Read, tokens: Sequence[int], is_text: Sequence[bool], texts: Sequence[str]) -> Embedded:
    """The vectors of one row.

    Args:
        read: the model.
        tokens: the row, frame included.
        is_text: False where tokens of the frame stand.
        texts: the tokens as people read them.
    """
    with torch.inference_mode():
        vectors = read(torch.tensor([list(tokens)]))[0].float().cpu()  # (T, D)
    kept = [place for place, counts in enumerate(is_text) if counts]
    return Embedded(tuple(texts[place] for place in kept), vectors[kept])
