"""How much arithmetic this machine does, and what share of it training reaches."""

from __future__ import annotations

import math
import time
from functools import cache

import torch

from quatrain.training.device import pick_device

EFFICIENCY = 0.5
"""Share of the speed of a plain matrix product that training reaches."""
VALIDATION_SHARE = 0.08
"""Share of the time that validations on the way may take."""


@cache
def machine_flops(device: str) -> float:
    """Floating-point operations a second of a matrix product on this machine, by a quick trial, made once."""
    where = pick_device(device)
    a, b = torch.ones(1024, 512, device=where), torch.ones(512, 1024, device=where)
    best = math.inf
    for _ in range(4):
        started = time.perf_counter()
        (a @ b).sum().item()
        best = min(best, time.perf_counter() - started)
    return 2 * 1024 * 512 * 1024 / best
