"""How a model's weights start."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn


def is_last(name: str) -> bool:
    """Whether a module is the last projection of a branch, which adds to the stream."""
    return name.endswith(("out_proj", "down_proj"))


def draw_start(model: nn.Module, std_of: Callable[[str], float | None]) -> None:
    """Linear maps and tables N(0, std), biases 0; what `std_of` answers None for a name is left as it is."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            std = std_of(name)
            if std is None:
                continue
            nn.init.normal_(module.weight, std=std)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
