"""An exponential moving average of the weights."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class Average:
    """average <- decay * average + (1 - decay) * weights, after every step; the decay warms up with the steps.

    Polyak and Juditsky 1992; the warm-up min(decay, (1 + t) / (10 + t)) forgets the random start.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model, self.decay, self.n_updates = model, decay, 0
        self.weights = {name: weight.detach().clone() for name, weight in model.named_parameters()}

    @torch.no_grad()
    def update(self) -> None:
        """Move towards the present weights."""
        decay = min(self.decay, (1 + self.n_updates) / (10 + self.n_updates))
        self.n_updates += 1
        present: list[Tensor] = [weight.detach() for _, weight in self.model.named_parameters()]
        torch._foreach_lerp_(list(self.weights.values()), present, 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """The model has the averaged weights inside the `with`, its own again after it."""
        own = {name: weight.detach().clone() for name, weight in self.model.named_parameters()}
        self._fill(self.weights)
        try:
            yield
        finally:
            self._fill(own)

    @torch.no_grad()
    def _fill(self, weights: dict[str, Tensor]) -> None:
        for name, weight in self.model.named_parameters():
            weight.copy_(weights[name])

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        return {**self.weights, "n_updates": torch.tensor(self.n_updates)}

    def restore(self, tensors: dict[str, Tensor]) -> None:
        """Go on from what `tensors` gave."""
        self.n_updates = int(tensors["n_updates"])
        for name, weight in self.weights.items():
            weight.copy_(tensors[name])
