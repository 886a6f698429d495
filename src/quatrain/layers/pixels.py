"""From pixels to vectors: their scale, and patches of them as tokens."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class Standardise(nn.Module):
    """Pixels less the mean of their channel, over its standard deviation.

    Args:
        mean: of each channel, of pixels in 0..1.
        std: of each channel; above 0.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float64).float()[:, None, None], False)

    def forward(self, pixels: Float[Tensor, "batch channels height width"]) -> Tensor:
        """Mean 0 and variance 1 over the pictures that were measured."""
        return (pixels - self.mean) / self.std


class PatchEmbedding(nn.Module):
    """Cuts a picture into patches, row by row, and maps each to a vector by one matrix.

    Dosovitskiy et al. 2021, eq. 1, https://arxiv.org/abs/2010.11929: a convolution whose stride is as wide as its
    kernel; the rows of the matrix are that kernel's, channel by channel. A picture that patches do not tile is
    continued with zeros at its right and lower edge.

    Args:
        image_size: height and width of a picture.
        patch_size: height and width of a patch.
        n_channels: 1 for grey, 3 for colour.
        d_model: width of the vectors.
    """

    def __init__(self, image_size: tuple[int, int], patch_size: tuple[int, int], n_channels: int, d_model: int) -> None:
        super().__init__()
        self.patch_size = patch_size
        self.missing = tuple(-size % patch for size, patch in zip(image_size, patch_size, strict=True))
        self.proj = nn.Linear(n_channels * patch_size[0] * patch_size[1], d_model)

    def forward(self, pixels: Float[Tensor, "batch channels height width"]) -> Float[Tensor, "batch patches d_model"]:
        """A vector for each patch."""
        if any(self.missing):
            pixels = F.pad(pixels, (0, self.missing[1], 0, self.missing[0]))
        height, width = self.patch_size
        grid = pixels.unflatten(3, (-1, width)).unflatten(2, (-1, height))  # (B, C, rows, height, columns, width)
        return self.proj(grid.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2))
