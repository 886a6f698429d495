"""Causal convolution of every channel by itself with a few taps."""

from __future__ import annotations

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from quatrain.ops.long_convolution import channel_blocks


def short_convolution(
    x: Float[Tensor, "channels batch seq"],
    weight: Float[Tensor, "channels one taps"],
    bias: Float[Tensor, " channels"] | None = None,
) -> Float[Tensor, "channels batch seq"]:
    """y_i = bias + sum over k of weight_k x_(i-K+1+k): the last tap meets the present, as in `nn.Conv1d`.

    By shifted sums: on a CPU several times faster than grouped convolution, and indifferent to the order in memory.
    """
    start = x.new_zeros(len(x)) if bias is None else bias.to(x.dtype)
    y: Tensor = _ShortConvolution.apply(x, weight.to(x.dtype).squeeze(1), start)  # type: ignore[no-untyped-call]
    return y


class _ShortConvolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        y = torch.empty_like(x)
        for block in channel_blocks(x, x.shape[-1]):
            part, taps = y[block], weight[block, :, None, None]
            torch.addcmul(bias[block, None, None], x[block], taps[:, -1], out=part)
            for lag in range(1, min(weight.shape[1], x.shape[-1])):
                part[..., lag:].addcmul_(x[block, :, :-lag], taps[:, -1 - lag])
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, dy: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        x, weight = ctx.saved_tensors
        dx, dweight, dbias = torch.empty_like(x), torch.zeros_like(weight), torch.empty_like(weight[:, 0])
        for block in channel_blocks(x, x.shape[-1]):
            part, above, below, taps = dx[block], dy[block], x[block], weight[block, :, None, None]
            torch.mul(above, taps[:, -1], out=part)
            dbias[block] = above.sum(dim=(1, 2))
            dweight[block, -1] = (above * below).sum(dim=(1, 2))
            for lag in range(1, min(weight.shape[1], x.shape[-1])):
                part[..., :-lag].addcmul_(above[..., lag:], taps[:, -1 - lag])
                dweight[block, -1 - lag] = (above[..., lag:] * below[..., :-lag]).sum(dim=(1, 2))
        return dx, dweight, dbias
