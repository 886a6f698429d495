"""A conditional model with its sources given: a language model of their targets."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from quatrain.errors import ShapeError
from quatrain.mixers import Memory
from quatrain.models._base import ConditionalModel, SequenceModel
from quatrain.ops.state import State, select_rows


class Given(SequenceModel):
    """Answers a sequence model's calls for targets of one batch of sources.

    Rows of a source stand side by side: n sources and batches of n k rows give k rows to each.

    Args:
        model: writes the targets.
        memory: what it read of the sources.
    """

    def __init__(self, model: ConditionalModel, memory: Memory) -> None:
        super().__init__()
        self.model, self.memory = model, memory
        self.vocab_size, self.max_seq_len = model.vocab_size, model.max_seq_len
        self.training = model.training

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the token after each position.

        Raises:
            ShapeError: several documents in a row, which have one source.
        """
        if documents is not None:
            raise ShapeError("documents packed into a row would share one source. Give every target a row of its own.")
        return self.advance(tokens, self.init_state(len(tokens)), token_mask)[0]

    def init_state(self, batch_size: int) -> State:
        """What is remembered before the first token.

        Raises:
            ShapeError: the rows cannot be dealt out to the sources.
        """
        n_sources = len(self.memory.vectors)
        if batch_size < n_sources or batch_size % n_sources:
            raise ShapeError(
                f"{batch_size} rows for {n_sources} sources: give every source the same number, side by side, "
                f"such as {n_sources} or {2 * n_sources}."
            )
        state = self.model.init_state(self.memory)
        rows = torch.arange(n_sources, device=self.memory.vectors.device)
        return select_rows(state, rows.repeat_interleave(batch_size // n_sources))

    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: State,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], State]:
        """Logits after each new token, and the state to go on from."""
        return self.model.advance(tokens, state, token_mask)

    def state_size(self, seq_len: int) -> int:
        """Bytes remembered for one target, its source included."""
        return self.model.state_size(seq_len, self.memory.vectors.shape[1])

    def flops(self, seq_len: int) -> int:
        """Of a target, its source read once."""
        return self.model.flops(seq_len, self.memory.vectors.shape[1])
