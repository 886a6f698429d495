"""Context-aware vectors of examples, whatever model gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from quatrain.data.framing import Framing
from quatrain.errors import DataError
from quatrain.models.backbones import Backbone

__all__ = ["Embedded", "embed_text"]


@dataclass(frozen=True)
class Embedded:
    """An example as a model sees it."""

    tokens: tuple[str, ...]
    """Of a text, its tokens as people read them, without those that only frame it; of a picture none."""
    vectors: Float[Tensor, "positions d_model"]
    """One a token or patch, each of which knows those its model lets it see; float32, on the CPU."""

    @property
    def vector(self) -> Float[Tensor, " d_model"]:
        """One of the whole: their mean (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084, section 3)."""
        return self.vectors.mean(dim=0)


def embed_text(backbone: Backbone, framing: Framing, example: Any, device: torch.device) -> Embedded:
    """The vectors of a text, or of a pair of texts.

    Args:
        backbone: reads it.
        framing: puts it in its frame.
        example: a string, or two of them.
        device: of the backbone.
    Raises:
        DataError: it is neither, empty, too long, or has a character the tokenizer does not know.
    """
    sides = (example,) if isinstance(example, str) else tuple(example)
    if len(sides) not in (1, 2) or not all(isinstance(side, str) for side in sides):
        raise DataError("an example is a text or a pair of texts: give a string, or a tuple of two strings.")
    (row,) = framing.frame([sides[0]], None if len(sides) == 1 else [sides[1]])
    tokens, bound = row.tokens.tolist(), backbone.max_seq_len
    if bound is not None and len(tokens) > bound:
        raise DataError(f"the text has {len(tokens)} tokens, and the model reads {bound}. Cut it: {sides[0][:40]!r}...")
    kept = (row.words >= 0).nonzero()[0].tolist()
    if not kept:
        raise DataError("there is nothing to give vectors of: the text is empty.")
    inputs = (torch.tensor([tokens]), None, torch.tensor([row.segments.tolist()]))
    with torch.inference_mode():
        vectors = backbone(*(None if part is None else part.to(device) for part in inputs)).vectors[0]  # (T, D)
    texts = tuple(framing.tokenizer.token_text(tokens[place]) for place in kept)
    return Embedded(texts, vectors[kept].float().cpu())
