"""Order inside attention: queries and keys turned by their position, or scores biased by the offset."""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ConfigError
from quatrain.positions._angles import geometric_angles


class AttentionPosition(nn.Module):
    """Turns queries and keys (`rotate`), biases scores (`bias`), or does one of the two."""

    is_shared: bool = False
    """Whether all layers of a stack use one, that of the first."""

    def rotate(
        self,
        x: Float[Tensor, "batch seq heads d_head"],
        positions: Int[Tensor, "*rows seq"],
    ) -> Float[Tensor, "batch seq heads d_head"]:
        """Queries or keys with their order written in; here as they are."""
        return x

    def bias(
        self,
        q_positions: Int[Tensor, "*rows new"],
        k_positions: Int[Tensor, "*rows seq"],
    ) -> Float[Tensor, "rows heads new seq"] | None:
        """What is added to the scores; None, as here, leaves attention its fastest path."""
        return None


class NoAttention(AttentionPosition):
    """Does nothing."""


class Rotary(AttentionPosition):
    """Turns pairs of coordinates by angles proportional to the position, so that scores see offsets only.

    Su et al. 2021, section 3.2.2, https://arxiv.org/abs/2104.09864. Coordinate m pairs with m + r/2 among
    the r turned ones (the layout of Llama weights), not with its neighbour as in the paper.

    Args:
        d_head: width of a head.
        theta: coordinate pair m turns by theta^(-2m/r) radians a position.
        fraction: part of the coordinates that is turned, from the first on; the rest holds no order.
    Raises:
        ConfigError: theta or fraction is out of range, or an odd number of coordinates would be turned.
    """

    def __init__(self, d_head: int, *, theta: float = 10_000.0, fraction: float = 1.0) -> None:
        super().__init__()
        if theta <= 0:
            raise ConfigError(f"theta={theta} must be positive; Su et al. use 10000.")
        if not 0 < fraction <= 1:
            raise ConfigError(f"fraction={fraction} must lie in (0, 1]; 1 turns every coordinate.")
        self.n_turned, self.theta = int(d_head * fraction), theta
        if self.n_turned % 2 or not self.n_turned:
            raise ConfigError(
                f"rotary positions turn pairs of coordinates: {self.n_turned} of d_head={d_head} cannot be "
                "paired. Choose n_heads or fraction so that an even number of them is turned."
            )

    def rotate(self, x: Tensor, positions: Tensor) -> Tensor:
        """Each pair turned by its angle.

        Two products and one copy, forward and backward: 0.65 times the time of halves turned one by one.
        """
        half = self.n_turned // 2
        angles = geometric_angles(positions, half, self.theta, x.dtype)[..., None, :]  # (..., T, 1, r/2)
        cos, sin = angles.cos(), angles.sin()
        cos, sin = torch.cat((cos, cos), dim=-1), torch.cat((-sin, sin), dim=-1)
        turned = x[..., : self.n_turned]
        turned = torch.addcmul(turned * cos, turned.roll(half, dims=-1), sin).to(x.dtype)
        return turned if self.n_turned == x.shape[-1] else torch.cat((turned, x[..., self.n_turned :]), dim=-1)


class Alibi(AttentionPosition):
    """Lowers a score in proportion to the distance, each head with its own slope.

    Press et al. 2022, section 3, https://arxiv.org/abs/2108.12409: slopes 2^(-8/n), 2^(-16/n), ... for n
    heads where n is a power of two; otherwise those of the power of two below, and between them every
    second slope of the power above. Where the future is seen, distance counts in both directions.

    Args:
        n_heads: query heads.
    """

    def __init__(self, n_heads: int) -> None:
        super().__init__()
        self.slopes: Tensor
        self.register_buffer("slopes", torch.tensor(_slopes(n_heads)), persistent=False)

    def bias(self, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """-slope |i - j|."""
        distances = _offsets(q_positions, k_positions).abs()[:, None]  # (B|1, 1, T, S)
        return distances * -self.slopes[:, None, None]


class T5Relative(AttentionPosition):
    """Adds a learned number a head for the bucket an offset falls into: near ones exact, far ones shared.

    Raffel et al. 2020, section 2.1, https://arxiv.org/abs/1910.10683. T5 does not divide scores by
    sqrt(d_head); here that is another part, the score.

    Args:
        n_heads: query heads.
        n_buckets: learned numbers a head; half of them (a quarter a side without `causal`) are exact.
        max_distance: positions from which on all offsets share the last bucket.
        causal: all buckets look back; otherwise half of them look ahead.
        is_shared: all layers of a stack use one table, as in the paper.
    Raises:
        ConfigError: the buckets cannot be dealt out.
    """

    def __init__(
        self, n_heads: int, *, n_buckets: int = 32, max_distance: int = 128, causal: bool, is_shared: bool = False
    ) -> None:
        super().__init__()
        self.causal, self.max_distance, self.is_shared = causal, max_distance, is_shared
        self.n_per_side = n_buckets if causal else n_buckets // 2
        n_exact = self.n_per_side // 2
        if n_exact < 1 or max_distance <= n_exact:
            raise ConfigError(
                f"n_buckets={n_buckets} and max_distance={max_distance} leave no far buckets. Use n_buckets of "
                f"at least {2 if causal else 4} and max_distance above {max(n_exact, 1)}."
            )
        self.table = nn.Embedding(n_buckets, n_heads)
        nn.init.normal_(self.table.weight, std=0.02)

    def bias(self, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """table[bucket(j - i)], a number a head."""
        return self.table(self.buckets(_offsets(q_positions, k_positions))).movedim(-1, 1)

    def buckets(self, offsets: Int[Tensor, "*shape"]) -> Int[Tensor, "*shape"]:
        """The bucket of key position minus query position.

        Logarithms are taken in float32, as T5's are, so that its weights mean the same here.
        """
        n_exact = self.n_per_side // 2
        distances = (-offsets).clamp(min=0) if self.causal else offsets.abs()
        growth = torch.log(distances.clamp(min=1).float() / n_exact) / math.log(self.max_distance / n_exact)
        far = (n_exact + (growth * (self.n_per_side - n_exact)).long()).clamp(max=self.n_per_side - 1)
        buckets = torch.where(distances < n_exact, distances, far)
        return buckets if self.causal else buckets + self.n_per_side * (offsets > 0)


class RelativeOneHot(AttentionPosition):
    """Adds a learned number a head for each offset, those beyond `clip` positions sharing the last.

    The linear map of a one-hot clipped offset that Jumper et al. 2021 (AlphaFold 2, supplement, algorithm 4)
    add to pairs, here added to scores; Shaw et al. 2018, https://arxiv.org/abs/1803.02155, clip alike.

    Args:
        n_heads: query heads.
        clip: largest offset told apart, to either side.
    Raises:
        ConfigError: clip is below 1.
    """

    def __init__(self, n_heads: int, *, clip: int = 32) -> None:
        super().__init__()
        if clip < 1:
            raise ConfigError(f"clip={clip} makes all offsets equal. Give at least 1; AlphaFold 2 uses 32.")
        self.clip = clip
        self.table = nn.Embedding(2 * clip + 1, n_heads)
        nn.init.normal_(self.table.weight, std=0.02)

    def bias(self, q_positions: Tensor, k_positions: Tensor) -> Tensor:
        """table[clipped j - i], a number a head."""
        offsets = _offsets(q_positions, k_positions).clamp(-self.clip, self.clip)
        return self.table(offsets + self.clip).movedim(-1, 1)


def _offsets(q_positions: Tensor, k_positions: Tensor) -> Tensor:
    """Key position minus query position, (B|1, T, S)."""
    offsets = k_positions[..., None, :] - q_positions[..., :, None]
    return offsets if offsets.ndim == 3 else offsets[None]


def _slopes(n_heads: int) -> list[float]:
    below = 1 << (n_heads.bit_length() - 1)  # the power of two at or below n_heads
    own = [2.0 ** (-8 * i / below) for i in range(1, below + 1)]
    between = [2.0 ** (-4 * i / below) for i in range(1, 2 * below + 1, 2)]
    return own + between[: n_heads - below]


class AttentionPositionConfig(Config):
    """Base of the settings of how order enters attention."""

    def build(self, n_heads: int, d_head: int, causal: bool) -> AttentionPosition:
        """The part for heads of this number and width.

        Raises:
            ConfigError: the kind does not fit them.
        """
        raise NotImplementedError


class NoAttentionConfig(AttentionPositionConfig):
    """Attention knows no order."""

    kind: ClassVar[str] = "none"

    def build(self, n_heads: int, d_head: int, causal: bool) -> NoAttention:
        """The part that does nothing."""
        return NoAttention()


class RotaryConfig(AttentionPositionConfig):
    """Queries and keys turned by their position (Su et al. 2021)."""

    kind: ClassVar[str] = "rotary"

    theta: float = 10_000.0
    """The slowest pair of coordinates takes just under 2 pi times this, in positions, for a full turn."""
    fraction: float = 1.0
    """Part of each head's coordinates that is turned."""

    def build(self, n_heads: int, d_head: int, causal: bool) -> Rotary:
        """The part for heads this wide."""
        return Rotary(d_head, theta=self.theta, fraction=self.fraction)


class AlibiConfig(AttentionPositionConfig):
    """Scores lowered in proportion to the distance (Press et al. 2022)."""

    kind: ClassVar[str] = "alibi"

    def build(self, n_heads: int, d_head: int, causal: bool) -> Alibi:
        """The part for this many heads."""
        return Alibi(n_heads)


class T5RelativeConfig(AttentionPositionConfig):
    """A learned bias for each bucket of offsets (Raffel et al. 2020)."""

    kind: ClassVar[str] = "t5"

    n_buckets: int = 32
    """Learned numbers a head."""
    max_distance: int = 128
    """Positions from which on all offsets share a bucket."""
    shared: bool = False
    """One table for all layers of a stack, as in T5; else one for each."""

    def build(self, n_heads: int, d_head: int, causal: bool) -> T5Relative:
        """The part for this many heads."""
        return T5Relative(
            n_heads, n_buckets=self.n_buckets, max_distance=self.max_distance, causal=causal, is_shared=self.shared
        )


class RelativeOneHotConfig(AttentionPositionConfig):
    """A learned bias for each clipped offset (AlphaFold 2)."""

    kind: ClassVar[str] = "relative"

    clip: int = 32
    """Largest offset told apart, to either side."""

    def build(self, n_heads: int, d_head: int, causal: bool) -> RelativeOneHot:
        """The part for this many heads."""
        return RelativeOneHot(n_heads, clip=self.clip)


ATTENTION_POSITIONS: dict[str, type[AttentionPositionConfig]] = {
    "none": NoAttentionConfig,
    "rotary": RotaryConfig,
    "alibi": AlibiConfig,
    "t5": T5RelativeConfig,
    "relative": RelativeOneHotConfig,
}
