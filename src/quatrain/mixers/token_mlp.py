"""A feed-forward network across positions: what mixes in an MLP-Mixer."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.errors import ShapeError
from quatrain.layers.feedforward import ACTIVATIONS, Activation, ActivationWord
from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.ops.segments import is_within
from quatrain.ops.state import State


class TokenMLP(AlignedMixer):
    """The same two matrices for every channel, over all its positions: down(act(up(x^T)))^T.

    Tolstikhin et al. 2021, eq. 1, https://arxiv.org/abs/2105.01601. A shorter sequence is read as if zeros followed.

    Args:
        d_model: width of the residual stream, in and out.
        n_positions: most positions.
        d_hidden: numbers in between, a channel.
        activation: what bends.
    """

    is_causal = False

    def __init__(self, d_model: int, *, n_positions: int, d_hidden: int, activation: Activation) -> None:
        super().__init__()
        self.d_model = d_model
        self.up_proj, self.down_proj = nn.Linear(n_positions, d_hidden), nn.Linear(d_hidden, n_positions)
        self.activation = activation

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix whole sequences.

        Raises:
            ShapeError: there are more positions than the matrices have rows for.
        """
        n, most = x.shape[1], self.up_proj.in_features
        if n > most:
            raise ShapeError(
                f"{n} positions, but this mixer has weights for n_positions={most}. Crop the input, or train with a "
                "larger n_positions."
            )
        if lengths is not None:
            x = x * is_within(lengths, n)[..., None]
        h = self.activation(F.linear(x.mT, self.up_proj.weight[:, :n], self.up_proj.bias))  # (B, D, hidden)
        return F.linear(h, self.down_proj.weight[:n], self.down_proj.bias[:n]).mT

    def init_state(self, batch_size: int) -> tuple[()]:
        """Nothing: it is not decoded."""
        return ()

    def extend(self, x: Tensor, state: State, lengths: Tensor | None) -> Any:
        """Declined.

        Raises:
            ConfigError: always.
        """
        self._refuse_advance()

    def state_size(self, seq_len: int) -> int:
        """Nothing is remembered."""
        return 0

    def flops(self, seq_len: int) -> int:
        """Both matrices for every channel."""
        return seq_len * self.d_model * 4 * self.up_proj.out_features


class TokenMLPConfig(MixerConfig):
    """A feed-forward network across a fixed number of positions; it sees them all."""

    kind: ClassVar[str] = "token_mlp"

    n_positions: int
    """Most positions."""
    d_hidden: int | None = None
    """Numbers in between, a channel; null: half of d_model, as in the paper."""
    activation: ActivationWord = "gelu"
    """What bends: a word of a feed-forward's activations."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("n_positions", "d_hidden"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value} must be at least 1.")
        return self

    def build(self, d_model: int) -> TokenMLP:
        """A freshly initialised mixer."""
        return TokenMLP(
            d_model,
            n_positions=self.n_positions,
            d_hidden=self.d_hidden or max(d_model // 2, 1),
            activation=ACTIVATIONS[self.activation],
        )

    def ahead(self) -> TokenMLPConfig:
        """Itself: it looks ahead already."""
        return self
