"""A series taken apart: its trend, and what is left."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor


def trend_and_rest(
    x: Float[Tensor, "rows seq"], width: int
) -> tuple[Float[Tensor, "rows seq"], Float[Tensor, "rows seq"]]:
    """A centred moving average, the ends of the series standing for what lies beyond them, and the difference to it.

    Wu et al. 2021, "Autoformer", https://arxiv.org/abs/2106.13008, eq. 1.

    Args:
        width: rows averaged; odd.
    """
    half = width // 2
    padded = torch.cat([x[:, :1].expand(-1, half + 1), x, x[:, -1:].expand(-1, half)], dim=1)
    sums = padded.cumsum(dim=1)  # (rows, T + width)
    trend = (sums[:, width:] - sums[:, :-width]) / width
    return trend, x - trend


def patches(x: Float[Tensor, "rows seq columns"], length: int, stride: int) -> Float[Tensor, "rows patches values"]:
    """Stretches of so many rows, every `stride` rows, up to the last row; the first row is repeated before the first.

    Nie et al. 2023, "A time series is worth 64 words", https://arxiv.org/abs/2211.14730, section 3.1, who repeat the
    last row behind the last.
    """
    seq_len = x.shape[1]
    lacking = (length - seq_len) if seq_len < length else -(seq_len - length) % stride
    x = torch.cat([x[:, :1].expand(-1, lacking, -1), x], dim=1)
    return x.unfold(1, length, stride).flatten(2)  # (rows, P, C * length)
