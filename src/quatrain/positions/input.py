"""Order added to the embedded input."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ConfigError, ShapeError
from quatrain.positions._angles import geometric_angles


class InputPosition(nn.Module):
    """Adds to each vector something that depends on its position."""

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], positions: Int[Tensor, "*rows seq"]
    ) -> Float[Tensor, "batch seq d_model"]:
        """The input with its order written in."""
        raise NotImplementedError


class NoInput(InputPosition):
    """Adds nothing."""

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """The input itself."""
        return x


class Sinusoidal(InputPosition):
    """Adds sines (even coordinates) and cosines (odd ones) whose wavelengths grow geometrically.

    Vaswani et al. 2017, section 3.5, https://arxiv.org/abs/1706.03762

    Args:
        d_model: width of the input; even.
        base: the longest wavelength is just under 2 pi base positions.
        axis: of the pairs of waves, along which they are laid out: -1, a sine beside its cosine; -2, all sines
            before all cosines, as Marian has them.
    Raises:
        ConfigError: d_model is odd, or base is not positive.
    """

    def __init__(self, d_model: int, *, base: float = 10_000.0, axis: int = -1) -> None:
        super().__init__()
        self.n_pairs, self.base, self.axis = _pairs(d_model, "sinusoidal"), base, axis
        if base <= 0:
            raise ConfigError(f"base={base} must be positive; Vaswani et al. use 10000.")

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x_i + (sin, cos, sin, cos, ...), or x_i + (sin, sin, ..., cos, cos, ...)."""
        angles = geometric_angles(positions, self.n_pairs, self.base, x.dtype)  # (..., T, D/2)
        return x + torch.stack((angles.sin(), angles.cos()), dim=self.axis).flatten(-2).to(x.dtype)


class LectureSinusoidal(InputPosition):
    """Adds the simplified waves of lecture 000: harmonics of one slow wave, cosine first.

    Coordinates 2m - 1 and 2m (counted from 1) hold cos(m i / 10000) and sin(m i / 10000). Positions nearer
    than about 50 look alike (cosine 0.75 at 50 for 512 coordinates): drawn to be compared, not to be best.

    Args:
        d_model: width of the input; even.
    Raises:
        ConfigError: d_model is odd.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.n_pairs = _pairs(d_model, "lecture")

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x_i + (cos i', sin i', cos 2i', sin 2i', ...) with i' = i / 10000."""
        wide = torch.promote_types(x.dtype, torch.float32)
        harmonics = torch.arange(1, self.n_pairs + 1, device=x.device, dtype=wide)
        angles = positions.to(wide)[..., None] * harmonics / 10_000  # (..., T, D/2)
        return x + torch.stack((angles.cos(), angles.sin()), dim=-1).flatten(-2).to(x.dtype)


class OneHot(InputPosition):
    """Adds the unit vector of the position: x_i + e_i.

    Positions are orthogonal and none beyond the last is known; content in the same coordinates collides.

    Args:
        d_model: width of the input; at least max_seq_len.
        max_seq_len: most positions.
    Raises:
        ConfigError: there are more positions than coordinates.
    """

    def __init__(self, d_model: int, max_seq_len: int) -> None:
        super().__init__()
        self.max_seq_len = max_seq_len
        if d_model < max_seq_len:
            raise ConfigError(
                f"onehot positions need a coordinate each: d_model={d_model} is less than "
                f"max_seq_len={max_seq_len}. Use d_model={max_seq_len}, max_seq_len={d_model}, or another "
                "position, such as sinusoidal."
            )

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x_i + e_i.

        Raises:
            ShapeError: a position lies beyond the last.
        """
        _refuse_beyond(positions, self.max_seq_len)
        coordinates = torch.arange(x.shape[-1], device=x.device)
        return x + (positions[..., None] == coordinates).to(x.dtype)  # padding (-1) equals none


class Learned(InputPosition):
    """Adds a learned vector a position, N(0, 0.02) at the start.

    Gehring et al. 2017, section 3.1, https://arxiv.org/abs/1705.03122; GPT-2 and BERT use it.

    Args:
        d_model: width of the input.
        max_seq_len: most positions.
    """

    def __init__(self, d_model: int, max_seq_len: int) -> None:
        super().__init__()
        self.table = nn.Embedding(max_seq_len, d_model)
        nn.init.normal_(self.table.weight, std=0.02)

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x_i + table[i].

        Raises:
            ShapeError: a position lies beyond the last.
        """
        _refuse_beyond(positions, self.table.num_embeddings)
        return x + self.table(positions.clamp(min=0))


def _pairs(d_model: int, kind: str) -> int:
    if d_model % 2:
        raise ConfigError(f"{kind} positions fill pairs of coordinates: d_model={d_model} is odd. Make it even.")
    return d_model // 2


def _refuse_beyond(positions: Tensor, max_seq_len: int) -> None:
    if torch.compiler.is_compiling() or not positions.numel():  # a compiled graph has no place to look
        return
    last = int(positions.max())
    if last >= max_seq_len:
        raise ShapeError(
            f"position {last} (counted from 0) lies beyond max_seq_len={max_seq_len}. "
            "Crop the input or train with a larger model.max_seq_len."
        )


class InputPositionConfig(Config):
    """Base of the settings of what is added to the input."""

    def build(self, d_model: int, max_seq_len: int | None) -> InputPosition:
        """The part for an input this wide.

        Raises:
            ConfigError: the kind does not fit the width, or needs a bound on the length and there is none.
        """
        raise NotImplementedError

    def build_grid(self, d_model: int, n_before: int, grid: tuple[int, int]) -> InputPosition:
        """The part for patches in a grid of (rows, columns), read row by row, behind `n_before` other positions.

        Raises:
            ConfigError: the kind does not fit the width.
        """
        return self.build(d_model, n_before + grid[0] * grid[1])

    def _bounded(self, max_seq_len: int | None) -> int:
        if max_seq_len is None:
            raise ConfigError(
                f"{self.kind} positions need to know the longest sequence. Set model.max_seq_len, or use "
                "another position, such as sinusoidal."
            )
        return max_seq_len


class NoInputConfig(InputPositionConfig):
    """Nothing is added."""

    kind: ClassVar[str] = "none"

    def build(self, d_model: int, max_seq_len: int | None) -> NoInput:
        """The part that does nothing."""
        return NoInput()


class SinusoidalConfig(InputPositionConfig):
    """Sines and cosines of geometric wavelengths (Vaswani et al. 2017)."""

    kind: ClassVar[str] = "sinusoidal"

    base: float = 10_000.0
    """The longest wavelength is just under 2 pi times this, in positions."""
    layout: Literal["interleaved", "halves"] = "interleaved"
    """A sine beside its cosine, as in the paper, or all sines before all cosines, as Marian has them."""

    def build(self, d_model: int, max_seq_len: int | None) -> Sinusoidal:
        """The part for an input this wide."""
        return Sinusoidal(d_model, base=self.base, axis=-1 if self.layout == "interleaved" else -2)


class LectureSinusoidalConfig(InputPositionConfig):
    """Harmonics of one slow wave (lecture 000)."""

    kind: ClassVar[str] = "lecture"

    def build(self, d_model: int, max_seq_len: int | None) -> LectureSinusoidal:
        """The part for an input this wide."""
        return LectureSinusoidal(d_model)


class OneHotConfig(InputPositionConfig):
    """The unit vector of the position; needs as many coordinates as positions."""

    kind: ClassVar[str] = "onehot"

    def build(self, d_model: int, max_seq_len: int | None) -> OneHot:
        """The part for an input this wide and this long."""
        return OneHot(d_model, self._bounded(max_seq_len))


class LearnedConfig(InputPositionConfig):
    """A learned vector a position."""

    kind: ClassVar[str] = "learned"

    def build(self, d_model: int, max_seq_len: int | None) -> Learned:
        """The part for an input this wide and this long."""
        return Learned(d_model, self._bounded(max_seq_len))
