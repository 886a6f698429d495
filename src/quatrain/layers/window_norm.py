"""What is taken from a window of a series before it is read, and given back to what is forecast."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from quatrain.config import Config

EPS = 1e-5
"""Added to the variance of a window."""


class Place(NamedTuple):
    """Where each column of each window lay."""

    centre: Float[Tensor, "batch one columns"]
    spread: Float[Tensor, "batch one columns"]


class WindowNorm(nn.Module):
    """Takes nothing: the window as it is."""

    def forward(self, x: Float[Tensor, "batch seq columns"]) -> tuple[Float[Tensor, "batch seq columns"], Place]:
        """The window moved and scaled, and what undoes that: y * spread + centre."""
        place = self.place(x)
        return (x - place.centre) / place.spread, place

    def place(self, x: Float[Tensor, "batch seq columns"]) -> Place:
        """What is taken."""
        return Place(torch.zeros_like(x[:, :1]), torch.ones_like(x[:, :1]))


class LastNorm(WindowNorm):
    """Takes the last value: NLinear of Zeng et al. 2022, https://arxiv.org/abs/2205.13504, section 4."""

    def place(self, x: Tensor) -> Place:
        """The last value; the spread is 1."""
        return Place(x[:, -1:], torch.ones_like(x[:, :1]))


class InstanceNorm(WindowNorm):
    """Takes mean and standard deviation: RevIN of Kim et al. 2022, without its affine map.

    "Reversible instance normalization for accurate time-series forecasting against distribution shift",
    https://openreview.net/forum?id=cGDAkQo1C0p
    """

    def place(self, x: Tensor) -> Place:
        """Mean and standard deviation over the window."""
        return Place(x.mean(dim=1, keepdim=True), (x.var(dim=1, keepdim=True, unbiased=False) + EPS).sqrt())


class WindowNormConfig(Config):
    """Nothing is taken."""

    kind: ClassVar[str] = "none"

    def build(self) -> WindowNorm:
        """Without weights."""
        return WindowNorm()


class LastNormConfig(WindowNormConfig):
    """The last value."""

    kind: ClassVar[str] = "last"

    def build(self) -> LastNorm:
        """Without weights."""
        return LastNorm()


class InstanceNormConfig(WindowNormConfig):
    """Mean and standard deviation (RevIN)."""

    kind: ClassVar[str] = "instance"

    def build(self) -> InstanceNorm:
        """Without weights."""
        return InstanceNorm()


WINDOW_NORMS: dict[str, type[WindowNormConfig]] = {
    config.kind: config for config in (WindowNormConfig, LastNormConfig, InstanceNormConfig)
}
"""Words for files."""
