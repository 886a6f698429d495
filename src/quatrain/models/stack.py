"""Stacks of blocks: what reads a source, and what writes a target while it reads the source's memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn

from quatrain.layers.dropout import Dropout
from quatrain.mixers import Memory
from quatrain.models.block import Block, CrossBlock
from quatrain.ops.state import Shared, State
from quatrain.positions import InputPosition


class Stack(nn.Module):
    """Order, norm and dropout on embedded tokens, blocks, and a last norm.

    Args:
        position: what is added to the vectors.
        embedding_norm: on the input (do-nothing in most models).
        blocks: first to last.
        norm: the last norm (do-nothing for post-norm stacks).
        dropout: on the input.
    """

    def __init__(
        self,
        position: InputPosition,
        embedding_norm: nn.Module,
        blocks: Sequence[nn.Module],
        norm: nn.Module,
        dropout: float,
    ) -> None:
        super().__init__()
        self.position, self.embedding_norm, self.dropout = position, embedding_norm, Dropout(dropout)
        self.blocks, self.norm = nn.ModuleList(blocks), norm

    def enter(self, x: Tensor, positions: Tensor | None = None) -> Tensor:
        """What the first block reads of embedded tokens (B, T, D), which stand at 0 .. T - 1 unless told otherwise."""
        where = torch.arange(x.shape[1], device=x.device) if positions is None else positions
        return self.dropout(self.embedding_norm(self.position(x, where)))


class Encoder(Stack):
    """A stack that reads a source."""

    def forward(self, x: Tensor, token_mask: Tensor | None, documents: Tensor | None = None) -> Tensor:
        """Context-aware vectors of embedded tokens (B, S, D); padding stands on the right."""
        x = self.enter(x)
        for block in self.stack():
            x = block(x, token_mask, documents)
        return self.norm(x)

    def stack(self) -> list[Block]:
        """The blocks, first to last."""
        return cast("list[Block]", list(self.blocks))


class Decoder(Stack):
    """A stack that writes a target, every block of which reads the memory of the source."""

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """Context-aware vectors of embedded tokens (B, T, D), from which the next ones are told."""
        x = self.enter(x)
        for block in self.stack():
            x = block(x, memory)
        return self.norm(x)

    def advance(
        self, x: Tensor, positions: Tensor, states: Sequence[State], remembered: Shared, token_mask: Tensor | None
    ) -> tuple[Tensor, tuple[State, ...]]:
        """The same for new tokens (B, T, D) at their positions (B, T), and the states of the mixers."""
        x, after = self.enter(x, positions), []
        for layer, (block, state) in enumerate(zip(self.stack(), states, strict=True)):
            x, state = block.advance(x, state, remembered.part(layer), token_mask)
            after.append(state)
        return self.norm(x), tuple(after)

    def stack(self) -> list[CrossBlock]:
        """The blocks, first to last."""
        return cast("list[CrossBlock]", list(self.blocks))
