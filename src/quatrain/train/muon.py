"""Muon with its iteration in the gradient's own precision, matrices of one shape orthogonalised together.

`torch.optim.Muon` fixes the iteration to bfloat16, which a CPU without bfloat16 arithmetic runs several
times slower than float32, and takes one matrix at a time. Same rule, same defaults; the tests compare both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Quintic of the Newton-Schulz iteration: Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/."""


class Muon(Optimizer):
    """Momentum whose update is made orthogonal, for two-dimensional weights.

    Args:
        params: matrices.
        lr: step length; an update of a matrix (rows, columns) has spectral norm about
            lr * sqrt(max(1, rows / columns)).
        momentum: of the Nesterov average.
        weight_decay: decoupled.
        n_iterations: of Newton-Schulz.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 0.02,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        n_iterations: int = 5,
    ) -> None:
        defaults = {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "n_iterations": n_iterations}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """One update of every matrix that has a gradient."""
        loss = closure() if closure else None
        for group in self.param_groups:
            shapes: dict[tuple[int, ...], list[Tensor]] = defaultdict(list)
            for weight in group["params"]:
                if weight.grad is not None:
                    shapes[tuple(weight.shape)].append(weight)
            for shape, weights in shapes.items():
                updates = torch.stack([self._momentum(weight, group["momentum"]) for weight in weights])
                updates = orthogonalise(updates, group["n_iterations"])
                step_length = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                for weight, update in zip(weights, updates, strict=True):
                    weight.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-step_length)
        return loss

    def _momentum(self, weight: Tensor, momentum: float) -> Tensor:
        state = self.state[weight]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        gradient = weight.grad
        assert gradient is not None
        average: Tensor = state["momentum_buffer"].lerp_(gradient, 1 - momentum)
        return gradient.lerp(average, momentum)


def orthogonalise(matrices: Tensor, n_iterations: int) -> Tensor:
    """Push the singular values of matrices (N, rows, columns) to about one (0.7 to 1.2 after five rounds)."""
    a, b, c = COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(n_iterations):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.mT if tall else x
