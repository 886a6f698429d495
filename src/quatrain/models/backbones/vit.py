"""Patches of a picture as tokens, then blocks that look everywhere: ViT, MLP-Mixer, and the recurrent one."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import torch
from jaxtyping import Float
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.layers.pixels import PatchEmbedding, Standardise
from quatrain.models._start import draw_start
from quatrain.models.backbones._base import Features
from quatrain.models.backbones._stacked import StackedConfig
from quatrain.models.backbones.images import HeightWidth, ImageBackbone, ImageBackboneConfig
from quatrain.models.stack import Encoder
from quatrain.ops.flops import matrix_flops
from quatrain.positions import INPUT_POSITIONS, InputPositionConfig, LearnedConfig


class ViT(ImageBackbone):
    """Reads a picture patch by patch.

    Dosovitskiy et al. 2021, https://arxiv.org/abs/2010.11929, with attention in the blocks; with a `token_mlp` in its
    place the MLP-Mixer of Tolstikhin et al. 2021, with a recurrent network one that reads rows or patches in order.

    Args:
        n_channels: 1 for grey, 3 for colour.
        image_size: height and width.
        standardise: brings pixels to scale.
        embedding: patches to vectors.
        stack: order, norm and dropout of the embedded patches, the blocks, the last norm.
        d_model: width of the vectors.
        n_positions: patches, and the class token.
        class_token: whether a learned vector, zero at the start, stands before the patches.
    """

    def __init__(
        self,
        n_channels: int,
        image_size: tuple[int, int],
        standardise: Standardise,
        embedding: PatchEmbedding,
        stack: Encoder,
        *,
        d_model: int,
        n_positions: int,
        class_token: bool,
    ) -> None:
        super().__init__(n_channels, image_size, standardise)
        self.d_model, self.n_positions, self.max_seq_len = d_model, n_positions, n_positions
        self.embedding, self.stack = embedding, stack
        self.class_token = nn.Parameter(torch.zeros(d_model)) if class_token else None

    def forward(self, pixels: Float[Tensor, "batch channels height width"]) -> Features:
        """A vector for each patch, the class token's before them.

        Args:
            pixels: in 0..1.

        Raises:
            ShapeError: the pictures have another size.
        """
        x = self.embedding(self.scaled(pixels))
        if self.class_token is not None:
            x = torch.cat((self.class_token.to(x.dtype).expand(len(x), 1, -1), x), dim=1)
        return Features(self.stack(x, None))

    def flops(self, seq_len: int) -> int:
        """Embedding, mixers and feed-forwards over one picture, whatever `seq_len` says."""
        n = self.n_positions
        n_patches = n - (self.class_token is not None)
        blocks = sum(block.mixer.flops(n) + n * matrix_flops(block.ffn) for block in self.stack.stack())
        return n_patches * matrix_flops(self.embedding) + blocks


class ViTConfig(StackedConfig, ImageBackboneConfig):
    """Patches of a picture through blocks."""

    kind: ClassVar[str] = "vit"

    patch_size: HeightWidth = (4, 4)
    """Height and width of a patch; one number where they are equal."""
    class_token: bool = False
    """A learned vector before the patches, for pooling=first."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = LearnedConfig()
    """What is added to the embedded patches: none, learned, grid (sinusoidal in two dimensions), or a kind for
    sequences, in which they are read row by row."""

    @model_validator(mode="after")
    def _check_patches(self) -> Self:
        if min(self.patch_size) < 1 or any(p > size for p, size in zip(self.patch_size, self.image_size, strict=True)):
            raise ValueError(f"patch_size={self.patch_size} must lie between 1 and image_size={self.image_size}.")
        return self

    @property
    def grid(self) -> tuple[int, int]:
        """Patches below and beside each other."""
        (height, width), (down, across) = self.image_size, self.patch_size
        return -(-height // down), -(-width // across)

    @property
    def n_positions(self) -> int:
        """Patches, and the class token."""
        return self.class_token + self.grid[0] * self.grid[1]

    def build(self) -> ViT:
        """A freshly initialised backbone; draws from torch's global generator.

        Raises:
            ConfigError: two settings contradict each other.
        """
        model = ViT(
            self.n_channels,
            self.image_size,
            self.scale(),
            PatchEmbedding(self.image_size, self.patch_size, self.n_channels, self.d_model),
            self.stack(self.position.build_grid(self.d_model, int(self.class_token), self.grid)),
            d_model=self.d_model,
            n_positions=self.n_positions,
            class_token=self.class_token,
        )
        draw_start(model, self.start_of)
        return model
