"""What every mixer answers: a whole sequence at once, or new positions one after another; and what it costs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ConfigError
from quatrain.ops.flops import matrix_flops
from quatrain.ops.segments import find_segments, left_aligned, put_back
from quatrain.ops.state import Shared, State


class Mixer(nn.Module, ABC):
    """Moves information between positions of one sequence.

    `token_mask` is True where a position is real; padding (anywhere in the row) changes nothing for the
    others. `documents` numbers the documents packed into a row; positions of different ones never meet.
    """

    is_causal: bool = True
    """Whether the future is hidden; only then does `advance` exist."""

    @abstractmethod
    def forward(
        self,
        x: Float[Tensor, "batch seq d_model"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix a whole sequence."""

    @abstractmethod
    def init_state(self, batch_size: int) -> State:
        """What is remembered before the first position."""

    @abstractmethod
    def advance(
        self,
        x: Float[Tensor, "batch new d_model"],
        state: State,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new d_model"], State]:
        """Mix one or more new positions with all that came before them.

        Raises:
            ConfigError: the mixer looks ahead (`is_causal` is False).
        """

    @abstractmethod
    def state_size(self, seq_len: int) -> int:
        """Bytes remembered for one sequence after `seq_len` positions."""

    @property
    def reach(self) -> int | None:
        """The furthest distance at which an input can matter: 0 is the position itself alone, None any distance."""
        return None

    def flops(self, seq_len: int) -> int:
        """Floating-point operations of `forward` over one sequence, a multiply-add being two.

        The default counts the matrices that every position is multiplied with; a mixer adds what its mixing costs.
        """
        return seq_len * matrix_flops(self)

    def _refuse_advance(self) -> None:
        if not self.is_causal:
            raise ConfigError(
                f"{type(self).__name__} looks at the whole sequence, so it cannot be decoded position by "
                "position. Use forward, or build it with causal=true."
            )


class AlignedMixer(Mixer):
    """A mixer that knows clean rows alone: one document each, real positions from the left.

    Padding and packed documents are taken apart into such rows before it, and put together again behind it.
    """

    @abstractmethod
    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix whole sequences; what stands beyond `lengths` (None: nothing does) must not change what stands before."""

    @abstractmethod
    def extend(
        self, x: Float[Tensor, "batch new d_model"], state: State, lengths: Int[Tensor, " batch"] | None
    ) -> tuple[Float[Tensor, "batch new d_model"], State]:
        """Mix new positions with their past; a row remembers its first `lengths` (0 to all; None: all) of them."""

    def forward(
        self,
        x: Float[Tensor, "batch seq d_model"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix a whole sequence."""
        if token_mask is None and documents is None:
            return self.mix(x, None)
        batch_size, seq_len, _ = x.shape
        flat = x.flatten(0, 1)
        groups = find_segments(batch_size, seq_len, token_mask, documents)
        parts = [(group, self.mix(flat[group.places], group.lengths)) for group in groups]
        return put_back(parts, batch_size, seq_len) if parts else torch.zeros_like(x)

    def advance(
        self,
        x: Float[Tensor, "batch new d_model"],
        state: State,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new d_model"], State]:
        """Mix new positions with their past.

        Raises:
            ConfigError: the mixer looks ahead (`is_causal` is False).
        """
        self._refuse_advance()
        if token_mask is None:
            return self.extend(x, state, None)
        rows = left_aligned(token_mask)
        y, state = self.extend(x.flatten(0, 1)[rows.places], state, rows.lengths)
        return put_back([(rows, y)], *token_mask.shape), state


class Memory(NamedTuple):
    """What an encoder made of a batch of sources."""

    vectors: Float[Tensor, "batch src d_model"]
    token_mask: Bool[Tensor, "batch src"] | None = None
    """True where a position is real; None: all are."""


class CrossMixer(nn.Module, ABC):
    """Moves information from a memory to every position of another sequence, to each by itself.

    What it needs of the memory is worked out once (`remember`) and read as often as positions come (`read`).
    """

    def forward(self, x: Float[Tensor, "batch seq d_model"], memory: Memory) -> Float[Tensor, "batch seq d_model"]:
        """Read a memory from every position."""
        return self.read(x, self.remember(memory))

    @abstractmethod
    def remember(self, memory: Memory) -> State:
        """What is read of a memory: a tree of tensors, sources first."""

    @abstractmethod
    def read(self, x: Float[Tensor, "batch new d_model"], remembered: State) -> Float[Tensor, "batch new d_model"]:
        """Read it from new positions; what one of them reads does not depend on the others."""

    def read_shared(
        self, x: Float[Tensor, "rows new d_model"], remembered: Shared
    ) -> Float[Tensor, "rows new d_model"]:
        """Read what rows share: where the rows of a source stand side by side, as one sequence of positions.

        So the beams of a sentence read its keys and values together, and nothing is copied.
        """
        n_each = remembered.rows_each
        if n_each is None:
            return self.read(x, remembered.spread())
        if n_each == 1:
            return self.read(x, remembered.values)
        together = x.unflatten(0, (-1, n_each)).flatten(1, 2)  # (owners, rows each * T, D)
        return self.read(together, remembered.values).unflatten(1, (n_each, x.shape[1])).flatten(0, 1)

    @abstractmethod
    def state_size(self, src_len: int) -> int:
        """Bytes remembered of one source of this length, without padding."""

    @abstractmethod
    def flops(self, seq_len: int, src_len: int) -> int:
        """Floating-point operations of `forward` over one pair, a multiply-add being two."""


class CrossMixerConfig(Config):
    """Base of the settings of a cross mixer."""

    def build(self, d_model: int) -> CrossMixer:
        """A freshly initialised one, as wide as the stream and the memory."""
        raise NotImplementedError


class MixerConfig(Config):
    """Base of the settings of a mixer."""

    @property
    def needs_position(self) -> bool:
        """Whether it tells positions apart only by what the model adds to its input."""
        return False

    def build(self, d_model: int) -> Mixer:
        """A freshly initialised mixer of this kind, as wide as the residual stream."""
        raise NotImplementedError

    def at(self, layer: int) -> MixerConfig:
        """The settings of a layer, from 0: the same in all, unless a pattern says otherwise."""
        return self

    def ahead(self) -> MixerConfig:
        """The same mixer for a sequence that may be seen as a whole: by its own setting, or else read both ways."""
        if "causal" in type(self).model_fields:
            return self.replace(causal=False)
        from quatrain.mixers.both_ways import BothWaysConfig  # which is a mixer itself

        return BothWaysConfig(mixer=self)
