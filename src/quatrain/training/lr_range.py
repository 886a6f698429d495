"""The learning-rate range test: Smith 2017, https://arxiv.org/abs/1506.01186, section 3.3."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from quatrain.errors import ConfigError
from quatrain.models import NGramConfig
from quatrain.training.config import TrainConfig
from quatrain.training.device import autocast, pick_device
from quatrain.training.learnable import Learnable, observe
from quatrain.training.objectives import OBJECTIVES

LOWEST, HIGHEST = 1e-3, 30.0
"""Range of the factor on every rate of the recipe."""


@dataclass(frozen=True)
class RangeTest:
    """Loss against a growing rate."""

    factors: tuple[float, ...]
    losses: tuple[float, ...]
    """Smoothed, nats per target."""
    lr: float
    """Rate of the recipe, at factor 1."""
    best: float
    """Factor of the steepest fall."""

    def __str__(self) -> str:
        rows = list(zip(self.factors, self.losses, strict=True))
        lines = [f"{'rate':>10}  {'factor':>8}  {'loss':>8}"]
        lines += [f"{self.lr * f:10.2e}  {f:8.4f}  {loss:8.4f}" for f, loss in rows[:: max(len(rows) // 20, 1)]]
        lines.append(
            f"the loss falls fastest near optim.lr={self.lr * self.best:.1e} ({self.best:.2g} of the recipe's)"
        )
        return "\n".join(lines)


def range_test(config: TrainConfig, data: Learnable, n_steps: int = 100) -> RangeTest:
    """Train a fresh model with a rate that grows from step to step; stop where the loss has exploded.

    Raises:
        ConfigError: the model is counted, not trained.
    """
    if isinstance(config.model, NGramConfig):
        raise ConfigError("--lr-range: an n-gram is counted and has no rate. Leave out --lr-range or --model ngram.")
    torch.manual_seed(config.train.seed)
    device = pick_device(config.train.device)
    model = observe(config.model.build(), data.counted, config.train.seed).to(device)
    optimisers = config.optim.build(model)
    objective = OBJECTIVES[config.task]
    loop = config.train
    batches = data.train.batches(seed=loop.seed, batch_size=loop.batch_size, seq_len=loop.seq_len)
    factors: list[float] = []
    losses: list[float] = []
    smooth: float | None = None
    for step in range(n_steps):
        factor = LOWEST * (HIGHEST / LOWEST) ** (step / (n_steps - 1))
        batch = batches.at(step).to(device)
        with autocast(device, loop.dtype):
            loss_sum = objective.loss_sum(model, batch)
        loss = loss_sum / batch.n_targets
        loss.backward()
        optimisers.step(factor)
        value = loss.item()
        smooth = value if smooth is None else 0.8 * smooth + 0.2 * value
        if not math.isfinite(value) or (losses and smooth > 1.5 * losses[0]):
            break
        factors.append(factor)
        losses.append(smooth)
    slopes = [losses[i + 5] - losses[i] for i in range(len(losses) - 5)] or [0.0]
    best = factors[min(slopes.index(min(slopes)) + 2, len(factors) - 1)] if factors else 1.0
    return RangeTest(tuple(factors), tuple(losses), config.optim.lr, best)
