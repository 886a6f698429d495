"""Convolutions over positions, without padding: out come as many positions as have all their taps."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor


def taps(x: Float[Tensor, "batch seq d"], width: int, dilation: int) -> list[Float[Tensor, "batch new d"]]:
    """What each of `width` taps reads, the oldest first; the last is the newest position itself."""
    n_new = x.shape[1] - (width - 1) * dilation
    return [x[:, i * dilation : i * dilation + n_new] for i in range(width)]


def depthwise(
    x: Float[Tensor, "batch seq channels"], kernel: Float[Tensor, "channels one width"], dilation: int
) -> Float[Tensor, "batch new channels"]:
    """A filter of its own for every channel.

    The sequence is read as an image of `dilation` columns, row after row: there the taps of a position stand one
    below the other, so that torch's channels-last convolution takes it without a copy and without dilation. On a CPU
    that is 3 to 4 times as fast, forward and backward, as `conv1d` or a sum of shifted products.
    """
    width = kernel.shape[-1]
    n_new = x.shape[1] - (width - 1) * dilation
    if n_new < dilation:  # then most columns are not asked for
        x, dilation = torch.cat(taps(x, width, dilation), dim=1), n_new
    image = F.pad(x, (0, 0, 0, -x.shape[1] % dilation)).unflatten(1, (-1, dilation))  # (B, rows, columns, C)
    y = F.conv2d(image.permute(0, 3, 1, 2), kernel.unsqueeze(3), groups=x.shape[-1])
    return y.permute(0, 2, 3, 1).flatten(1, 2)[:, :n_new]
