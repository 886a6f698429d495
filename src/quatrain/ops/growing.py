"""Tensors that grow at their end while a sequence is decoded, without being copied at every step."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from quatrain.ops.state import Leaf

SPARE = 4
"""Fewest positions of room that a copy gets beyond what it holds; long ones get a quarter of their length."""


class Growing(Leaf):
    """A tensor (B, H, n, K) to which positions are added along n, and from whose start they may be dropped.

    A value, as every part of a state: what grows from it leaves it as it is. There is room behind its end, and who
    grows from it first writes there; who does so later, or finds no room, gets a copy. So a step costs what is new,
    not what is past. Where gradients are wanted, every step copies.

    Example:
        >>> past = Growing.of(torch.zeros(1, 1, 2, 3))
        >>> with torch.no_grad():
        ...     one, other = past.grown(torch.ones(1, 1, 1, 3)), past.grown(-torch.ones(1, 1, 1, 3))
        >>> [x.tensor[0, 0, :, 0].tolist() for x in (past, one, other)]
        [[0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]
    """

    def __init__(self, room: _Room, start: int, end: int) -> None:
        self._room, self._start, self._end = room, start, end

    @classmethod
    def of(cls, tensor: Float[Tensor, "batch heads n d"]) -> Growing:
        """One that holds this tensor, with no room."""
        return cls(_Room(tensor, tensor.shape[2]), 0, tensor.shape[2])

    @property
    def tensor(self) -> Float[Tensor, "batch heads n d"]:
        """What it holds: a view."""
        return self._room.tensor[:, :, self._start : self._end]

    def __len__(self) -> int:
        return self._end - self._start

    def grown(self, new: Float[Tensor, "batch heads new d"]) -> Growing:
        """With new positions at the end."""
        if torch.is_grad_enabled() and (new.requires_grad or self._room.tensor.requires_grad):
            return Growing.of(torch.cat([self.tensor, new], dim=2))
        end = self._end + new.shape[2]
        if self._room.n_used != self._end or end > self._room.tensor.shape[2] or not _is_writable(self._room.tensor):
            return self._copied(len(self) + new.shape[2]).grown(new)
        self._room.tensor[:, :, self._end : end] = new
        self._room.n_used = end
        return Growing(self._room, self._start, end)

    def last(self, n: int) -> Growing:
        """The last n positions alone, or all where there are fewer."""
        return Growing(self._room, max(self._end - n, self._start), self._end)

    def map(self, function: Callable[[Tensor], Tensor]) -> Growing:
        """The same with a function applied to what it holds."""
        return Growing.of(function(self.tensor))

    def select(self, rows: Tensor) -> Growing:
        """The same of other rows, with the room that is left."""
        tensor = self._room.tensor[:, :, self._start :].index_select(0, rows)
        return Growing(_Room(tensor, len(self)), 0, len(self))

    def _copied(self, n_needed: int) -> Growing:
        batch_size, heads, _, d = self._room.tensor.shape
        tensor = self._room.tensor.new_empty(batch_size, heads, n_needed + max(SPARE, n_needed // 4), d)
        tensor[:, :, : len(self)] = self.tensor
        return Growing(_Room(tensor, len(self)), 0, len(self))


class _Room:
    """A tensor with its first positions along n in use."""

    def __init__(self, tensor: Tensor, n_used: int) -> None:
        self.tensor, self.n_used = tensor, n_used


def _is_writable(tensor: Tensor) -> bool:
    return torch.is_inference_mode_enabled() or not tensor.is_inference()
