"""The gated delta rule: a memory of fixed size in which every position may correct what a key stands for."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple, Self

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.mixers.attention import exact_division
from quatrain.ops.convolution import depthwise
from quatrain.ops.delta_rule import CHUNK, delta_rule
from quatrain.ops.flops import matrix_flops
from quatrain.ops.segments import is_within, rows_from
from quatrain.ops.state import empty_rows

EPS = 1e-6
"""Added to mean squares before the root."""


class GatedDeltaState(NamedTuple):
    """What decoding remembers: the same amount after any length."""

    recent: Float[Tensor, "batch past projected"]
    """The last inputs of the short convolution."""
    memory: Float[Tensor, "batch heads d_head d_value"]
    """What each key stands for, in float32 or wider."""


class GatedDelta(AlignedMixer):
    """A matrix a head that decays, and into which keys write values in place of what they stood for.

    Yang et al. 2024, Gated DeltaNet, https://arxiv.org/abs/2412.06464: a short convolution and a SiLU on queries,
    keys and values; queries and keys of length 1; the decay as in Mamba-2; a norm and a gate on what is read.
    Differs from the paper: keys and values are of one width; without the short convolution, no SiLU either.

    Args:
        d_model: width of the residual stream, in and out.
        n_heads: heads.
        d_head: width of a head.
        conv_width: taps of the short convolution; 0: none.
        gate: gate what is read by the position's own vector.
    """

    def __init__(self, d_model: int, *, n_heads: int, d_head: int, conv_width: int, gate: bool) -> None:
        super().__init__()
        self.n_heads, self.d_head, self.conv_width, self.gate = n_heads, d_head, conv_width, gate
        inner = n_heads * d_head
        self.widths = (inner,) * (4 if gate else 3) + (n_heads, n_heads)
        self.in_proj = nn.Linear(d_model, sum(self.widths), bias=False)
        self.in_proj.weight.fused = self.widths  # type: ignore[attr-defined]
        taps = torch.empty(3 * inner, 1, conv_width).uniform_(-1, 1) * conv_width**-0.5 if conv_width else None
        self.conv = None if taps is None else nn.Parameter(taps)
        self.log_rate = nn.Parameter(torch.empty(n_heads).uniform_(1, 16).log())
        step = torch.empty(n_heads).uniform_(math.log(1e-3), math.log(0.1)).exp()
        self.step_bias = nn.Parameter(step + (-(-step).expm1()).log())  # softplus gives the step
        self.gain = nn.Parameter(torch.ones(d_head))
        self.out_proj = nn.Linear(inner, d_model, bias=False)

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix whole sequences."""
        return self.extend(x, self.init_state(len(x)), None)[0]

    def init_state(self, batch_size: int) -> GatedDeltaState:
        """A memory of zeros."""
        weight = self.in_proj.weight
        recent = empty_rows(batch_size, self._n_past, 3 * self.n_heads * self.d_head, like=weight)
        shape, wide = (batch_size, self.n_heads, self.d_head, self.d_head), _wide(weight.dtype)
        return GatedDeltaState(recent, torch.zeros(shape, dtype=wide, device=weight.device))

    def extend(
        self, x: Float[Tensor, "batch new d_model"], state: GatedDeltaState, lengths: Int[Tensor, " batch"] | None
    ) -> tuple[Float[Tensor, "batch new d_model"], GatedDeltaState]:
        """Mix new positions with their past."""
        inner, wide = self.n_heads * self.d_head, state.memory.dtype
        qkv, *gates, step, beta = self.in_proj(x).split([3 * inner, *self.widths[3:]], dim=-1)
        qkv = torch.cat([state.recent, qkv], dim=1)
        recent = rows_from(qkv, lengths, self._n_past)
        if self.conv is not None:
            qkv = F.silu(depthwise(qkv, self.conv, 1))
        q, k, v = qkv.unflatten(-1, (3, self.n_heads, self.d_head)).permute(2, 0, 3, 1, 4).to(wide)  # (B, H, T, K)
        log_decay = -self.log_rate.to(wide).exp() * F.softplus(step.to(wide) + self.step_bias.to(wide))  # (B, T, H)
        beta = beta.to(wide).sigmoid()
        if lengths is not None:
            is_real = is_within(lengths, x.shape[1])[..., None]
            log_decay, beta = log_decay * is_real, beta * is_real
        with torch.autocast(x.device.type, enabled=False):
            y, memory = delta_rule(
                _unit(q), _unit(k), v, log_decay.transpose(1, 2), beta.transpose(1, 2), state.memory
            )  # (B, H, T, V)
            y = y * (y.square().mean(dim=-1, keepdim=True) + EPS).rsqrt() * self.gain.to(wide)
        y = y.transpose(1, 2).flatten(2)
        for gate in gates:
            y = y * F.silu(gate.to(wide))
        return self.out_proj(y.to(x.dtype)), GatedDeltaState(recent, memory)

    def state_size(self, seq_len: int) -> int:
        """Bytes of the memory and of the short convolution's inputs."""
        dtype = self.in_proj.weight.dtype
        recent = self._n_past * 3 * self.n_heads * self.d_head * dtype.itemsize
        return recent + self.n_heads * self.d_head**2 * _wide(dtype).itemsize

    def flops(self, seq_len: int) -> int:
        """Matrices, the memory (read twice and written), and the scores and the system of a chunk."""
        size = min(CHUNK, seq_len)
        each = 6 * self.d_head**2 + 8 * size * self.d_head + 6 * self.conv_width * self.d_head
        return seq_len * (matrix_flops(self) + self.n_heads * each)

    @property
    def _n_past(self) -> int:
        return max(self.conv_width - 1, 0)


def _wide(dtype: torch.dtype) -> torch.dtype:
    """The type of what is summed up over positions."""
    return torch.promote_types(dtype, torch.float32)


def _unit(x: Tensor) -> Tensor:
    """Vectors of length 1."""
    return x * (x.square().sum(dim=-1, keepdim=True) + EPS).rsqrt()


class GatedDeltaConfig(MixerConfig):
    """A memory of fixed size, corrected by the gated delta rule (Gated DeltaNet)."""

    kind: ClassVar[str] = "delta"

    n_heads: int = 4
    """Heads."""
    d_head: int | None = None
    """Width of a head: its memory is a square of it; null: d_model / n_heads."""
    conv_width: int = 4
    """Taps of the short convolution on queries, keys and values; 0: none."""
    gate: bool = True
    """Gate what is read."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, least in {"n_heads": 1, "d_head": 1, "conv_width": 0}.items():
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"{name}={value} must be at least {least}.")
        return self

    def build(self, d_model: int) -> GatedDelta:
        """A mixer as wide as the residual stream.

        Raises:
            ConfigError: n_heads does not divide d_model and no d_head is given.
        """
        d_head = self.d_head or exact_division(d_model, self.n_heads)
        return GatedDelta(d_model, n_heads=self.n_heads, d_head=d_head, conv_width=self.conv_width, gate=self.gate)
