"""Dropout whose random bits are cheap on a CPU."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Dropout(nn.Module):
    """Zeroes coordinates with a probability while training, and scales the others up to keep the mean.

    Srivastava et al. 2014. On a CPU, drawing one Bernoulli number a coordinate costs more than the matrix product
    beside it; eight coordinates share one 64-bit draw instead, so the probability is rounded to a 256th (and the
    scale follows the rounded one, so the mean is exact).

    Args:
        p: probability of a zero.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Drop, while training."""
        if not self.training or self.p == 0:
            return x
        if x.device.type != "cpu":
            return F.dropout(x, self.p)
        threshold = min(max(round(256 * self.p), 1), 255)
        draws = torch.empty((x.numel() + 7) // 8, dtype=torch.int64).random_(-(2**63), None)
        kept = draws.view(torch.uint8)[: x.numel()].view(x.shape) >= threshold
        return x * kept.to(x.dtype).mul_(256 / (256 - threshold))

    def extra_repr(self) -> str:
        """Shown by `print(model)`."""
        return f"p={self.p}"
