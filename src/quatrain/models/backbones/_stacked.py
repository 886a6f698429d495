"""What backbones made of blocks have in common: the stream, and what works on it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator
from torch import nn

from quatrain.config import one_of
from quatrain.layers.feedforward import FEED_FORWARDS, FeedForwardConfig, MLPConfig
from quatrain.layers.norms import NORMS, LayerNormConfig, NormConfig
from quatrain.layers.residual import RESIDUALS
from quatrain.mixers import AnyMixer, AttentionConfig
from quatrain.mixers.attention import share_positions
from quatrain.models._start import is_last
from quatrain.models.backbones._base import BackboneConfig
from quatrain.models.block import Block
from quatrain.models.stack import Encoder
from quatrain.positions import InputPosition


class StackedConfig(BackboneConfig):
    """Base of the settings of a backbone made of blocks."""

    d_model: int = 128
    """Width of the residual stream."""
    n_layers: int = 2
    """Blocks; 0: the embedding alone."""
    mixer: AnyMixer = AttentionConfig(causal=False)
    """What moves information between positions; it may look ahead."""
    ffn: Annotated[FeedForwardConfig, one_of(lambda: FEED_FORWARDS)] = MLPConfig()
    """What works inside a position."""
    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = LayerNormConfig()
    """What keeps the stream in scale."""
    norm_place: Literal["pre", "post"] = "pre"
    """Norm before each branch, or after each sum."""
    embedding_norm: bool = False
    """Norm the embedded input, too."""
    dropout: float = 0.0
    """Probability of dropping a coordinate of the embedded input and of each branch, while training."""
    init_std: float = 0.02
    """Standard deviation of the weights at the start."""
    zero_init: bool = False
    """Start the last projection of every branch at zero (not init_std; where pre-norm, that / sqrt(2 n_layers))."""

    @model_validator(mode="after")
    def _check_stack(self) -> Self:
        for name, least in (("d_model", 1), ("n_layers", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {least}.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    def stack(self, position: InputPosition) -> Encoder:
        """The blocks, with their norms around and this order before them."""
        blocks = [self._block(layer) for layer in range(self.n_layers)]
        share_positions(block.mixer for block in blocks)
        return Encoder(
            position,
            self.norm.build(self.d_model) if self.embedding_norm else nn.Identity(),
            blocks,
            self.norm.build(self.d_model) if self.norm_place == "pre" else nn.Identity(),
            self.dropout,
        )

    def start_of(self, name: str) -> float:
        """N(0, std); before a sum that no norm follows, smaller, so that the stream keeps its scale."""
        if self.zero_init and is_last(name):
            return 0.0
        is_summed = is_last(name) and self.norm_place == "pre"
        return self.init_std * ((2 * self.n_layers) ** -0.5 if is_summed else 1.0)

    def _block(self, layer: int) -> Block:
        around = RESIDUALS[self.norm_place]
        return Block(
            self.mixer.at(layer).build(self.d_model),
            around(self.norm.build(self.d_model), self.dropout),
            self.ffn.build(self.d_model, 0.0),
            around(self.norm.build(self.d_model), self.dropout),
        )
