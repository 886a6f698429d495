"""A sequence cut into stretches that overlap."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def stretches(x: Tensor, size: int, before: int = 0, after: int = 0, fill: int = 0) -> Tensor:
    """Every `size` positions of x (B, T, ...), with so many before and after them: (B stretches, positions, ...).

    What lies outside the sequence is `fill`; the last stretch is filled up.
    """
    around = [0, 0] * (x.ndim - 2) + [before, -x.shape[1] % size + after]
    return F.pad(x, around, value=fill).unfold(1, before + size + after, size).movedim(-1, 2).flatten(0, 1)
