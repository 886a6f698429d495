"""An exponential moving average of the weights, and of what is measured of batches beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """average <- decay * average + (1 - decay) * weights, after every step; the decay warms up with the steps.

    Polyak and Juditsky 1992; the warm-up min(decay, (1 + t) / (10 + t)) forgets the random start. The running
    statistics of batch norm are averaged like weights: those of the newest weights do not fit averaged ones.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self.n_updates = decay, 0
        self.present = _averaged(model)
        self.weights = _copied(self.present)

    @torch.no_grad()
    def update(self) -> None:
        """Move towards the present weights."""
        decay = min(self.decay, (1 + self.n_updates) / (10 + self.n_updates))
        self.n_updates += 1
        torch._foreach_lerp_(list(self.weights.values()), list(self.present.values()), 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the averaged weights inside the `with`, its own again after it."""
        own = _copied(self.present)
        self._fill(self.weights)
        try:
            yield
        finally:
            self._fill(own)

    @torch.no_grad()
    def _fill(self, weights: dict[str, Tensor]) -> None:
        for name, weight in self.present.items():
            weight.copy_(weights[name])

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        return {**self.weights, "n_updates": torch.tensor(self.n_updates)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        self.n_updates = int(tensors["n_updates"])
        for name, weight in self.weights.items():
            weight.copy_(tensors[name])


def _averaged(model: nn.Module) -> dict[str, Tensor]:
    """The weights, and the buffers that are kept with them; what never changes averages to itself."""
    kept = model.state_dict()
    buffers = {name: value for name, value in model.named_buffers() if name in kept and value.is_floating_point()}
    return {**{name: weight.detach() for name, weight in model.named_parameters()}, **buffers}


def _copied(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in tensors.items()}
