"""Blocks, the repeated units of every stack: branches on the residual stream."""

from __future__ import annotations

from torch import Tensor, nn

from quatrain.layers.residual import Residual
from quatrain.mixers import CrossMixer, Memory, Mixer
from quatrain.ops.state import Shared, State


class Block(nn.Module):
    """Mix between positions, then think inside each."""

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


class CrossBlock(nn.Module):
    """Mix between positions, read the memory, then think inside each.

    Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762: a decoder's layer.
    """

    def __init__(
        self,
        mixer: Mixer,
        mixer_residual: Residual,
        cross: CrossMixer,
        cross_residual: Residual,
        ffn: nn.Module,
        ffn_residual: Residual,
    ) -> None:
        super().__init__()
        self.mixer, self.mixer_residual = mixer, mixer_residual
        self.cross, self.cross_residual = cross, cross_residual
        self.ffn, self.ffn_residual = ffn, ffn_residual

    def forward(self, x: Tensor, memory: Memory) -> Tensor:
        """A whole target (B, T, D), with the memory of its source."""
        x = self.mixer_residual.join(x, self.mixer(self.mixer_residual.enter(x)))
        x = self.cross_residual.join(x, self.cross(self.cross_residual.enter(x), memory))
        return self.ffn_residual.join(x, self.ffn(self.ffn_residual.enter(x)))

    def advance(
        self, x: Tensor, state: State, remembered: Shared, token_mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """New positions (B, T, D) with what is remembered of their sources, and the state of the mixer."""
        y, state = self.mixer.advance(self.mixer_residual.enter(x), state, token_mask)
        x = self.mixer_residual.join(x, y)
        x = self.cross_residual.join(x, self.cross.read_shared(self.cross_residual.enter(x), remembered))
        return self.ffn_residual.join(x, self.ffn(self.ffn_residual.enter(x))), state
