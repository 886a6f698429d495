"""What every mixer answers: a whole sequence at once, or new positions one after another."""

from __future__ import annotations

from abc import ABC, abstractmethod

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ConfigError
from quatrain.ops.state import State


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

    def _refuse_advance(self) -> None:
        if not self.is_causal:
            raise ConfigError(
                f"{type(self).__name__} looks at the whole sequence, so it cannot be decoded position by "
                "position. Use forward, or build it with causal=true."
            )


class MixerConfig(Config):
    """Base of the settings of a mixer."""

    def build(self, d_model: int) -> Mixer:
        """A freshly initialised mixer of this kind, as wide as the residual stream."""
        raise NotImplementedError
