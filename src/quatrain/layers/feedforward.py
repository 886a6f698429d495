"""Feed-forward layers: what happens inside one position."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from pydantic import AfterValidator
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ConfigError, suggest
from quatrain.layers.dropout import Dropout

Activation = Callable[[Tensor], Tensor]
"""Acts on each number by itself."""


class _SquaredRelu(torch.autograd.Function):
    """Keeps relu(x) only, and needs one pass each way: on a CPU less than half the time of the composition."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        r = F.relu(x)
        ctx.save_for_backward(r)
        return r * r

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (r,) = ctx.saved_tensors
        return (r * gradient).mul_(2)


def squared_relu(x: Tensor) -> Tensor:
    """max(x, 0)^2: So et al. 2021 (Primer), https://arxiv.org/abs/2109.08668."""
    squared: Tensor = _SquaredRelu.apply(x)  # type: ignore[no-untyped-call]
    return squared


ACTIVATIONS: dict[str, Activation] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "gelu_tanh": partial(F.gelu, approximate="tanh"),
    "relu2": squared_relu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


class FeedForward(nn.Module):
    """Widen, bend, narrow: down(act(up(x))).

    Vaswani et al. 2017, eq. 2, https://arxiv.org/abs/1706.03762

    Args:
        d_model: width in and out.
        d_ff: width in between.
        activation: what bends.
        bias: biases in both projections.
        dropout: probability of dropping one of the d_ff inner coordinates, while training.
    """

    def __init__(
        self, d_model: int, d_ff: int, *, activation: Activation, bias: bool = False, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.up_proj = nn.Linear(d_model, d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)
        self.activation, self.dropout = activation, Dropout(dropout)

    def forward(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        """Each position by itself."""
        return self.down_proj(self.dropout(self.activation(self.up_proj(x))))


class GatedFeedForward(nn.Module):
    """Widen twice, let one half gate the other, narrow: down(act(gate(x)) * up(x)).

    Shazeer 2020, eq. 6, https://arxiv.org/abs/2002.05202: SwiGLU with silu, GEGLU with gelu, ReGLU with relu,
    GLU with sigmoid. Gate and up are one projection, the gate's rows first.

    Args:
        d_model: width in and out.
        d_ff: width in between.
        activation: what bends the gate.
        bias: biases in both projections.
        dropout: probability of dropping one of the d_ff inner coordinates, while training.
    """

    def __init__(
        self, d_model: int, d_ff: int, *, activation: Activation, bias: bool = False, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.gate_up_proj = nn.Linear(d_model, 2 * d_ff, bias=bias)
        self.down_proj = nn.Linear(d_ff, d_model, bias=bias)
        self.activation, self.dropout = activation, Dropout(dropout)

    def forward(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        """Each position by itself."""
        gate, up = self.gate_up_proj(x).chunk(2, dim=-1)  # (..., F) each
        return self.down_proj(self.dropout(self.activation(gate) * up))


def _known_activation(word: str) -> str:
    if word not in ACTIVATIONS:
        raise ValueError(f"no activation is called {word!r}. {suggest(word, ACTIVATIONS)}")
    return word


ActivationWord = Annotated[str, AfterValidator(_known_activation)]
"""A word of ACTIVATIONS."""


class FeedForwardConfig(Config):
    """Base of the settings of a feed-forward layer."""

    d_ff: int | None = None
    """Width in between; null: chosen from d_model."""
    activation: ActivationWord = "gelu"
    """What bends: relu, gelu, gelu_tanh, relu2, silu, tanh or sigmoid."""
    bias: bool = False
    """Biases in the projections."""

    def build(self, d_model: int, dropout: float) -> nn.Module:
        """A freshly initialised layer; `dropout` acts on the inner coordinates.

        Raises:
            ConfigError: d_ff is below 1.
        """
        raise NotImplementedError

    def _inner(self, default: int) -> int:
        if self.d_ff is not None and self.d_ff < 1:
            raise ConfigError(f"d_ff={self.d_ff} must be at least 1, or null for {default}.")
        return default if self.d_ff is None else self.d_ff


class MLPConfig(FeedForwardConfig):
    """Two projections with an activation between; d_ff is 4 d_model unless given."""

    kind: ClassVar[str] = "mlp"

    def build(self, d_model: int, dropout: float) -> FeedForward:
        """A freshly initialised layer."""
        activation = ACTIVATIONS[self.activation]
        return FeedForward(d_model, self._inner(4 * d_model), activation=activation, bias=self.bias, dropout=dropout)


class GatedConfig(FeedForwardConfig):
    """One half gates the other (SwiGLU with silu); d_ff is 8/3 d_model, up to a multiple of 8, unless given."""

    kind: ClassVar[str] = "gated"

    activation: Annotated[str, AfterValidator(_known_activation)] = "silu"
    """What bends the gate: silu (SwiGLU), gelu (GEGLU), relu (ReGLU), sigmoid (GLU), or another."""

    def build(self, d_model: int, dropout: float) -> GatedFeedForward:
        """A freshly initialised layer."""
        as_many_weights_as_mlp = 8 * -(-d_model // 3)
        return GatedFeedForward(
            d_model,
            self._inner(as_many_weights_as_mlp),
            activation=ACTIVATIONS[self.activation],
            bias=self.bias,
            dropout=dropout,
        )


FEED_FORWARDS: dict[str, type[FeedForwardConfig]] = {"mlp": MLPConfig, "gated": GatedConfig}
