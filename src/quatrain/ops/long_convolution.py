"""Causal convolution with filters as long as the input: the definition, and the same by FFT."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from quatrain.errors import ShapeError

BLOCK = 1 << 19
"""Numbers transformed at a time on a CPU, so that a block with its transforms stays in the cache."""


def convolve_by_definition(
    u: Float[Tensor, "channels batch seq"], taps: Float[Tensor, "channels seq"]
) -> Float[Tensor, "channels batch seq"]:
    """y_i = sum over j <= i of taps_(i-j) u_j, as a product with a lower triangular Toeplitz matrix."""
    where = torch.arange(u.shape[-1], device=u.device)
    distance = where[:, None] - where  # (T, S)
    matrix = taps[:, distance.clamp(min=0)].masked_fill(distance < 0, 0.0)  # (C, T, S)
    return torch.einsum("cts,cbs->cbt", matrix, u)


def long_convolution(
    u: Float[Tensor, "channels batch seq"], taps: Float[Tensor, "channels seq"]
) -> Float[Tensor, "channels batch seq"]:
    """The same in O(L log L), in float32 or wider; the result has the type of u.

    Padded to at least 2 L - 1, so that what a circular convolution wraps around meets nothing. Channels come first,
    so that a block of them is one piece of memory, and time comes last, so that a transform reads one piece.

    Raises:
        ShapeError: not one tap for each position and channel.
    """
    if taps.shape != (u.shape[0], u.shape[2]):
        raise ShapeError(
            f"taps has shape {tuple(taps.shape)} but u has {u.shape[0]} channels of {u.shape[2]} positions: "
            "give one tap for each."
        )
    wide = torch.promote_types(torch.promote_types(u.dtype, taps.dtype), torch.float32)
    y: Tensor = _LongConvolution.apply(u.to(wide), taps.to(wide))  # type: ignore[no-untyped-call]
    return y.to(u.dtype)


def fast_length(n: int) -> int:
    """The least even number from n on whose only prime factors are 2, 3 and 5."""
    best = 1 << max(n - 1, 1).bit_length()
    for threes in range(best.bit_length()):
        for fives in range(best.bit_length()):
            odd = 3**threes * 5**fives
            if odd < best:
                best = min(best, odd << max(1, (-(-n // odd) - 1).bit_length()))
    return best


class _LongConvolution(torch.autograd.Function):
    """Three real transforms forward and five backward, where the two of the inputs are cheaper made again than kept."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, taps: Tensor) -> Tensor:
        ctx.save_for_backward(u, taps)
        seq_len, y = u.shape[-1], torch.empty_like(u)
        n = fast_length(2 * seq_len - 1)
        for block in channel_blocks(u, n):
            product = torch.fft.rfft(u[block], n).mul_(torch.fft.rfft(taps[block], n)[:, None])
            y[block] = torch.fft.irfft(product, n)[..., :seq_len]
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Both gradients are correlations: products with the conjugate of a transform."""
        u, taps = ctx.saved_tensors
        needs_u, needs_taps = ctx.needs_input_grad
        du = torch.empty_like(u) if needs_u else None
        dtaps = torch.empty_like(taps) if needs_taps else None
        seq_len = u.shape[-1]
        n = fast_length(2 * seq_len - 1)
        for block in channel_blocks(u, n):
            dy_f = torch.fft.rfft(dy[block], n)
            if dtaps is not None:
                product = torch.fft.rfft(u[block], n).conj_physical_().mul_(dy_f).sum(dim=1)
                dtaps[block] = torch.fft.irfft(product, n)[..., :seq_len]
            if du is not None:
                product = dy_f.mul_(torch.fft.rfft(taps[block], n).conj_physical_()[:, None])
                du[block] = torch.fft.irfft(product, n)[..., :seq_len]
        return du, dtaps


def channel_blocks(x: Float[Tensor, "channels batch seq"], n: int) -> Iterator[slice]:
    """The channels in pieces that a CPU's cache holds when every row is n long; all at once elsewhere."""
    n_channels, batch_size, _ = x.shape
    step = n_channels if x.device.type != "cpu" else max(BLOCK // max(batch_size * n, 1), 1)
    for first in range(0, n_channels, step):
        yield slice(first, first + step)
