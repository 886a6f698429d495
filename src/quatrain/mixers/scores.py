"""How a query is compared with a key: parts that prepare both, so that a dot product gives the score."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from quatrain.config import Config


class Score(nn.Module):
    """The scaled dot product of Vaswani et al. 2017, eq. 1: queries and keys as they are."""

    def __init__(self, d_head: int) -> None:
        super().__init__()
        self.scale = d_head**-0.5

    def forward(
        self, q: Float[Tensor, "batch new heads d_head"], k: Float[Tensor, "batch new kv_heads d_head"]
    ) -> tuple[Tensor, Tensor]:
        """Queries and keys whose dot product times `scale` is the score."""
        return q, k


class CosineScore(Score):
    """The cosine of the angle between query and key, times a learned temperature a head.

    Henry et al. 2020, "Query-Key Normalization for Transformers", eq. 4; lecture 004 draws it.
    """

    def __init__(self, d_head: int, n_heads: int) -> None:
        super().__init__(d_head)
        self.scale = 1.0
        self.temperature = nn.Parameter(torch.full((n_heads, 1), 10.0))

    def forward(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Unit keys, and unit queries times the temperature of their head."""
        return F.normalize(q, dim=-1) * self.temperature, F.normalize(k, dim=-1)


class NormedScore(Score):
    """The scaled dot product of queries and keys brought to unit root mean square (Qwen3, Gemma 3).

    Args:
        affine: a learned gain a coordinate, one for queries and one for keys.
    """

    def __init__(self, d_head: int, *, affine: bool, eps: float) -> None:
        super().__init__(d_head)
        self.q_norm = nn.RMSNorm(d_head, eps=eps, elementwise_affine=affine)
        self.k_norm = nn.RMSNorm(d_head, eps=eps, elementwise_affine=affine)

    def forward(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Normed queries and keys."""
        return self.q_norm(q), self.k_norm(k)


class ScoreConfig(Config):
    """Scaled dot product."""

    kind: ClassVar[str] = "scaled_dot"

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads this wide."""
        return Score(d_head)


class CosineScoreConfig(ScoreConfig):
    """Cosine of query and key, with a learned temperature."""

    kind: ClassVar[str] = "cosine"

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads this wide."""
        return CosineScore(d_head, n_heads)


class NormedScoreConfig(ScoreConfig):
    """Scaled dot product of normed queries and keys."""

    kind: ClassVar[str] = "qk_norm"

    affine: bool = False
    """Learn a gain a coordinate."""
    eps: float = 1e-6
    """Added to the mean square."""

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads this wide."""
        return NormedScore(d_head, affine=self.affine, eps=self.eps)


SCORES: dict[str, type[ScoreConfig]] = {
    "scaled_dot": ScoreConfig,
    "cosine": CosineScoreConfig,
    "qk_norm": NormedScoreConfig,
}
