"""A small convolutional network with batch norm, pooling and residual blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self, cast

import torch
from jaxtyping import Float
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.errors import ShapeError
from quatrain.layers.dropout import Dropout
from quatrain.layers.feedforward import ACTIVATIONS, Activation, ActivationWord
from quatrain.layers.pixels import Standardise
from quatrain.models.backbones._base import Features
from quatrain.models.backbones.images import ImageBackbone, ImageBackboneConfig


class ConvUnit(nn.Module):
    """A 3x3 convolution, a batch norm and what bends: the size of the picture stays.

    In training the norm's statistics are those of the batch, so pictures meet in them (Ioffe and Szegedy 2015).
    """

    def __init__(self, d_in: int, d_out: int, activation: Activation) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(d_in, d_out, 3, padding=1, bias=False), nn.BatchNorm2d(d_out)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out")
        self.activation = activation

    def forward(self, x: Float[Tensor, "batch d_in height width"]) -> Float[Tensor, "batch d_out height width"]:
        """Each place from its neighbourhood.

        Raises:
            ShapeError: training on a single place of a single picture, which has no variance.
        """
        x = self.conv(x)
        if self.training and len(x) * x.shape[2] * x.shape[3] < 2:
            raise ShapeError(
                "a convnet cannot train on one picture that is halved down to one place: it has no variance. Use a "
                "larger batch_size or micro_batch_size, or fewer widths."
            )
        return self.activation(self.norm(x))


class ResidualUnits(nn.Module):
    """x + unit(unit(x)), nothing but x at the start: He et al. 2016, https://arxiv.org/abs/1512.03385.

    Differs from the paper: what bends the second unit stands before the sum.
    """

    def __init__(self, width: int, activation: Activation) -> None:
        super().__init__()
        self.first, self.second = (ConvUnit(width, width, activation) for _ in range(2))
        nn.init.zeros_(self.second.norm.weight)

    def forward(self, x: Float[Tensor, "batch width height width"]) -> Float[Tensor, "batch width height width"]:
        """The sum."""
        return x + self.second(self.first(x))


class Stage(nn.Module):
    """A maximum over 2x2 places, a unit that widens, residual blocks, dropout."""

    def __init__(self, widen: ConvUnit, residual: Sequence[ResidualUnits], dropout: float) -> None:
        super().__init__()
        self.pool, self.widen, self.dropout = nn.MaxPool2d(2), widen, Dropout(dropout)
        self.residual = nn.Sequential(*residual)

    def forward(self, x: Float[Tensor, "batch d_in height width"]) -> Float[Tensor, "batch d_out lower narrower"]:
        """Half as high and wide."""
        return self.dropout(self.residual(self.widen(self.pool(x))))


class ConvNet(ImageBackbone):
    """A unit at full size, then stages, each of which halves the picture.

    The layout is that of David Page's ResNet-9 (2018, "How to train your ResNet"), but a stage pools before it widens,
    which saves a third of the operations; the widths are free.

    Args:
        n_channels: 1 for grey, 3 for colour.
        image_size: height and width.
        standardise: brings pixels to scale.
        stem: the unit at full size.
        stages: first to last.
        d_model: channels at the end.
    """

    def __init__(
        self,
        n_channels: int,
        image_size: tuple[int, int],
        standardise: Standardise,
        stem: ConvUnit,
        stages: Sequence[Stage],
        *,
        d_model: int,
    ) -> None:
        super().__init__(n_channels, image_size, standardise)
        self.d_model, self.stem, self.blocks = d_model, stem, nn.ModuleList(stages)
        height, width = (size >> len(stages) for size in image_size)
        self.max_seq_len = height * width

    def forward(self, pixels: Float[Tensor, "batch channels height width"]) -> Features:
        """A vector for each place of the last map, row by row.

        Args:
            pixels: in 0..1.

        Raises:
            ShapeError: the pictures have another size.
        """
        x = self.stem(self.scaled(pixels).contiguous(memory_format=torch.channels_last))
        for stage in self.blocks:
            x = stage(x)
        return Features(x.permute(0, 2, 3, 1).flatten(1, 2))

    def flops(self, seq_len: int) -> int:
        """The convolutions over one picture, whatever `seq_len` says."""
        height, width = self.image_size
        total = height * width * _kernel_flops(self.stem)
        for stage in cast("list[Stage]", list(self.blocks)):
            height, width = height // 2, width // 2
            total += height * width * _kernel_flops(stage)
        return total


def _kernel_flops(module: nn.Module) -> int:
    """Operations at one place, in the convolutions of a module: two a weight."""
    return sum(2 * part.weight.numel() for part in module.modules() if isinstance(part, nn.Conv2d))


class ConvNetConfig(ImageBackboneConfig):
    """A small convolutional network."""

    kind: ClassVar[str] = "convnet"

    widths: tuple[int, ...] = (32, 64, 128)
    """Channels at full size, then of each stage, which halves height and width."""
    n_blocks: int = 1
    """Residual blocks of each stage; 0: none, as in VGG."""
    activation: ActivationWord = "relu"
    """What bends: a word of a feed-forward's activations."""
    dropout: float = 0.0
    """Probability of dropping a coordinate behind each stage, while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.widths) < 2 or min(self.widths) < 1:
            raise ValueError(f"widths={self.widths} must be two numbers or more, each at least 1.")
        n_stages = len(self.widths) - 1
        if min(self.image_size) >> n_stages < 1:
            raise ValueError(
                f"image_size={self.image_size} cannot be halved {n_stages} times: give fewer widths or larger pictures."
            )
        if self.n_blocks < 0:
            raise ValueError(f"n_blocks={self.n_blocks} must be at least 0.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    def build(self) -> ConvNet:
        """A freshly initialised backbone; draws from torch's global generator."""
        bend = ACTIVATIONS[self.activation]
        stages = [
            Stage(ConvUnit(d_in, d_out, bend), [ResidualUnits(d_out, bend) for _ in range(self.n_blocks)], self.dropout)
            for d_in, d_out in zip(self.widths, self.widths[1:], strict=False)
        ]
        stem = ConvUnit(self.n_channels, self.widths[0], bend)
        model = ConvNet(self.n_channels, self.image_size, self.scale(), stem, stages, d_model=self.widths[-1])
        return model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
