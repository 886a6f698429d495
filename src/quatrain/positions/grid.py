"""Order in two dimensions, added to the embedded patches of a picture."""

from __future__ import annotations

from typing import ClassVar, NoReturn

import torch
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.positions._angles import geometric_angles
from quatrain.positions.input import InputPosition, InputPositionConfig


class GridSinusoidal(InputPosition):
    """Adds waves of the row to one half of the coordinates and of the column to the other.

    As in Vaswani et al. 2017, section 3.5, for each of the two; Beyer et al. 2022, "Better plain ViT baselines for
    ImageNet-1k", https://arxiv.org/abs/2205.01580, section 2, use it for pictures. Sines stand before cosines.

    Args:
        d_model: width of the input; a multiple of 4.
        n_columns: patches in a row of the picture.
        n_before: positions in front of the first patch, such as a class token; nothing is added to them.
        base: the longest wavelength is just under 2 pi base patches.
    Raises:
        ConfigError: d_model is no multiple of 4.
    """

    def __init__(self, d_model: int, *, n_columns: int, n_before: int, base: float) -> None:
        super().__init__()
        if d_model % 4:
            raise ConfigError(
                f"grid positions fill pairs of coordinates for rows and for columns: d_model={d_model} is no multiple "
                f"of 4. Try d_model={-(-d_model // 4) * 4}."
            )
        self.n_angles, self.n_columns, self.n_before, self.base = d_model // 4, n_columns, n_before, base

    def forward(self, x: Tensor, positions: Tensor) -> Tensor:
        """x_i + (sin row, cos row, sin column, cos column)."""
        places = positions - self.n_before
        where = torch.stack((places // self.n_columns, places % self.n_columns), dim=-1)  # (..., T, 2)
        angles = geometric_angles(where, self.n_angles, self.base, x.dtype)  # (..., T, 2, D/4)
        waves = torch.cat((angles.sin(), angles.cos()), dim=-1).flatten(-2)
        return x + torch.where((places >= 0)[..., None], waves, 0.0).to(x.dtype)


class GridSinusoidalConfig(InputPositionConfig):
    """Sines and cosines of the row and of the column, for patches of pictures."""

    kind: ClassVar[str] = "grid"

    base: float = 10_000.0
    """The longest wavelength is just under 2 pi times this, in patches."""

    def build(self, d_model: int, max_seq_len: int | None) -> NoReturn:
        """Declined: a sequence has one dimension.

        Raises:
            ConfigError: always.
        """
        raise ConfigError("grid positions are for patches of pictures. For a sequence use sinusoidal or learned.")

    def build_grid(self, d_model: int, n_before: int, grid: tuple[int, int]) -> GridSinusoidal:
        """The part for an input this wide and patches in such a grid."""
        return GridSinusoidal(d_model, n_columns=grid[1], n_before=n_before, base=self.base)
