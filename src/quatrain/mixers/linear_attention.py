"""Linear attention: what a query reads from the past is a product with sums that are carried along."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.mixers.attention import exact_division
from quatrain.ops.flops import matrix_flops
from quatrain.ops.linear_attention import CHUNK, linear_attention
from quatrain.ops.segments import is_within


class LinearAttentionState(NamedTuple):
    """What decoding remembers: the same amount after any length."""

    sums: Float[Tensor, "batch heads d_head values"]
    """Of keys times values, and of keys alone, in float32 or wider."""


class LinearAttention(AlignedMixer):
    """Attention whose weights are products of positive features, elu(x) + 1, instead of a softmax.

    Katharopoulos et al. 2020, https://arxiv.org/abs/2006.16236; no biases. The order of the past is known only by
    what stands before a position, so the model should add positions to its input.

    Args:
        d_model: width of the residual stream, in and out.
        n_heads: heads.
        d_head: width of a head.
    """

    def __init__(self, d_model: int, *, n_heads: int, d_head: int) -> None:
        super().__init__()
        self.n_heads, self.d_head = n_heads, d_head
        self.qkv_proj = nn.Linear(d_model, 3 * n_heads * d_head, bias=False)
        self.qkv_proj.weight.fused = (n_heads * d_head,) * 3  # type: ignore[attr-defined]
        self.out_proj = nn.Linear(n_heads * d_head, d_model, bias=False)

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix whole sequences."""
        return self.extend(x, self.init_state(len(x)), None)[0]

    def init_state(self, batch_size: int) -> LinearAttentionState:
        """Sums over nothing."""
        weight = self.qkv_proj.weight
        shape = (batch_size, self.n_heads, self.d_head, self.d_head + 1)
        wide = torch.promote_types(weight.dtype, torch.float32)
        return LinearAttentionState(torch.zeros(shape, dtype=wide, device=weight.device))

    def extend(
        self, x: Float[Tensor, "batch new d_model"], state: LinearAttentionState, lengths: Int[Tensor, " batch"] | None
    ) -> tuple[Float[Tensor, "batch new d_model"], LinearAttentionState]:
        """Mix new positions with their past."""
        heads = self.qkv_proj(x).unflatten(-1, (3, self.n_heads, self.d_head)).to(state.sums.dtype)
        q, k, v = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, K)
        q, k = F.elu(q) + 1, F.elu(k) + 1
        if lengths is not None:
            k = k * is_within(lengths, x.shape[1])[:, None, :, None]
        with torch.autocast(x.device.type, enabled=False):
            y, sums = linear_attention(q, k, v, state.sums)
        return self.out_proj(y.transpose(1, 2).flatten(2).to(x.dtype)), LinearAttentionState(sums)

    def state_size(self, seq_len: int) -> int:
        """Bytes of the sums."""
        wide = torch.promote_types(self.qkv_proj.weight.dtype, torch.float32)
        return self.n_heads * self.d_head * (self.d_head + 1) * wide.itemsize

    def flops(self, seq_len: int) -> int:
        """Matrices, the sums (written and read), and scores inside a chunk."""
        n_values = self.d_head + 1
        each = 4 * self.d_head * n_values + 2 * min(CHUNK, seq_len) * (self.d_head + n_values)
        return seq_len * (matrix_flops(self) + self.n_heads * each)


class LinearAttentionConfig(MixerConfig):
    """Attention in linear time, by a feature map in place of the softmax."""

    kind: ClassVar[str] = "linear"

    n_heads: int = 8
    """Heads."""
    d_head: int | None = None
    """Width of a head; null: d_model / n_heads."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("n_heads", "d_head"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value} must be at least 1.")
        return self

    @property
    def needs_position(self) -> bool:
        """Its sums know no order."""
        return True

    def build(self, d_model: int) -> LinearAttention:
        """Linear attention as wide as the residual stream.

        Raises:
            ConfigError: n_heads does not divide d_model and no d_head is given.
        """
        return LinearAttention(
            d_model, n_heads=self.n_heads, d_head=self.d_head or exact_division(d_model, self.n_heads)
        )
