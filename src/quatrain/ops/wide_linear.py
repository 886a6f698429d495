"""A linear map to many numbers, as from vectors to the logits of a vocabulary."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

PIECE = 512
"""Outputs computed at once: few enough for their weights to stay in a core's cache."""


def wide_linear(
    x: Float[Tensor, "*rows d_in"], weight: Float[Tensor, "d_out d_in"], bias: Float[Tensor, " d_out"] | None
) -> Float[Tensor, "*rows d_out"]:
    """`F.linear`; on a CPU and without gradients in pieces of the output.

    MKL's product with a wide matrix takes up to 1.4 times as long, depending on the width.
    """
    is_plain = x.device.type == "cpu" and x.dtype == weight.dtype and x.dtype.itemsize >= 4
    if not is_plain or torch.is_grad_enabled() or torch.is_autocast_enabled("cpu") or torch.compiler.is_compiling():
        return F.linear(x, weight, bias)
    rows = x.reshape(-1, x.shape[-1])
    y = rows.new_empty(len(rows), len(weight))
    for start in range(0, len(weight), PIECE):
        piece = slice(start, start + PIECE)
        if bias is None:
            torch.mm(rows, weight[piece].T, out=y[:, piece])
        else:
            torch.addmm(bias[piece], rows, weight[piece].T, out=y[:, piece])
    return y.view(*x.shape[:-1], len(weight))
