"""Changes of low rank on maps that are held as they are, and parts that are held as they are altogether."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import parametrize

from quatrain.errors import ConfigError

__all__ = ["LowRank", "adapt", "adapted", "freeze"]


class LowRank(nn.Module):
    """weight + (alpha / rank) up down.

    Hu et al. 2021, https://arxiv.org/abs/2106.09685, section 4.1: `up` starts at zero, so nothing is changed at first.

    Args:
        shape: (d_out, d_in) of the weight.
        rank: columns of `up`, rows of `down`.
        alpha: the change is multiplied by alpha / rank.
    """

    def __init__(self, shape: tuple[int, int], rank: int, alpha: float) -> None:
        super().__init__()
        d_out, d_in = shape
        self.scale = alpha / rank
        self.down = nn.Parameter(torch.empty(rank, d_in))
        self.up = nn.Parameter(torch.zeros(d_out, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, weight: Float[Tensor, "d_out d_in"]) -> Float[Tensor, "d_out d_in"]:
        """The changed weight."""
        return weight + self.scale * (self.up @ self.down)


def adapt(part: nn.Module, rank: int, alpha: float) -> None:
    """Hold the weights of a part, and let a change of low rank be learned for the linear maps in its blocks.

    Dropout and the like go on as in any training.

    Raises:
        ConfigError: the part has no blocks with linear maps.
    """
    part.requires_grad_(False)
    inside = [module for name, module in part.named_modules() if "blocks" in name.split(".")]
    if not any(isinstance(module, nn.Linear) for module in inside):
        raise ConfigError("there are no linear maps in blocks to change by a low rank. Tune it in full, or frozen.")
    for module in inside:
        if isinstance(module, nn.Linear):
            d_out, d_in = module.weight.shape
            change = LowRank((d_out, d_in), min(rank, d_out, d_in), alpha).to(module.weight)
            parametrize.register_parametrization(module, "weight", change)


def adapted(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """(name, weight with its change added) of the maps in a model that `adapt` has changed."""
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and parametrize.is_parametrized(module, "weight"):
            yield name, module.weight


def freeze(part: nn.Module) -> None:
    """Hold a part as it is: nothing of it learns, and it computes as in use, whatever the model around it does."""
    part.requires_grad_(False).eval()
    part.__dict__["train"] = lambda mode=True: part
