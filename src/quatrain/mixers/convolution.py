"""Convolution: every position reads its neighbours at fixed distances, with weights that depend on the distance."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Self

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.ops.convolution import depthwise, taps
from quatrain.ops.segments import is_within, rows_from
from quatrain.ops.state import empty_rows

RESTART = 10
"""Layers after which a growing dilation starts again, as in WaveNet: 1, 2, 4, ..., 512, 1, 2, ..."""


class Filter(nn.Module, ABC):
    """A convolution without padding: `n_past` positions fewer come out than went in.

    Args:
        d_in: channels in.
        width: taps.
        dilation: positions from one tap to the next.
    """

    def __init__(self, d_in: int, width: int, dilation: int) -> None:
        super().__init__()
        self.d_in, self.width, self.dilation = d_in, width, dilation

    @property
    def n_past(self) -> int:
        """From the oldest tap to the newest."""
        return (self.width - 1) * self.dilation

    @property
    def extra_flops(self) -> int:
        """Operations a position outside of linear maps."""
        return 0

    @abstractmethod
    def forward(self, u: Float[Tensor, "batch seq d_in"]) -> Float[Tensor, "batch new d_out"]:
        """Filter."""


class DepthwiseFilter(Filter):
    """A filter of its own for every channel."""

    def __init__(self, d_in: int, width: int, dilation: int) -> None:
        super().__init__(d_in, width, dilation)
        self.kernel = nn.Parameter(torch.empty(d_in, 1, width).normal_(std=width**-0.5))

    @property
    def extra_flops(self) -> int:
        """The kernel."""
        return 2 * self.kernel.numel()

    def forward(self, u: Float[Tensor, "batch seq d_in"]) -> Float[Tensor, "batch new d_in"]:
        """Filter channel by channel."""
        return depthwise(u, self.kernel, self.dilation)


class FullFilter(Filter):
    """Every channel from every channel: one matrix over the taps side by side, which is faster than `conv1d`."""

    def __init__(self, d_in: int, d_out: int, width: int, dilation: int) -> None:
        super().__init__(d_in, width, dilation)
        self.kernel = nn.Linear(width * d_in, d_out, bias=False)

    def forward(self, u: Float[Tensor, "batch seq d_in"]) -> Float[Tensor, "batch new d_out"]:
        """Filter all channels together."""
        return self.kernel(torch.cat(taps(u, self.width, self.dilation), dim=-1))


class Convolution(AlignedMixer):
    """A projection, a short filter, a gate and a projection.

    The gate is the gated linear unit of Dauphin et al. 2017, section 2, https://arxiv.org/abs/1612.08083: half of
    the filtered channels are values, the sigmoid of the other half says how much of them passes. Differs from the
    paper: the filter may be depthwise, after a projection that mixes the channels; no biases.

    Args:
        d_model: width of the residual stream, in and out.
        in_proj: from the stream to what is filtered; without a bias.
        filter: the convolution.
        gate: from the filter's channels to d_model.
        is_causal: the newest tap is the position itself; else the taps lie around it (of an even number, one more
            before it than behind).
    """

    def __init__(
        self, d_model: int, *, in_proj: nn.Module, filter: Filter, gate: nn.Module, is_causal: bool = True
    ) -> None:
        super().__init__()
        self.in_proj, self.filter, self.gate, self.is_causal = in_proj, filter, gate, is_causal
        self.n_ahead = 0 if is_causal else (filter.width - 1) // 2 * filter.dilation
        self.out_proj = nn.Linear(d_model, d_model, bias=False)

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Filter whole sequences; there is nothing before their start and behind their end."""
        u = self.in_proj(x)
        if self.n_ahead and lengths is not None:
            u = u * is_within(lengths, x.shape[1])[..., None]
        return self._read(F.pad(u, (0, 0, self.filter.n_past - self.n_ahead, self.n_ahead)))

    def init_state(self, batch_size: int) -> Float[Tensor, "batch past channels"]:
        """Zeros, where the past will be."""
        return empty_rows(batch_size, self.filter.n_past, self.filter.d_in, like=self.out_proj.weight)

    def extend(
        self,
        x: Float[Tensor, "batch new d_model"],
        state: Float[Tensor, "batch past channels"],
        lengths: Int[Tensor, " batch"] | None,
    ) -> tuple[Float[Tensor, "batch new d_model"], Float[Tensor, "batch past channels"]]:
        """Filter new positions with the last ones before them."""
        u = torch.cat([state, self.in_proj(x)], dim=1)
        n_past = state.shape[1]
        return self._read(u), rows_from(u, lengths, n_past)

    def state_size(self, seq_len: int) -> int:
        """Bytes of the filter's last inputs, whatever the length."""
        return self.filter.n_past * self.filter.d_in * self.out_proj.weight.element_size()

    @property
    def reach(self) -> int | None:
        """From the position to the oldest tap."""
        return self.filter.n_past - self.n_ahead

    def flops(self, seq_len: int) -> int:
        """Projections and filter."""
        return super().flops(seq_len) + seq_len * self.filter.extra_flops

    def _read(self, u: Tensor) -> Tensor:
        return self.out_proj(self.gate(self.filter(u)))


class ConvolutionConfig(MixerConfig):
    """A short convolution, gated."""

    kind: ClassVar[str] = "conv"

    width: int = 4
    """Taps: positions read by one filter."""
    dilation: int = 1
    """Positions from one tap to the next, in the first layer."""
    dilation_growth: int = 2
    """Factor of the dilation from layer to layer, starting again every 10: a stack of 6 sees 189 positions back."""
    depthwise: bool = True
    """A filter for every channel, behind a projection; false: each from all channels, at width times the weights."""
    gated: bool = True
    """Half of what is filtered says how much of the other half passes; false: a linear filter."""
    causal: bool = True
    """Hide the future; false: the taps lie around the position."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("width", "dilation", "dilation_growth"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1.")
        return self

    def at(self, layer: int) -> ConvolutionConfig:
        """The settings of a layer, with its dilation."""
        return self.replace(dilation=self.dilation * self.dilation_growth ** (layer % RESTART), dilation_growth=1)

    def build(self, d_model: int) -> Convolution:
        """A convolution as wide as the residual stream."""
        halves = (d_model,) * (2 if self.gated else 1)
        in_proj: nn.Module = nn.Identity()
        filter: Filter
        if self.depthwise:
            in_proj = nn.Linear(d_model, sum(halves), bias=False)
            in_proj.weight.fused = halves  # type: ignore[attr-defined]
            filter = DepthwiseFilter(sum(halves), self.width, self.dilation)
        else:
            filter = FullFilter(d_model, sum(halves), self.width, self.dilation)
            filter.kernel.weight.fused = halves  # type: ignore[attr-defined]
        gate = nn.GLU(dim=-1) if self.gated else nn.Identity()
        return Convolution(d_model, in_proj=in_proj, filter=filter, gate=gate, is_causal=self.causal)
