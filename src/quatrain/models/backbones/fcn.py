"""A fully convolutional network for windows of a series."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from jaxtyping import Float
from pydantic import Field, model_validator
from torch import Tensor, nn

from quatrain.errors import ShapeError
from quatrain.layers.dropout import Dropout
from quatrain.layers.feedforward import ACTIVATIONS, Activation, ActivationWord
from quatrain.models.backbones._base import Features
from quatrain.models.backbones.series import SeriesBackbone, SeriesBackboneConfig


class TimeConvUnit(nn.Module):
    """A convolution over time, a batch norm and what bends: every row stays.

    In training the norm's statistics are those of the batch, so windows meet in them (Ioffe and Szegedy 2015).
    """

    def __init__(self, d_in: int, d_out: int, kernel: int, activation: Activation) -> None:
        super().__init__()
        self.conv = nn.Conv1d(d_in, d_out, kernel, padding=kernel // 2, bias=False)
        self.norm = nn.BatchNorm1d(d_out)
        nn.init.kaiming_normal_(self.conv.weight, mode="fan_out")
        self.activation = activation

    def forward(self, x: Float[Tensor, "batch d_in seq"]) -> Float[Tensor, "batch d_out seq"]:
        """Each row from its neighbourhood."""
        return self.activation(self.norm(self.conv(x)))


class FCN(SeriesBackbone):
    """Three convolutions or more, each over all rows: the strong baseline of the field.

    Wang, Yan and Oates 2017, "Time series classification from scratch with deep neural networks",
    https://arxiv.org/abs/1611.06455, section II-B. Differs from the paper: kernels are of odd widths.

    Args:
        n_columns: columns.
        input_len: rows.
        scale: brings columns to scale.
        units: first to last.
        d_model: channels of the last.
        dropout: behind each unit.
    """

    by_column = False

    def __init__(
        self,
        n_columns: int,
        input_len: int,
        scale: nn.Module,
        units: Sequence[TimeConvUnit],
        *,
        d_model: int,
        dropout: float,
    ) -> None:
        super().__init__(n_columns, input_len, scale)
        self.input_len, self.d_model = input_len, d_model
        self.units, self.dropout = nn.ModuleList(units), Dropout(dropout)

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """A vector for each row.

        Raises:
            ShapeError: windows have another shape; or training on a single row of a single window.
        """
        x = self.scaled(values).transpose(1, 2)  # (B, C, T)
        if self.training and len(x) * x.shape[2] < 2:
            raise ShapeError("a fully convolutional network cannot train on one row: it has no variance.")
        for unit in self.units:
            x = self.dropout(unit(x))
        return Features(x.transpose(1, 2))

    def flops(self, seq_len: int) -> int:
        """The convolutions over one window of its own length."""
        kernels = (part.weight.numel() for part in self.modules() if isinstance(part, nn.Conv1d))
        return sum(2 * n * self.input_len for n in kernels)


class FCNConfig(SeriesBackboneConfig):
    """Convolutions over all rows."""

    kind: ClassVar[str] = "fcn"

    widths: tuple[int, ...] = (128, 256, 128)
    """Channels of each convolution."""
    kernels: tuple[int, ...] = (7, 5, 3)
    """Rows that each sees at once; odd."""
    activation: ActivationWord = "relu"
    """What bends: a word of a feed-forward's activations."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Probability of dropping a coordinate behind each convolution, while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.widths or min(self.widths) < 1 or len(self.widths) != len(self.kernels):
            raise ValueError(f"widths={self.widths} and kernels={self.kernels} must be as many, and at least 1.")
        if any(kernel < 1 or kernel % 2 == 0 for kernel in self.kernels):
            raise ValueError(f"kernels={self.kernels} must be odd and above 0.")
        return self

    def build(self) -> FCN:
        """A freshly initialised body; draws from torch's global generator."""
        bend = ACTIVATIONS[self.activation]
        shapes = zip((self.n_columns, *self.widths), self.widths, self.kernels, strict=False)
        units = [TimeConvUnit(d_in, d_out, kernel, bend) for d_in, d_out, kernel in shapes]
        return FCN(self.n_columns, self.input_len, self.scale(), units, d_model=self.widths[-1], dropout=self.dropout)
