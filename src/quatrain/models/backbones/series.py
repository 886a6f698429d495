"""Bodies that read a window of a series: linear ones, and blocks over its moments or its patches."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, Self

import torch
from jaxtyping import Float
from pydantic import Field, model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.errors import ShapeError
from quatrain.layers.column_scale import GivenScale
from quatrain.layers.feedforward import FEED_FORWARDS, FeedForwardConfig, MLPConfig
from quatrain.layers.norms import NORMS, LayerNormConfig, NormConfig
from quatrain.layers.residual import RESIDUALS
from quatrain.layers.stretches import patches, trend_and_rest
from quatrain.mixers import AnyMixer, AttentionConfig
from quatrain.mixers.attention import share_positions
from quatrain.models._start import draw_start, is_last
from quatrain.models.backbones._base import Backbone, BackboneConfig, Features
from quatrain.models.block import Block
from quatrain.models.stack import Encoder
from quatrain.ops.flops import matrix_flops
from quatrain.positions import INPUT_POSITIONS, InputPositionConfig, NoInputConfig

Readout = Literal["last", "all", "each"]
"""The last position, all positions side by side, or each by itself."""


class SeriesBackbone(Backbone):
    """Reads so many rows of some columns.

    Args:
        n_columns: columns.
        input_len: rows.
        scale: brings columns to scale; does nothing where they come without their units.
    """

    by_column: bool
    """Whether every column has a vector of its own; else there is one of all of them."""

    def __init__(self, n_columns: int, input_len: int, scale: nn.Module) -> None:
        super().__init__()
        self.n_columns, self.max_seq_len, self.scale = n_columns, input_len, scale

    @abstractmethod
    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """Vectors (B, C, D), (B, 1, D) where there is one of all columns, or (B, P, D) where each place has one.

        Raises:
            ShapeError: another number of rows or columns than it was made for.
        """

    def scaled(self, values: Float[Tensor, "batch seq columns"]) -> Float[Tensor, "batch seq columns"]:
        """The window with its columns in scale.

        Raises:
            ShapeError: it has another shape.
        """
        if values.shape[1:] != (self.max_seq_len, self.n_columns):
            raise ShapeError(
                f"a window has {values.shape[1]} rows of {values.shape[2]} columns, and this model reads "
                f"{self.max_seq_len} of {self.n_columns}."
            )
        return self.scale(values)


class LinearSeries(SeriesBackbone):
    """Every column as it is, or its trend and the rest apart: with a linear head, NLinear and DLinear.

    Zeng et al. 2022, "Are transformers effective for time series forecasting?", https://arxiv.org/abs/2205.13504,
    section 4. They map trend and rest to the future apart and add; one map of both side by side is the same.

    Args:
        n_columns: columns.
        input_len: rows.
        scale: brings columns to scale.
        width: rows of the moving average; None: the column stays whole.
    """

    by_column = True

    def __init__(self, n_columns: int, input_len: int, scale: nn.Module, width: int | None) -> None:
        super().__init__(n_columns, input_len, scale)
        self.width, self.d_model = width, input_len * (1 if width is None else 2)

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """A vector a column: its rows, or those of its trend and then those of the rest."""
        rows = self.scaled(values).transpose(1, 2)  # (B, C, T)
        if self.width is None:
            return Features(rows)
        trend, rest = trend_and_rest(rows.flatten(0, 1), self.width)
        return Features(torch.cat([trend, rest], dim=-1).unflatten(0, rows.shape[:2]))

    def flops(self, seq_len: int) -> int:
        """The moving average."""
        return self.n_columns * self.d_model * (self.width or 0)


class SeriesEncoder(SeriesBackbone):
    """Blocks over the moments of a window, or over its patches, whatever mixes in them.

    With patches of each column by itself and attention, it is PatchTST: Nie et al. 2023,
    https://arxiv.org/abs/2211.14730 (with layer norms in place of batch norms).

    Args:
        n_columns: columns.
        input_len: rows.
        scale: brings columns to scale.
        patch_len: rows of a patch.
        stride: rows from one patch to the next.
        embed: values of a patch to a vector.
        stack: order, norm and dropout of the embedded patches, the blocks, the last norm.
        by_column: read every column by itself, with the same weights.
        readout: which positions come out: the last, all side by side, or each by itself.
    """

    def __init__(
        self,
        n_columns: int,
        input_len: int,
        scale: nn.Module,
        *,
        patch_len: int,
        stride: int,
        embed: nn.Linear,
        stack: Encoder,
        by_column: bool,
        readout: Readout,
    ) -> None:
        super().__init__(n_columns, input_len, scale)
        self.patch_len, self.stride, self.by_column, self.readout = patch_len, stride, by_column, readout
        self.embed, self.stack = embed, stack
        self.n_positions = n_patches(input_len, patch_len, stride)
        side_by_side = {"last": 1, "all": self.n_positions, "each": n_columns if by_column else 1}
        self.d_model = embed.out_features * side_by_side[readout]

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """A vector a column or one of all; or one a position, in which those of all columns stand side by side."""
        values = self.scaled(values)
        rows = values.transpose(1, 2).reshape(-1, values.shape[1], 1) if self.by_column else values
        x = self.stack(self.embed(patches(rows, self.patch_len, self.stride)), None)  # (B or B * C, P, D)
        if self.readout == "each":
            return Features(x.unflatten(0, (len(values), -1)).transpose(1, 2).flatten(2))  # (B, P, D or C * D)
        x = x.flatten(1) if self.readout == "all" else x[:, -1]
        return Features(x.unflatten(0, (len(values), -1)))

    def flops(self, seq_len: int) -> int:
        """Of one window of its own length."""
        n = self.n_positions
        blocks = sum(block.mixer.flops(n) + n * matrix_flops(block.ffn) for block in self.stack.stack())
        return (self.n_columns if self.by_column else 1) * (blocks + n * matrix_flops(self.embed))


def n_patches(input_len: int, patch_len: int, stride: int) -> int:
    """How many patches a window has."""
    return 1 + max(-(-(input_len - patch_len) // stride), 0)


class SeriesBackboneConfig(BackboneConfig):
    """What every body of a series is told."""

    reads: ClassVar[str] = "series"

    n_columns: int = Field(ge=1)
    """Columns read."""
    input_len: int = Field(ge=1)
    """Rows read."""
    mean: tuple[float, ...] = ()
    """Of each column in the training part; it is taken off. None: columns come without their units, as a forecaster,
    which keeps them with its weights, gives them."""
    std: tuple[float, ...] = ()
    """Their standard deviations; what remains is divided by them."""

    @model_validator(mode="after")
    def _check_scale(self) -> Self:
        for name in ("mean", "std"):
            if len(getattr(self, name)) not in (0, self.n_columns) or len(self.mean) != len(self.std):
                raise ValueError(f"{name}={getattr(self, name)} must have n_columns={self.n_columns} numbers, or none.")
        if any(std <= 0 for std in self.std):
            raise ValueError(f"std={self.std} must be above 0.")
        return self

    def scale(self) -> nn.Module:
        """What brings columns to scale."""
        return GivenScale(self.mean, self.std) if self.mean else nn.Identity()

    def build(self) -> SeriesBackbone:
        """A freshly initialised body."""
        raise NotImplementedError


class LinearSeriesConfig(SeriesBackboneConfig):
    """Columns as they are, or taken apart: DLinear and NLinear."""

    kind: ClassVar[str] = "linear_series"

    width: int | None = 25
    """Rows of the moving average that is the trend, odd; null: the column stays whole."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.width is not None and (self.width < 1 or self.width % 2 == 0):
            raise ValueError(f"width={self.width} must be odd and above 0, or null.")
        return self

    def build(self) -> LinearSeries:
        """Without weights."""
        return LinearSeries(self.n_columns, self.input_len, self.scale(), self.width)


class SeriesEncoderConfig(SeriesBackboneConfig):
    """Blocks over moments or patches."""

    kind: ClassVar[str] = "series"

    d_model: int = Field(default=64, ge=1)
    """Width of the residual stream."""
    n_layers: int = Field(default=2, ge=1)
    """Blocks."""
    patch_len: int = Field(default=1, ge=1)
    """Rows of a patch; 1: every moment by itself."""
    stride: int | None = Field(default=None, ge=1)
    """Rows from one patch to the next; null: patch_len."""
    by_column: bool = False
    """Read every column by itself, with the same weights; else all together."""
    readout: Readout = "last"
    """What comes out: the vector of the last position, those of all side by side, or each by itself, for a pooling."""
    mixer: AnyMixer = AttentionConfig()
    """What moves information between positions."""
    ffn: Annotated[FeedForwardConfig, one_of(lambda: FEED_FORWARDS)] = MLPConfig()
    """What works inside a position."""
    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = LayerNormConfig()
    """What keeps the stream in scale."""
    norm_place: Literal["pre", "post"] = "pre"
    """Norm before each branch, or after each sum."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = NoInputConfig()
    """What is added to the embedded patches: none, learned, sinusoidal, lecture or onehot."""
    dropout: float = Field(default=0.0, ge=0, lt=1)
    """Probability of dropping a coordinate of the embedded input and of each branch, while training."""
    init_std: float = 0.02
    """Standard deviation of the blocks' weights at the start."""

    def build(self) -> SeriesEncoder:
        """A freshly initialised body; draws from torch's global generator.

        Raises:
            ConfigError: two settings contradict each other.
        """
        stride = self.stride or self.patch_len
        blocks = [self._block(layer) for layer in range(self.n_layers)]
        share_positions(block.mixer for block in blocks)
        stack = Encoder(
            self.position.build(self.d_model, n_patches(self.input_len, self.patch_len, stride)),
            nn.Identity(),
            blocks,
            self.norm.build(self.d_model) if self.norm_place == "pre" else nn.Identity(),
            self.dropout,
        )
        draw_start(stack, lambda name: self.init_std * ((2 * self.n_layers) ** -0.5 if is_last(name) else 1.0))
        return SeriesEncoder(
            self.n_columns,
            self.input_len,
            self.scale(),
            patch_len=self.patch_len,
            stride=stride,
            embed=nn.Linear(self.patch_len * (1 if self.by_column else self.n_columns), self.d_model),
            stack=stack,
            by_column=self.by_column,
            readout=self.readout,
        )

    def _block(self, layer: int) -> Block:
        around = RESIDUALS[self.norm_place]
        return Block(
            self.mixer.at(layer).build(self.d_model),
            around(self.norm.build(self.d_model), self.dropout),
            self.ffn.build(self.d_model, 0.0),
            around(self.norm.build(self.d_model), self.dropout),
        )
