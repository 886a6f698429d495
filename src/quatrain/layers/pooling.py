"""From the vectors of a sequence to one: the vector that a class is told from."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from quatrain.config import Config


class Pooling(nn.Module):
    """One vector for a row; padding changes nothing, and at least one position of a row is real."""

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], token_mask: Bool[Tensor, "batch seq"] | None = None
    ) -> Float[Tensor, "batch d_model"]:
        """The vector of each row."""
        raise NotImplementedError


class FirstPooling(Pooling):
    """The vector of the first position: where a class token stands (Devlin et al. 2019, section 3)."""

    def forward(self, x: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """The first real position."""
        return x[:, 0] if token_mask is None else _at(x, token_mask.long().argmax(dim=1))


class LastPooling(Pooling):
    """The vector of the last position: the only one that has read all, where nothing looks ahead."""

    def forward(self, x: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """The last real position."""
        if token_mask is None:
            return x[:, -1]
        return _at(x, x.shape[1] - 1 - token_mask.flip(1).long().argmax(dim=1))


class MeanPooling(Pooling):
    """The mean of all positions."""

    def forward(self, x: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """The mean of the real positions."""
        if token_mask is None:
            return x.mean(dim=1)
        kept = token_mask[..., None]
        return x.masked_fill(~kept, 0.0).sum(dim=1) / kept.sum(dim=1).to(x.dtype)


class MaxPooling(Pooling):
    """The largest value of each coordinate (Collobert and Weston 2008)."""

    def forward(self, x: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """The largest among the real positions."""
        return (x if token_mask is None else x.masked_fill(~token_mask[..., None], -torch.inf)).amax(dim=1)


class AttentionPooling(Pooling):
    """A mean with learned weights: softmax over positions of a score of each vector.

    Lin et al. 2017, "A structured self-attentive sentence embedding", https://arxiv.org/abs/1703.03130, with one row.

    Args:
        d_model: width of the vectors.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.score = nn.Sequential(nn.Linear(d_model, d_model), nn.Tanh(), nn.Linear(d_model, 1, bias=False))

    def forward(self, x: Tensor, token_mask: Tensor | None = None) -> Tensor:
        """The weighted mean."""
        if token_mask is not None:  # what stands in padding may be no number, and nothing times that is none
            x = x.masked_fill(~token_mask[..., None], 0.0)
        scores = self.score(x)  # (B, T, 1)
        if token_mask is not None:
            scores = scores.masked_fill(~token_mask[..., None], -torch.inf)
        weights = scores.softmax(dim=1, dtype=torch.promote_types(x.dtype, torch.float32)).to(x.dtype)
        return (weights * x).sum(dim=1)


def _at(x: Tensor, positions: Tensor) -> Tensor:
    return x[torch.arange(len(x), device=x.device), positions]


class PoolingConfig(Config):
    """Base of the settings of a pooling."""

    def build(self, d_model: int) -> Pooling:
        """The pooling of vectors of a width."""
        raise NotImplementedError


class FirstPoolingConfig(PoolingConfig):
    """The first position."""

    kind: ClassVar[str] = "first"

    def build(self, d_model: int) -> FirstPooling:
        """Without weights."""
        return FirstPooling()


class LastPoolingConfig(PoolingConfig):
    """The last position."""

    kind: ClassVar[str] = "last"

    def build(self, d_model: int) -> LastPooling:
        """Without weights."""
        return LastPooling()


class MeanPoolingConfig(PoolingConfig):
    """The mean of all positions."""

    kind: ClassVar[str] = "mean"

    def build(self, d_model: int) -> MeanPooling:
        """Without weights."""
        return MeanPooling()


class MaxPoolingConfig(PoolingConfig):
    """The maximum of all positions."""

    kind: ClassVar[str] = "max"

    def build(self, d_model: int) -> MaxPooling:
        """Without weights."""
        return MaxPooling()


class AttentionPoolingConfig(PoolingConfig):
    """A mean with learned weights."""

    kind: ClassVar[str] = "attention"

    def build(self, d_model: int) -> AttentionPooling:
        """A freshly initialised pooling."""
        return AttentionPooling(d_model)


POOLINGS: dict[str, type[PoolingConfig]] = {
    config.kind: config
    for config in (
        FirstPoolingConfig, LastPoolingConfig, MeanPoolingConfig, MaxPoolingConfig, AttentionPoolingConfig,
    )
}  # fmt: skip
"""Words for files."""
