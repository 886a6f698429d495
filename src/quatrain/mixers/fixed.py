"""The same vector for every position: reading a source without looking into it."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from quatrain.mixers._base import CrossMixer, CrossMixerConfig, Memory
from quatrain.ops.flops import matrix_flops


class FixedVector(CrossMixer):
    """Every position reads the mean of the memory through a gate of its own: out(sigmoid(gate(x)) * mean).

    With a memory of one vector it is the fixed-size bottleneck of the first encoder-decoders: Cho et al. 2014,
    https://arxiv.org/abs/1406.1078, whose decoder reads the same summary at every step, through its gates; Sutskever
    et al. 2014, https://arxiv.org/abs/1409.3215, start the decoder's state from it instead.

    Args:
        d_model: width of the residual stream and of the memory.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.gate_proj = nn.Linear(d_model, d_model, bias=True)
        self.out_proj = nn.Linear(d_model, d_model, bias=False)

    def remember(self, memory: Memory) -> Float[Tensor, "batch one d_model"]:
        """The mean of the real positions."""
        if memory.token_mask is None:
            return memory.vectors.mean(dim=1, keepdim=True)
        real = memory.token_mask[..., None].to(memory.vectors.dtype)
        return (memory.vectors * real).sum(dim=1, keepdim=True) / real.sum(dim=1, keepdim=True).clamp(min=1)

    def read(
        self, x: Float[Tensor, "batch new d_model"], remembered: Float[Tensor, "batch one d_model"]
    ) -> Float[Tensor, "batch new d_model"]:
        """What each position lets through of it."""
        return self.out_proj(self.gate_proj(x).sigmoid() * remembered)

    def state_size(self, src_len: int) -> int:
        """Bytes of the vector."""
        return self.out_proj.in_features * self.out_proj.weight.element_size()

    def flops(self, seq_len: int, src_len: int) -> int:
        """The mean, and two projections a position."""
        return src_len * self.out_proj.in_features + seq_len * matrix_flops(self)


class FixedVectorConfig(CrossMixerConfig):
    """The mean of the memory at every position: with bridge=last, the bottleneck of the first encoder-decoders."""

    kind: ClassVar[str] = "fixed"

    def build(self, d_model: int) -> FixedVector:
        """As wide as the residual stream."""
        return FixedVector(d_model)
