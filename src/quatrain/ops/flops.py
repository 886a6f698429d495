"""What a module costs, counted: a multiply-add is two floating-point operations."""

from __future__ import annotations

from torch import nn


def matrix_flops(module: nn.Module) -> int:
    """Operations a position, forward, in the linear maps of a module: two a weight."""
    return sum(2 * part.weight.numel() for part in module.modules() if isinstance(part, nn.Linear))
