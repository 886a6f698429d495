"""How a query is compared with a key: parts that prepare both, so that a dot product gives the score."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from quatrain.config import Config, one_of
from quatrain.layers.norms import NORMS, NormConfig, RMSNormConfig


class Score(nn.Module):
    """The dot product of queries and keys as they are.

    Args:
        scale: what it is multiplied by: d_head**-0.5 in Vaswani et al. 2017, eq. 1.
    """

    def __init__(self, scale: float) -> None:
        super().__init__()
        self.scale = scale

    def queries(self, q: Float[Tensor, "batch new heads d_head"]) -> Float[Tensor, "batch new heads d_head"]:
        """Queries whose dot product with the keys, times `scale`, is the score."""
        return q

    def keys(self, k: Float[Tensor, "batch seq kv_heads d_head"]) -> Float[Tensor, "batch seq kv_heads d_head"]:
        """Such keys."""
        return k

    def forward(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """Both."""
        return self.queries(q), self.keys(k)


class CosineScore(Score):
    """The cosine of the angle between query and key, times a learned temperature a head.

    Henry et al. 2020, "Query-Key Normalization for Transformers", eq. 4; lecture 004 draws it.
    """

    def __init__(self, n_heads: int) -> None:
        super().__init__(1.0)
        self.temperature = nn.Parameter(torch.full((n_heads, 1), 10.0))

    def queries(self, q: Tensor) -> Tensor:
        """Of length 1, times the temperature of their head."""
        return F.normalize(q, dim=-1) * self.temperature

    def keys(self, k: Tensor) -> Tensor:
        """Of length 1."""
        return F.normalize(k, dim=-1)


class NormedScore(Score):
    """The scaled dot product of normed queries and keys (Dehghani et al. 2023; Qwen3, Gemma 3).

    Args:
        scale: what the dot product is multiplied by.
        q_norm: over the coordinates of a head.
        k_norm: the same for keys.
    """

    def __init__(self, scale: float, q_norm: nn.Module, k_norm: nn.Module) -> None:
        super().__init__(scale)
        self.q_norm, self.k_norm = q_norm, k_norm

    def queries(self, q: Tensor) -> Tensor:
        """Normed."""
        return self.q_norm(q)

    def keys(self, k: Tensor) -> Tensor:
        """Normed."""
        return self.k_norm(k)


class ScoreConfig(Config):
    """Scaled dot product."""

    kind: ClassVar[str] = "scaled_dot"

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads this wide."""
        return Score(d_head**-0.5)


class DotScoreConfig(ScoreConfig):
    """Dot product, not scaled: T5's, whose weights start smaller instead."""

    kind: ClassVar[str] = "dot"

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads of any width."""
        return Score(1.0)


class CosineScoreConfig(ScoreConfig):
    """Cosine of query and key, with a learned temperature."""

    kind: ClassVar[str] = "cosine"

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads this wide."""
        return CosineScore(n_heads)


class NormedScoreConfig(ScoreConfig):
    """Scaled dot product of normed queries and keys."""

    kind: ClassVar[str] = "qk_norm"

    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = RMSNormConfig(affine=False)
    """What norms them: rmsnorm or layernorm."""

    def build(self, d_head: int, n_heads: int) -> Score:
        """The part for heads this wide."""
        return NormedScore(d_head**-0.5, self.norm.build(d_head), self.norm.build(d_head))


SCORES: dict[str, type[ScoreConfig]] = {
    "scaled_dot": ScoreConfig,
    "dot": DotScoreConfig,
    "cosine": CosineScoreConfig,
    "qk_norm": NormedScoreConfig,
}

AnyScore = Annotated[ScoreConfig, one_of(lambda: SCORES)]
"""A score as a setting."""
