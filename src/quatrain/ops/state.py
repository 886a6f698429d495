"""States of decoding are values: trees (tuples, named tuples, dictionaries) of tensors, batch first."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import torch
from jaxtyping import Int
from torch import Tensor

State = Any
"""A tree of tensors whose first axis is the batch; passed in, returned, never stored on a module.

A part of it may also be a `Leaf`, which knows by itself how its rows are chosen.
"""


class Leaf(ABC):
    """Tensors that are held in a way of their own."""

    @abstractmethod
    def map(self, function: Callable[[Tensor], Tensor]) -> Self:
        """The same with a function applied to every tensor."""

    @abstractmethod
    def select(self, rows: Tensor) -> Self:
        """The same of other rows (B',): reordered, repeated or dropped."""

    def compact(self) -> Self:
        """The same without what no row reads any more."""
        return self


@dataclass(frozen=True, eq=False)
class Shared(Leaf):
    """Tensors that rows read together, as the beams of a sentence read what is remembered of its source.

    Rows are reordered, repeated or dropped by choosing owners alone; what they own is not copied.

    Example:
        >>> beams = Shared.among(torch.rand(2, 9), torch.tensor([0, 0, 0, 1, 1, 1]))
        >>> beams.rows_each, select_rows(beams, torch.tensor([5, 0])).owner.tolist()
        (3, [1, 0])
    """

    values: State
    """A tree of tensors, first axis: owners."""
    owner: Int[Tensor, " rows"]
    """Whose values each row reads."""
    rows_each: int | None
    """How many rows of every owner stand side by side, in the order of the owners; None: they do not."""

    @classmethod
    def among(cls, values: State, owner: Int[Tensor, " rows"]) -> Shared:
        """Values shared by rows as `owner` says."""
        n_owners = len(_tensors(values)[0])
        n_each, rest = divmod(len(owner), max(n_owners, 1))
        in_order = torch.arange(n_owners, device=owner.device).repeat_interleave(n_each)
        return cls(values, owner, n_each if n_each and not rest and torch.equal(owner, in_order) else None)

    def map(self, function: Callable[[Tensor], Tensor]) -> Shared:
        """The same with a function applied to every tensor."""
        return replace(self, values=map_state(function, self.values), owner=function(self.owner))

    def select(self, rows: Tensor) -> Shared:
        """The same values for other rows."""
        return Shared.among(self.values, self.owner.index_select(0, rows))

    def part(self, index: int) -> Shared:
        """One of the values alone, shared alike."""
        return replace(self, values=self.values[index])

    def compact(self) -> Shared:
        """Without the values that no row reads, as of sentences that are finished."""
        if self.rows_each is not None:
            return self
        left, owner = self.owner.unique(return_inverse=True)
        if len(left) == len(_tensors(self.values)[0]):
            return self
        return Shared.among(map_state(lambda part: part.index_select(0, left), self.values), owner)

    def spread(self) -> State:
        """A copy of the values for every row."""
        return map_state(lambda part: part.index_select(0, self.owner), self.values)


def map_state(function: Callable[[Tensor], Tensor], state: State) -> State:
    """Apply a function to every tensor of a state."""
    return _map(function, lambda part: part.map(function), state)


def select_rows(state: State, rows: Tensor) -> State:
    """The state of the batch `rows` (B',): reordered, repeated or dropped, as beam search asks."""
    return _map(lambda part: part.index_select(0, rows), lambda part: part.select(rows), state)


def compact(state: State) -> State:
    """The same state without what no row reads any more."""
    return _map(lambda part: part, lambda part: part.compact(), state)


def state_bytes(state: State) -> int:
    """Bytes held by all tensors of a state; what rows share is counted once."""
    return sum(part.numel() * part.element_size() for part in _tensors(state))


def empty_rows(batch_size: int, *shape: int, like: Tensor) -> Tensor:
    """An all-zero state tensor (B, ...) on the device and in the type of a weight."""
    return torch.zeros(batch_size, *shape, device=like.device, dtype=like.dtype)


def _map(function: Callable[[Tensor], Tensor], on_leaf: Callable[[Leaf], Leaf], state: State) -> State:
    if isinstance(state, Tensor):
        return function(state)
    if isinstance(state, Leaf):
        return on_leaf(state)
    if state is None:
        return None
    if isinstance(state, dict):
        return {key: _map(function, on_leaf, part) for key, part in state.items()}
    parts = [_map(function, on_leaf, part) for part in state]
    return type(state)(*parts) if hasattr(state, "_fields") else type(state)(parts)


def _tensors(state: State) -> list[Tensor]:
    found: list[Tensor] = []

    def note(part: Tensor) -> Tensor:
        found.append(part)
        return part

    map_state(note, state)
    return found
