"""Mixing nothing: what a model can do without any flow between positions."""

from __future__ import annotations

from typing import ClassVar

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.mixers._base import Mixer, MixerConfig


class Pointwise(Mixer):
    """A linear map of every position by itself, so that a stack of such blocks is a position-wise MLP.

    The control in every comparison: what it learns, no flow between positions was needed for.

    Args:
        d_model: width of the residual stream, in and out.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.out_proj = nn.Linear(d_model, d_model, bias=False)

    def forward(
        self,
        x: Float[Tensor, "batch seq d_model"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Map every position."""
        return self.out_proj(x)

    def init_state(self, batch_size: int) -> tuple[()]:
        """Nothing."""
        return ()

    def advance(
        self,
        x: Float[Tensor, "batch new d_model"],
        state: tuple[()],
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new d_model"], tuple[()]]:
        """Map new positions."""
        return self.out_proj(x), state

    def state_size(self, seq_len: int) -> int:
        """Nothing is remembered."""
        return 0

    @property
    def reach(self) -> int | None:
        """The position itself."""
        return 0


class PointwiseConfig(MixerConfig):
    """No mixing: a linear map in its place."""

    kind: ClassVar[str] = "pointwise"

    def build(self, d_model: int) -> Pointwise:
        """A map as wide as the residual stream."""
        return Pointwise(d_model)

    def ahead(self) -> PointwiseConfig:
        """Itself: it sees nothing but the position."""
        return self
