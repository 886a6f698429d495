"""Additive attention: queries and keys compared by a small network, not by a dot product."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

import torch
from jaxtyping import Bool, Float
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.layers.tap import Tap
from quatrain.mixers._base import CrossMixer, CrossMixerConfig, Memory
from quatrain.ops.flops import matrix_flops


class RememberedMemory(NamedTuple):
    """Keys, and what they are keys to."""

    keys: Float[Tensor, "batch src d_attention"]
    vectors: Float[Tensor, "batch src d_model"]
    seen: Bool[Tensor, "batch one src"] | None
    """True where a position is real; None: all are."""


class AdditiveAttention(CrossMixer):
    """Every position reads a mean of the memory, weighted by the softmax of v tanh(W query + U memory).

    Bahdanau et al. 2015, section 3.1 and appendix A.1.2, https://arxiv.org/abs/1409.0473
    Differs from the paper: the query is the decoder's vector at this position, not its state before it, and what is
    read joins the residual stream (`out_proj`) instead of entering the recurrence, so that whole targets are trained
    at once.

    Args:
        d_model: width of the residual stream and of the memory.
        d_attention: width in which both are compared.
    """

    def __init__(self, d_model: int, *, d_attention: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(d_model, d_attention, bias=True)
        self.k_proj = nn.Linear(d_model, d_attention, bias=False)
        self.score_proj = nn.Linear(d_attention, 1, bias=False)
        self.out_proj = nn.Linear(d_model, d_model, bias=False)
        self.pattern = Tap()
        """The weights (B, 1, T, S) of all reading, while someone listens."""

    def remember(self, memory: Memory) -> RememberedMemory:
        """The keys of every source position, and the memory itself."""
        seen = None if memory.token_mask is None else memory.token_mask[:, None]
        return RememberedMemory(self.k_proj(memory.vectors), memory.vectors, seen)

    def read(
        self, x: Float[Tensor, "batch new d_model"], remembered: RememberedMemory
    ) -> Float[Tensor, "batch new d_model"]:
        """Read the memory; zeros of a source that is nothing but padding. Softmax in float32 or wider."""
        keys, vectors, seen = remembered
        both = torch.tanh(self.q_proj(x)[:, :, None] + keys[:, None])  # (B, T, S, A)
        scores = self.score_proj(both).squeeze(-1)  # (B, T, S)
        scores = scores.to(torch.promote_types(scores.dtype, torch.float32))
        if seen is not None:
            scores = scores.masked_fill(~seen, torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=-1)
        if seen is not None:
            weights = weights.masked_fill(~seen, 0.0)
        if self.pattern.is_heard:
            self.pattern(weights[:, None])
        return self.out_proj(weights.to(vectors.dtype) @ vectors)

    def state_size(self, src_len: int) -> int:
        """Bytes of the keys and the memory of one source."""
        width = self.k_proj.out_features + self.k_proj.in_features
        return src_len * width * self.k_proj.weight.element_size()

    def flops(self, seq_len: int, src_len: int) -> int:
        """Projections of both sides; for each pair of positions a tanh of a sum, its score, and a value."""
        own = matrix_flops(self.q_proj) + matrix_flops(self.out_proj)
        pairs = seq_len * src_len * (4 * self.k_proj.out_features + 2 * self.k_proj.in_features)
        return seq_len * own + src_len * matrix_flops(self.k_proj) + pairs


class AdditiveAttentionConfig(CrossMixerConfig):
    """Attention to the source by a small network (Bahdanau et al. 2015)."""

    kind: ClassVar[str] = "additive"

    d_attention: int | None = None
    """Width in which query and key are compared; null: d_model."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.d_attention is not None and self.d_attention < 1:
            raise ValueError(f"d_attention={self.d_attention} must be at least 1, or null.")
        return self

    def build(self, d_model: int) -> AdditiveAttention:
        """As wide as the residual stream."""
        return AdditiveAttention(d_model, d_attention=self.d_attention or d_model)
