"""What a training would cost, before it is paid: parameters, memory, operations, steps, time."""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass
from typing import Any

from quatrain.models import NGramConfig
from quatrain.training.config import TrainConfig
from quatrain.training.device import autocast, pick_device
from quatrain.training.learnable import Data
from quatrain.training.objectives import OBJECTIVES

N_TRIALS = 3
"""Updates timed; the fastest counts."""


@dataclass(frozen=True)
class Cost:
    """An estimate from a few real updates on this machine."""

    n_parameters: int
    flops_per_token: int
    """Of an update: forward, and twice as much backward (Kaplan et al. 2020, section 2.1)."""
    memory_bytes: int
    """Weights, gradients, the optimiser's memory and what the backward pass keeps, roughly."""
    tokens_per_second: float
    steps: int
    seconds: float
    unit: str
    """What is counted: tokens, or examples."""
    epochs: float
    """How often the training part would be read."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person."""
        return [
            f"training: {self.n_parameters:,} parameters, about {self.memory_bytes / 1e9:.1f} GB, "
            f"{self.tokens_per_second:,.0f} {self.unit}s/s here",
            f"          {self.steps:,} steps in {self.seconds:,.0f} s, {_times(self.epochs)} through the training part",
        ]


def estimate_cost(config: TrainConfig, data: Data) -> Cost | None:
    """Time a few updates of a fresh model; None for a model that is counted, which takes seconds."""
    if isinstance(config.model, NGramConfig):
        return None
    device, loop = pick_device(config.train.device), config.train
    model = config.model.build().to(device)
    optimisers, objective = config.optim.build(model), OBJECTIVES[config.task]
    batches = data.train.batches(seed=loop.seed, batch_size=loop.batch_size, seq_len=loop.seq_len)
    fastest, n_targets = math.inf, 0
    for trial in range(N_TRIALS):
        started = time.perf_counter()
        batch = batches.at(trial).to(device)
        with autocast(device, loop.dtype):
            loss_sum = objective.loss_sum(model, batch)
        (loss_sum / batch.n_targets).backward()
        optimisers.step(1.0)
        fastest, n_targets = min(fastest, time.perf_counter() - started), batch.n_targets
    seconds = loop.seconds if loop.steps is None and loop.seconds else (loop.steps or 1) * fastest
    steps = loop.steps or max(int(seconds / fastest), 1)
    n_parameters = sum(weight.numel() for weight in model.parameters())
    kept = sum(t.numel() * t.element_size() for t in optimisers.tensors().values())
    body = getattr(config.model, "backbone", config.model)
    activations = 34 * loop.batch_size * loop.seq_len * getattr(body, "d_model", 0) * 4
    return Cost(
        n_parameters=n_parameters,
        flops_per_token=round(objective.flops_per_target(model, config, data)),
        memory_bytes=8 * n_parameters + kept + activations * getattr(body, "n_layers", 1),
        tokens_per_second=n_targets / fastest,
        steps=steps,
        seconds=seconds,
        unit=objective.unit,
        epochs=batches.epoch_of(steps),
    )


def _times(number: float) -> str:
    """How often, for a person.

    Example:
        >>> _times(0.123), _times(9.94), _times(547.3)
        ('0.12 times', '9.9 times', '547 times')
    """
    return f"{number:.2g} times" if number < 10 else f"{number:,.0f} times"
