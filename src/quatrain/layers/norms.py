"""Norms: what keeps the residual stream in scale. Statistics are taken in float32 or wider."""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ShapeError


class Norm(nn.Module):
    """Brings the vectors of a stream to one scale, then applies a learned gain and shift where asked.

    Args:
        d_model: width of the stream.
        eps: added to the variance (or mean square) before the root is taken.
        affine: learn a gain a coordinate.
        bias: learn a shift a coordinate too; read only with `affine`.
    """

    weight: Tensor | None
    bias: Tensor | None

    def __init__(self, d_model: int, *, eps: float, affine: bool, bias: bool) -> None:
        super().__init__()
        self.d_model, self.eps = d_model, eps
        self.register_parameter("weight", nn.Parameter(torch.ones(d_model)) if affine else None)
        self.register_parameter("bias", nn.Parameter(torch.zeros(d_model)) if affine and bias else None)

    def forward(self, x: Float[Tensor, "batch seq d_model"]) -> Float[Tensor, "batch seq d_model"]:
        """The normed stream, in the type of x."""
        raise NotImplementedError

    def _wide(self, x: Tensor) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """The stream, the gain and the shift in float32 or wider."""
        wide = torch.promote_types(x.dtype, torch.float32)
        gain = None if self.weight is None else self.weight.to(wide)
        return x.to(wide), gain, None if self.bias is None else self.bias.to(wide)


class LayerNorm(Norm):
    """Each vector less its mean, over its standard deviation.

    Ba et al. 2016, eq. 4, https://arxiv.org/abs/1607.06450
    """

    def __init__(self, d_model: int, *, eps: float = 1e-5, affine: bool = True, bias: bool = True) -> None:
        super().__init__(d_model, eps=eps, affine=affine, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Mean 0 and variance 1 in every vector, then gain and shift."""
        wide, gain, shift = self._wide(x)
        return F.layer_norm(wide, (self.d_model,), gain, shift, self.eps).to(x.dtype)


class RMSNorm(Norm):
    """Each vector over its root mean square; no mean is taken off and no shift added.

    Zhang and Sennrich 2019, eq. 4, https://arxiv.org/abs/1910.07467
    """

    def __init__(self, d_model: int, *, eps: float = 1e-6, affine: bool = True) -> None:
        super().__init__(d_model, eps=eps, affine=affine, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Mean square 1 in every vector, then the gain."""
        wide, gain, _ = self._wide(x)
        return F.rms_norm(wide, (self.d_model,), gain, self.eps).to(x.dtype)


class BatchNorm(Norm):
    """Each coordinate less its mean, over its standard deviation, both over all rows and positions.

    Ioffe and Szegedy 2015, algorithm 1, https://arxiv.org/abs/1502.03167. In training the statistics are
    those of the batch: rows meet in them, the future and padding leak into the past, and a model trained so
    is not strictly causal. In evaluation they are running means, and every position stands alone.

    Args:
        momentum: share of the newest batch in the running statistics.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(
        self, d_model: int, *, eps: float = 1e-5, affine: bool = True, bias: bool = True, momentum: float = 0.1
    ) -> None:
        super().__init__(d_model, eps=eps, affine=affine, bias=bias)
        self.momentum = momentum
        self.register_buffer("running_mean", torch.zeros(d_model))
        self.register_buffer("running_var", torch.ones(d_model))

    def forward(self, x: Tensor) -> Tensor:
        """Mean 0 and variance 1 in every coordinate over the batch (in evaluation: so far), gain and shift.

        Raises:
            ShapeError: training on a single vector, which has no variance.
        """
        wide, gain, shift = self._wide(x.flatten(0, -2))  # (B*T, D)
        if self.training and len(wide) < 2:
            raise ShapeError(
                "batchnorm cannot train on one position: it has no variance. Use a larger batch_size or "
                "seq_len, or norm=layernorm."
            )
        mean, var = (seen.to(wide.dtype, copy=True) for seen in (self.running_mean, self.running_var))
        y = F.batch_norm(wide, mean, var, gain, shift, self.training, self.momentum, self.eps)
        if self.training:
            self.running_mean.copy_(mean)
            self.running_var.copy_(var)
        return y.view_as(x).to(x.dtype)


class NormConfig(Config):
    """Base of the settings of a norm."""

    affine: bool = True
    """Learn a gain a coordinate."""

    def build(self, d_model: int) -> Norm:
        """A norm as wide as the stream."""
        raise NotImplementedError


class LayerNormConfig(NormConfig):
    """Layer norm (Ba et al. 2016)."""

    kind: ClassVar[str] = "layernorm"

    eps: float = 1e-5
    """Added to the variance."""
    bias: bool = True
    """Learn a shift a coordinate, where there is a gain."""

    def build(self, d_model: int) -> LayerNorm:
        """A norm as wide as the stream."""
        return LayerNorm(d_model, eps=self.eps, affine=self.affine, bias=self.bias)


class RMSNormConfig(NormConfig):
    """Root-mean-square norm (Zhang and Sennrich 2019)."""

    kind: ClassVar[str] = "rmsnorm"

    eps: float = 1e-6
    """Added to the mean square."""

    def build(self, d_model: int) -> RMSNorm:
        """A norm as wide as the stream."""
        return RMSNorm(d_model, eps=self.eps, affine=self.affine)


class BatchNormConfig(NormConfig):
    """Batch norm (Ioffe and Szegedy 2015): in training, rows meet and the future leaks."""

    kind: ClassVar[str] = "batchnorm"

    eps: float = 1e-5
    """Added to the variance."""
    bias: bool = True
    """Learn a shift a coordinate, where there is a gain."""
    momentum: float = 0.1
    """Share of the newest batch in the running statistics."""

    def build(self, d_model: int) -> BatchNorm:
        """A norm as wide as the stream."""
        return BatchNorm(d_model, eps=self.eps, affine=self.affine, bias=self.bias, momentum=self.momentum)


NORMS: dict[str, type[NormConfig]] = {
    "layernorm": LayerNormConfig,
    "rmsnorm": RMSNormConfig,
    "batchnorm": BatchNormConfig,
}
