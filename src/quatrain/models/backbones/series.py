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


class SeriesBackbone(Backbone):
    """Reads so many rows of some columns.

    Args:
        n_columns: columns.
        input_len: rows.
    """

    by_column: bool
    """Whether every column has a vector of its own; else there is one of all of them."""

    def __init__(self, n_columns: int, input_len: int) -> None:
        super().__init__()
        self.n_columns, self.max_seq_len = n_columns, input_len

    @abstractmethod
    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """Vectors (B, C, D), or (B, 1, D) where there is one of all columns.

        Raises:
            ShapeError: another number of rows or columns than it was made for.
        """

    def check(self, values: Tensor) -> None:
        """Refuse another shape."""
        if values.shape[1:] != (self.max_seq_len, self.n_columns):
            raise ShapeError(
                f"a window has {values.shape[1]} rows of {values.shape[2]} columns, and this model reads "
                f"{self.max_seq_len} of {self.n_columns}."
            )


class LinearSeries(SeriesBackbone):
    """Every column as it is, or its trend and the rest apart: with a linear head, NLinear and DLinear.

    Zeng et al. 2022, "Are transformers effective for time series forecasting?", https://arxiv.org/abs/2205.13504,
    section 4. They map trend and rest to the future apart and add; one map of both side by side is the same.

    Args:
        n_columns: columns.
        input_len: rows.
        width: rows of the moving average; None: the column stays whole.
    """

    by_column = True

    def __init__(self, n_columns: int, input_len: int, width: int | None) -> None:
        super().__init__(n_columns, input_len)
        self.width, self.d_model = width, input_len * (1 if width is None else 2)

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """A vector a column: its rows, or those of its trend and then those of the rest."""
        self.check(values)
        rows = values.transpose(1, 2)  # (B, C, T)
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
        patch_len: rows of a patch.
        stride: rows from one patch to the next.
        embed: values of a patch to a vector.
        stack: order, norm and dropout of the embedded patches, the blocks, the last norm.
        by_column: read every column by itself, with the same weights.
        reads_all: whether the vector of a window is made of all its positions side by side, or is its last.
    """

    def __init__(
        self,
        n_columns: int,
        input_len: int,
        *,
        patch_len: int,
        stride: int,
        embed: nn.Linear,
        stack: Encoder,
        by_column: bool,
        reads_all: bool,
    ) -> None:
        super().__init__(n_columns, input_len)
        self.patch_len, self.stride, self.by_column, self.reads_all = patch_len, stride, by_column, reads_all
        self.embed, self.stack = embed, stack
        self.n_positions = n_patches(input_len, patch_len, stride)
        self.d_model = embed.out_features * (self.n_positions if reads_all else 1)

    def forward(self, values: Float[Tensor, "batch seq columns"]) -> Features:
        """A vector a column, or one of all."""
        self.check(values)
        rows = values.transpose(1, 2).reshape(-1, values.shape[1], 1) if self.by_column else values
        x = self.stack(self.embed(patches(rows, self.patch_len, self.stride)), None)  # (B or B * C, P, D)
        x = x.flatten(1) if self.reads_all else x[:, -1]
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
        return LinearSeries(self.n_columns, self.input_len, self.width)


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
    readout: Literal["last", "all"] = "last"
    """What the future is told from: the last position, or all of them side by side."""
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
            patch_len=self.patch_len,
            stride=stride,
            embed=nn.Linear(self.patch_len * (1 if self.by_column else self.n_columns), self.d_model),
            stack=stack,
            by_column=self.by_column,
            reads_all=self.readout == "all",
        )

    def _block(self, layer: int) -> Block:
        around = RESIDUALS[self.norm_place]
        return Block(
            self.mixer.at(layer).build(self.d_model),
            around(self.norm.build(self.d_model), self.dropout),
            self.ffn.build(self.d_model, 0.0),
            around(self.norm.build(self.d_model), self.dropout),
        )
