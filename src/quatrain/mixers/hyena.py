"""Hyena: gates in time and convolutions as long as the sequence, in turns."""

from __future__ import annotations

import math
from functools import partial
from typing import ClassVar, NamedTuple, Self

import torch
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.ops.flops import matrix_flops
from quatrain.ops.long_convolution import long_convolution
from quatrain.ops.online_convolution import Taps, Tile, extend_convolution, remember
from quatrain.ops.segments import rows_from
from quatrain.ops.short_convolution import short_convolution
from quatrain.ops.state import empty_rows

N_TAPS = 3
"""Of the short convolution."""
SLOWEST, FASTEST = -math.log(0.01) / 1.5, -math.log(0.01) / 0.3
"""Rates of the windows: they fall to a hundredth at 1.5 and at 0.3 of the filter's length."""


class HyenaFilter(nn.Module):
    """Filters given by a small network of the time, so that they have any length with the same weights.

    h_t = window(t) * network(features(t)), and the skip term stands in the tap at 0, where it costs nothing.
    Poli et al. 2023, section 3.3 and appendix A.3, https://arxiv.org/abs/2302.10866. As published: one vector of
    frequencies for all sines, windows that are not learned, a rate of their own for the weights.

    Args:
        n_channels: filters.
        filter_len: positions in a unit of time; beyond them the formula goes on.
        width: of the network.
        n_inner: layers between its first and its last.
        n_bands: frequencies among its features.
        frequency: of the sines, at the start.
        lr_factor: rate of the weights, as a multiple of AdamW's.
    """

    def __init__(
        self,
        n_channels: int,
        *,
        filter_len: int,
        width: int,
        n_inner: int,
        n_bands: int,
        frequency: float,
        lr_factor: float,
    ) -> None:
        super().__init__()
        self.n_channels, self.filter_len, self.n_bands = n_channels, filter_len, n_bands
        n_features = 1 + 2 * n_bands
        self.first_weight = nn.Parameter(torch.empty(width, n_features))
        self.first_bias = nn.Parameter(torch.empty(width, 1))
        self.inner_weight = nn.Parameter(torch.empty(n_inner, width, width))
        self.inner_bias = nn.Parameter(torch.empty(n_inner, width, 1))
        self.last_weight = nn.Parameter(torch.empty(n_channels, width))
        self.frequency = nn.Parameter(torch.full((width, 1), frequency))
        self.skip = nn.Parameter(torch.randn(n_channels))
        for weight in (self.first_weight, self.first_bias):
            nn.init.uniform_(weight, -(n_features**-0.5), n_features**-0.5)
        for weight in (self.inner_weight, self.inner_bias, self.last_weight):
            nn.init.uniform_(weight, -(width**-0.5), width**-0.5)
        for weight in self.parameters():
            weight.lr_factor = lr_factor  # type: ignore[attr-defined]

    def forward(self, n: int) -> Float[Tensor, "channels {n}"]:
        """The first n taps, in float32 or wider."""
        wide = torch.promote_types(self.skip.dtype, torch.float32)
        with torch.autocast(self.skip.device.type, enabled=False):
            position = torch.arange(n, device=self.skip.device, dtype=wide)
            frequency = self.frequency.to(wide)
            h = torch.addmm(self.first_bias.to(wide), self.first_weight.to(wide), self._features(position))
            for weight, bias in zip(self.inner_weight.to(wide), self.inner_bias.to(wide), strict=True):
                h = torch.addmm(bias, weight, torch.sin(frequency * h))  # (width, n)
            taps = (self.last_weight.to(wide) @ torch.sin(frequency * h)) * self._window(position)
            skip = torch.nn.functional.pad(self.skip.to(wide)[:, None], (0, n - 1))
            return taps + skip

    @property
    def flops(self) -> int:
        """Operations for one position of all filters."""
        weights = (self.first_weight, self.inner_weight, self.last_weight)
        return sum(2 * weight.numel() for weight in weights)

    def _features(self, position: Tensor) -> Tensor:
        """Time, and cosines and sines of it (features, n)."""
        bands = torch.linspace(1e-4, self.n_bands - 1, self.n_bands, device=position.device, dtype=position.dtype)
        angle = torch.outer(bands, position * (2 * math.pi) / self.filter_len)
        waves = torch.polar(torch.ones_like(angle), -angle)
        return torch.cat([self._time(position)[None], waves.real, waves.imag])

    def _window(self, position: Tensor) -> Tensor:
        """Exponential decay, each channel at its own rate (channels, n)."""
        rates = torch.linspace(SLOWEST, FASTEST, self.n_channels, device=position.device, dtype=position.dtype)
        return torch.outer(rates, -self._time(position)).exp_()

    def _time(self, position: Tensor) -> Tensor:
        """From 0 to 1 over the filter's length, and on; rounded as torch.linspace rounds, which sines amplify."""
        last = self.filter_len - 1
        step = torch.ones((), device=position.device, dtype=position.dtype) / last
        return torch.where(position < self.filter_len / 2, position * step, 1 - (last - position) * step)


class HyenaState(NamedTuple):
    """What decoding remembers."""

    recent: Float[Tensor, "batch two projected"]
    """The last inputs of the short convolution."""
    long: tuple[tuple[Tile, ...], ...]
    """Of each long convolution."""


class Hyena(AlignedMixer):
    """v <- x_n * v, v <- h_n conv v, in turns; the last gate closes: y = x_0 * v, between two projections.

    Poli et al. 2023, definition 3.1, https://arxiv.org/abs/2302.10866, as HazyResearch/safari published it. There
    `order` N means N gates and N - 1 long convolutions; the paper's recurrence of order N has N of both, and counts the
    short convolution as one of them. So order 2 here is the paper's order 2 with one long filter, and N long
    filters are order N + 1.

    Args:
        d_model: width of the residual stream, in and out.
        order: gates; one more than long convolutions.
        bias: biases in the projections and in the short convolution.
        filters: the long filters, of d_model * (order - 1) channels: channel c of filter n at c * (order - 1) + n.
    """

    def __init__(self, d_model: int, *, order: int, bias: bool, filters: HyenaFilter) -> None:
        super().__init__()
        self.d_model, self.order = d_model, order
        n_projected = (order + 1) * d_model
        self.in_proj = nn.Linear(d_model, n_projected, bias=bias)
        self.in_proj.weight.fused = (d_model,) * (order + 1)  # type: ignore[attr-defined]
        self.short_filter = nn.Conv1d(n_projected, n_projected, N_TAPS, groups=n_projected, bias=bias)
        self.filters = filters
        self.out_proj = nn.Linear(d_model, d_model, bias=bias)
        self._kept: tuple[Tensor, list[Taps]] = (torch.empty(0), [])  # weights of the filters, and what they give

    @property
    def n_long(self) -> int:
        """Long convolutions."""
        return self.order - 1

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix whole sequences."""
        taps = self.filters(x.shape[1])
        parts = [slice(first, first + self.d_model) for first in range(0, len(self.in_proj.weight), self.d_model)]
        *gates, v = (self._shorten(self._project(x, part), part) for part in parts)  # each (D, B, T)
        for n, gate in enumerate(reversed(gates[1:])):
            v = long_convolution(v * gate, taps[n :: self.n_long])
        return self._out(v * gates[0])

    def init_state(self, batch_size: int) -> HyenaState:
        """Nothing before the first position."""
        weight = self.in_proj.weight
        return HyenaState(empty_rows(batch_size, N_TAPS - 1, len(weight), like=weight), ((),) * self.n_long)

    def extend(
        self, x: Float[Tensor, "batch new d_model"], state: HyenaState, lengths: Int[Tensor, " batch"] | None
    ) -> tuple[Float[Tensor, "batch new d_model"], HyenaState]:
        """Mix new positions with their past."""
        projected = torch.cat([state.recent.permute(2, 0, 1), self._project(x)], dim=-1)  # (C, B, 2 + T)
        *gates, v = self._shorten(projected)[..., N_TAPS - 1 :].transpose(0, 1).split(self.d_model, dim=1)
        all_taps, long = self._taps(), []
        for gate, tiles, taps in zip(reversed(gates[1:]), state.long, all_taps, strict=True):
            v, tiles = extend_convolution(_wide(v * gate), tiles, taps)  # (B, D, T)
            long.append(tiles)
        y = self._out((v.to(x.dtype) * gates[0]).transpose(0, 1))
        recent = rows_from(projected.permute(1, 2, 0), lengths, N_TAPS - 1)
        if lengths is not None and bool((lengths < x.shape[1]).any()):
            long = [_drop(x.shape[1] - lengths, tiles, taps) for tiles, taps in zip(long, all_taps, strict=True)]
        return y, HyenaState(recent, tuple(long))

    def state_size(self, seq_len: int) -> int:
        """Bytes of the inputs of the convolutions, and of as many outputs that are known in part."""
        weight = self.in_proj.weight
        n_long = 2 * self.n_long * self.d_model * seq_len * _wide(weight.new_empty(0)).element_size()
        return n_long + (N_TAPS - 1) * len(weight) * weight.element_size()

    def flops(self, seq_len: int) -> int:
        """Matrices, gates and filters; 2.5 n log2(n) for each of a channel's three real transforms of n = 2 seq_len."""
        n = 2 * seq_len
        transforms = 3 * math.ceil(2.5 * n * math.log2(n)) + 3 * n
        short = 2 * N_TAPS * (self.order + 1) * self.d_model
        each = matrix_flops(self) + self.filters.flops + short + self.order * self.d_model
        return seq_len * each + self.n_long * self.d_model * transforms

    def _taps(self) -> list[Taps]:
        """The filters; without gradients the same from call to call, until a weight changes."""
        fresh = [Taps(partial(self._taps_of, n)) for n in range(self.n_long)]
        if torch.is_grad_enabled():
            return fresh
        weights = torch.cat([weight.flatten() for weight in self.filters.parameters()])
        kept, taps = self._kept
        if weights.dtype == kept.dtype and weights.device == kept.device and torch.equal(weights, kept):
            return taps
        self._kept = (weights, fresh)
        return fresh

    def _taps_of(self, filter_index: int, n: int) -> Tensor:
        return self.filters(n)[filter_index :: self.n_long]

    def _project(self, x: Tensor, channels: slice = slice(None)) -> Tensor:
        """Some channels, which come first, so that time is last without moving anything."""
        weight, bias, rows = self.in_proj.weight[channels], self.in_proj.bias, x.flatten(0, 1).T
        flat = weight @ rows if bias is None else torch.addmm(bias[channels, None], weight, rows)
        return flat.unflatten(1, x.shape[:2])  # (C, B, T)

    def _shorten(self, x: Tensor, channels: slice = slice(None)) -> Tensor:
        weight, bias = self.short_filter.weight, self.short_filter.bias
        return short_convolution(x, weight[channels], None if bias is None else bias[channels])

    def _out(self, y: Tensor) -> Tensor:
        return self.out_proj(y.permute(1, 2, 0))  # (B, T, D)


def _wide(x: Tensor) -> Tensor:
    """In float32 or wider, as convolutions are computed."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _drop(n_dropped: Tensor, tiles: tuple[Tile, ...], taps: Taps) -> tuple[Tile, ...]:
    """What is remembered without the last inputs of each row.

    Rows end together and may start late, for zeros before the first input change nothing.
    """
    inputs = torch.cat([tile.inputs for tile in tiles], dim=-1)  # (B, D, T)
    first, last = int(n_dropped.min()), inputs.shape[-1]
    source = torch.arange(first, last, device=inputs.device) - n_dropped[:, None]  # (B, T')
    moved = inputs.take_along_dim(source.clamp(min=0)[:, None], dim=-1)
    return remember(moved.masked_fill(source[:, None] < 0, 0.0), taps)


class HyenaConfig(MixerConfig):
    """Long convolutions with implicit filters, and gates."""

    kind: ClassVar[str] = "hyena"

    order: int = 2
    """Gates, one more than long convolutions, as the published code counts (the paper counts the short one, too)."""
    filter_len: int = 1024
    """Positions over which a filter decays, and after which its positional features repeat; no bound on the length."""
    filter_width: int = 64
    """Width of the network that gives the filters."""
    filter_layers: int = 2
    """Its layers between the first and the last."""
    filter_bands: int = 16
    """Frequencies among the positional features."""
    filter_frequency: float = 1.0
    """Of the sines in the network, at the start; 1 learns text soonest, the paper's models have 10 and 14."""
    filter_lr: float = 0.2
    """Rate of the filters' weights, as a multiple of the rate of embeddings and norms."""
    bias: bool = True
    """Biases in the projections and in the short convolution."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.order < 2:
            raise ValueError(f"order={self.order} must be at least 2: one long convolution between two gates.")
        for name, least in {"filter_len": 2, "filter_width": 1, "filter_layers": 0, "filter_bands": 1}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {least}.")
        return self

    def build(self, d_model: int) -> Hyena:
        """Hyena as wide as the residual stream."""
        filters = HyenaFilter(
            d_model * (self.order - 1),
            filter_len=self.filter_len,
            width=self.filter_width,
            n_inner=self.filter_layers,
            n_bands=self.filter_bands,
            frequency=self.filter_frequency,
            lr_factor=self.filter_lr,
        )
        return Hyena(d_model, order=self.order, bias=self.bias, filters=filters)
