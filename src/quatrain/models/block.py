"""A block: a mixer between positions, then a feed-forward inside each, both on the residual stream."""

from __future__ import annotations

from torch import Tensor, nn

from quatrain.layers.residual import Residual
from quatrain.mixers import Mixer
from quatrain.ops.state import State


class Block(nn.Module):
    """Mix, then think: the repeated unit of every stack."""

    def __init__(self, mixer: Mixer, mixer_residual: Residual, ffn: nn.Module, ffn_residual: Residual) -> None:
        super().__init__()
        self.mixer, self.mixer_residual = mixer, mixer_residual
        self.ffn, self.ffn_residual = ffn, ffn_residual

    def forward(self, x: Tensor, token_mask: Tensor | None = None, documents: Tensor | None = None) -> Tensor:
        """A whole sequence (B, T, D)."""
        x = self.mixer_residual.join(x, self.mixer(self.mixer_residual.enter(x), token_mask, documents))
        return self._think(x)

    def advance(self, x: Tensor, state: State, token_mask: Tensor | None = None) -> tuple[Tensor, State]:
        """New positions (B, T, D) and the state of the mixer."""
        y, state = self.mixer.advance(self.mixer_residual.enter(x), state, token_mask)
        return self._think(self.mixer_residual.join(x, y)), state

    def _think(self, x: Tensor) -> Tensor:
        return self.ffn_residual.join(x, self.ffn(self.ffn_residual.enter(x)))
