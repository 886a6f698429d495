"""Causal convolution with a filter of any length, of inputs that arrive bit by bit: exact, in O(L log^2 L) altogether.

Relaxed multiplication (van der Hoeven 2002; Oncescu et al. 2024, https://arxiv.org/abs/2410.12982). When i inputs
have come and U is the largest power of two that divides i, what the last U of them add to the next U outputs is
computed, by one FFT; so whatever an input adds to an output is computed in exactly one such tile, before that
output is asked for:

    i     1  2  3  4  5  6  7  8       13 inputs are remembered as 8 + 4 + 1, like the digits of
    tile  1  2  1  4  1  2  1  8       their number, and one more makes 8 + 4 + 2
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from quatrain.ops.long_convolution import long_convolution

DIRECT = 16
"""Up to this size a tile is quicker as a product of matrices than by FFT."""


class Tile(NamedTuple):
    """A power of two of inputs, and what all inputs up to its last add to as many outputs after it."""

    inputs: Float[Tensor, "batch channels size"]
    pending: Float[Tensor, "batch channels size"]


class Taps:
    """The taps of a filter, and what tiles need of them; computed when asked for, and kept.

    Args:
        values: gives the first n taps (channels, n).
    """

    def __init__(self, values: Callable[[int], Tensor]) -> None:
        self._values = values
        self._taps: Tensor | None = None
        self._for_tiles: dict[int, Tensor] = {}

    def first(self, n: int) -> Float[Tensor, "channels {n}"]:
        """The first n; as many are computed as the next power of two."""
        if self._taps is None or self._taps.shape[-1] < n:
            self._taps = self._values(1 << (n - 1).bit_length())
        return self._taps[:, :n]

    def for_tile(self, size: int) -> Tensor:
        """What inputs are multiplied with: a matrix (channels, size, size) or a transform (channels, size + 1)."""
        if size not in self._for_tiles:
            taps = self.first(2 * size)
            if size <= DIRECT:
                where = torch.arange(size, device=taps.device)
                self._for_tiles[size] = taps[:, size + where - where[:, None]]  # (C, inputs, outputs)
            else:
                self._for_tiles[size] = torch.fft.rfft(taps)
        return self._for_tiles[size]


def extend_convolution(
    u: Float[Tensor, "batch channels new"], tiles: tuple[Tile, ...], taps: Taps
) -> tuple[Float[Tensor, "batch channels new"], tuple[Tile, ...]]:
    """Outputs for new inputs, and what to remember; at first nothing, (). In float32 or wider."""
    parts, first = [], 0
    while first < u.shape[-1]:
        size = 1 << (u.shape[-1] - first).bit_length() - 1
        size = min(size, tiles[-1].inputs.shape[-1]) if tiles else size
        block = u[..., first : first + size]
        if size == 1:
            y = block * taps.first(1)
        else:
            y = long_convolution(block.transpose(0, 1), taps.first(size)).transpose(0, 1)
        parts.append(y + tiles[-1].pending[..., :size] if tiles else y)
        tiles = _absorb(block, tiles, taps)
        first += size
    return torch.cat(parts, dim=-1) if parts else u, tiles


def remember(inputs: Float[Tensor, "batch channels seq"], taps: Taps) -> tuple[Tile, ...]:
    """What `extend_convolution` would remember after these inputs."""
    tiles: tuple[Tile, ...] = ()
    first = 0
    while first < inputs.shape[-1]:
        size = 1 << (inputs.shape[-1] - first).bit_length() - 1
        tiles = _absorb(inputs[..., first : first + size], tiles, taps)
        first += size
    return tiles


def _absorb(inputs: Tensor, tiles: tuple[Tile, ...], taps: Taps) -> tuple[Tile, ...]:
    """One tile more; equal ones become one, as when counting."""
    while tiles and tiles[-1].inputs.shape[-1] == inputs.shape[-1]:
        inputs = torch.cat([tiles[-1].inputs, inputs], dim=-1)
        tiles = tiles[:-1]
    size = inputs.shape[-1]
    pending = _tile_product(inputs, taps.for_tile(size))
    if tiles:
        pending = pending + tiles[-1].pending[..., size : 2 * size]
    return (*tiles, Tile(inputs, pending))


def _tile_product(inputs: Tensor, factor: Tensor) -> Tensor:
    """What these inputs alone add to as many outputs after them: only the first half wraps around, unused."""
    size = inputs.shape[-1]
    if size == 1:
        return inputs * factor[..., 0]
    if size <= DIRECT:
        return (inputs[..., None, :] @ factor).squeeze(-2)
    return torch.fft.irfft(torch.fft.rfft(inputs, 2 * size) * factor, 2 * size)[..., size:].contiguous()
