"""States of decoding are values: trees (tuples, named tuples, dictionaries) of tensors, batch first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

State = Any
"""A tree of tensors whose first axis is the batch; passed in, returned, never stored on a module."""


def map_state(function: Callable[[Tensor], Tensor], state: State) -> State:
    """Apply a function to every tensor of a state."""
    if isinstance(state, Tensor):
        return function(state)
    if isinstance(state, dict):
        return {key: map_state(function, part) for key, part in state.items()}
    parts = [map_state(function, part) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)


def select_rows(state: State, rows: Tensor) -> State:
    """The state of the batch `rows` (B',): reordered, repeated or dropped, as beam search asks."""
    return map_state(lambda part: part.index_select(0, rows), state)


def state_bytes(state: State) -> int:
    """Bytes held by all tensors of a state."""
    total = 0

    def count(part: Tensor) -> Tensor:
        nonlocal total
        total += part.numel() * part.element_size()
        return part

    map_state(count, state)
    return total


def empty_rows(batch_size: int, *shape: int, like: Tensor) -> Tensor:
    """An all-zero state tensor (B, ...) on the device and in the type of a weight."""
    return torch.zeros(batch_size, *shape, device=like.device, dtype=like.dtype)
