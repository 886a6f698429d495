"""Pooling: every position reads one summary of the others, blind to their order."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, Self

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.mixers._base import AlignedMixer, MixerConfig
from quatrain.ops.pooling import join_means, lowest, running_mean
from quatrain.ops.segments import is_within, rows_from
from quatrain.ops.state import empty_rows, state_bytes

Items = tuple[Tensor, ...]
"""What is pooled, and what pooling gives: tensors (B, T, ...), the values last."""


class Pool(nn.Module, ABC):
    """A way of making one of many, in any grouping: what was pooled can be pooled again."""

    @abstractmethod
    def items(self, x: Float[Tensor, "batch seq d_model"], values: Float[Tensor, "batch seq d_model"]) -> Items:
        """Positions as items."""

    @abstractmethod
    def nothing(self, dtype: torch.dtype) -> tuple[float, ...]:
        """The item that changes no other: a number for each of its tensors."""

    @abstractmethod
    def running(self, items: Items) -> Items:
        """Of each position, everything up to it."""

    @abstractmethod
    def join(self, one: Items, other: Items) -> Items:
        """Two, place by place."""

    def padded(self, items: Items, before: int, after: int) -> Items:
        """With nothing before and after."""
        fills = self.nothing(items[-1].dtype)
        return tuple(F.pad(part, (0, 0, before, after), value=n) for part, n in zip(items, fills, strict=True))

    def sliding(self, items: Items, window: int) -> Items:
        """Of each position, the last `window` up to it, at a cost that does not depend on the window.

        Cut into blocks as long as the window, a window is the end of one block and the start of the next: van Herk
        1992, "A fast algorithm for local minimum and maximum filters"; Gil and Werman 1993.
        """
        batch_size, seq_len, _ = items[-1].shape
        window = min(window, seq_len)
        rows = self.padded(items, 0, -seq_len % window)
        blocks = tuple(part.unflatten(1, (-1, window)).flatten(0, 1) for part in rows)  # (B blocks, window, ...)
        starts = self.running(blocks)
        ends = tuple(part.flip(1) for part in self.running(tuple(part.flip(1) for part in blocks)))
        ends = self.padded(tuple(part[:, 1:] for part in ends), 1, 0)  # a whole block is a start already
        starts, ends = (
            tuple(part.unflatten(0, (batch_size, -1)).flatten(1, 2)[:, :seq_len] for part in parts)
            for parts in (starts, ends)
        )  # (B, T, ...)
        return self.join(starts, self.padded(ends, window - 1, 1 - window))


class WeightedMean(Pool):
    """The mean weighted by the softmax of a score: Lin et al. 2017, https://arxiv.org/abs/1703.03130, one hop.

    Args:
        score: from the residual stream to one number a position.
    """

    def __init__(self, score: nn.Module) -> None:
        super().__init__()
        self.score = score

    def items(self, x: Float[Tensor, "batch seq d_model"], values: Float[Tensor, "batch seq d_model"]) -> Items:
        """Scores and values."""
        return self.score(x), values

    def nothing(self, dtype: torch.dtype) -> tuple[float, ...]:
        """The lowest score."""
        return lowest(dtype), 0.0

    def running(self, items: Items) -> Items:
        """The mean of everything up to each position."""
        return running_mean(*items)

    def join(self, one: Items, other: Items) -> Items:
        """The mean of two means, each by the weight it holds."""
        return join_means(*one, *other)


class EqualScore(nn.Module):
    """The same score everywhere, which makes a weighted mean the plain one."""

    def forward(self, x: Float[Tensor, "batch seq d_model"]) -> Float[Tensor, "batch seq one"]:
        """Zeros."""
        return torch.zeros_like(x[..., :1])


class Maximum(Pool):
    """The largest value of each channel."""

    def items(self, x: Float[Tensor, "batch seq d_model"], values: Float[Tensor, "batch seq d_model"]) -> Items:
        """Values."""
        return (values,)

    def nothing(self, dtype: torch.dtype) -> tuple[float, ...]:
        """The lowest number."""
        return (lowest(dtype),)

    def running(self, items: Items) -> Items:
        """The largest up to each position."""
        return (items[0].cummax(dim=1).values,)

    def join(self, one: Items, other: Items) -> Items:
        """The larger."""
        return (torch.maximum(one[0], other[0]),)


class Pooling(AlignedMixer):
    """Values of all visible positions, pooled, then projected.

    Args:
        d_model: width of the residual stream, in and out.
        pool: how many become one.
        window: positions pooled, itself included; None: all.
        is_causal: hide the future; else a window lies around the position (if even, one more before than behind).
    """

    def __init__(self, d_model: int, *, pool: Pool, window: int | None = None, is_causal: bool = True) -> None:
        super().__init__()
        self.v_proj = nn.Linear(d_model, d_model, bias=False)
        self.pool, self.window, self.is_causal = pool, window, is_causal
        self.out_proj = nn.Linear(d_model, d_model, bias=False)

    def mix(
        self, x: Float[Tensor, "batch seq d_model"], lengths: Int[Tensor, " batch"] | None
    ) -> Float[Tensor, "batch seq d_model"]:
        """Pool whole sequences."""
        items = self.pool.items(x, self.v_proj(x))
        if self.is_causal:
            return self.out_proj(self._pooled(items)[-1])
        if lengths is not None:
            real, fills = is_within(lengths, x.shape[1])[..., None], self.pool.nothing(x.dtype)
            items = tuple(torch.where(real, part, n) for part, n in zip(items, fills, strict=True))
        if self.window is None:
            return self.out_proj(self.pool.running(items)[-1][:, -1:]).expand(x.shape)
        n_ahead = min((self.window - 1) // 2, x.shape[1] - 1)
        pooled = self.pool.sliding(self.pool.padded(items, 0, n_ahead), self.window // 2 + 1 + n_ahead)
        return self.out_proj(pooled[-1][:, n_ahead:])

    def init_state(self, batch_size: int) -> Items:
        """Nothing, where the past will be."""
        weight = self.out_proj.weight
        widths = [part.shape[-1] for part in self.pool.items(weight[None], weight[None])]
        empty = tuple(empty_rows(batch_size, 0, width, like=weight) for width in widths)
        return self.pool.padded(empty, 0, self._n_kept)

    def extend(
        self, x: Float[Tensor, "batch new d_model"], state: Items, lengths: Int[Tensor, " batch"] | None
    ) -> tuple[Float[Tensor, "batch new d_model"], Items]:
        """Pool new positions with what was pooled before them, or with the rest of their windows."""
        new = self.pool.items(x, self.v_proj(x))
        items = tuple(torch.cat(parts, dim=1) for parts in zip(state, new, strict=True))
        pooled = self._pooled(items)
        kept = items if self.window else pooled
        state = tuple(rows_from(part, lengths, self._n_kept) for part in kept)
        return self.out_proj(pooled[-1][:, self._n_kept :]), state

    def state_size(self, seq_len: int) -> int:
        """Bytes of one item, or of a window less one, whatever the length."""
        return state_bytes(self.init_state(1))

    @property
    def reach(self) -> int | None:
        """The window, or the half before the position."""
        if self.window is None:
            return None
        return self.window - 1 if self.is_causal else self.window // 2

    def flops(self, seq_len: int) -> int:
        """Projections; every value weighed and added to what was pooled before it."""
        return super().flops(seq_len) + seq_len * 4 * self.v_proj.out_features

    @property
    def _n_kept(self) -> int:
        """Items remembered."""
        return self.window - 1 if self.window else 1

    def _pooled(self, items: Items) -> Items:
        return self.pool.sliding(items, self.window) if self.window else self.pool.running(items)


class PoolingConfig(MixerConfig):
    """The mean, maximum or softmax-weighted mean of the past."""

    kind: ClassVar[str] = "pool"

    pool: Literal["mean", "max", "attention"] = "mean"
    """mean, max, or attention (a mean with learned weights, one score a position)."""
    window: int | None = None
    """Positions pooled, itself included; null: all."""
    causal: bool = True
    """Hide the future; false: a window lies around the position."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.window is not None and self.window < 1:
            raise ValueError(f"window={self.window} must be at least 1, or null for the whole past.")
        return self

    def build(self, d_model: int) -> Pooling:
        """Pooling as wide as the residual stream."""
        if self.pool == "max":
            pool: Pool = Maximum()
        else:
            pool = WeightedMean(EqualScore() if self.pool == "mean" else nn.Linear(d_model, 1, bias=False))
        return Pooling(d_model, pool=pool, window=self.window, is_causal=self.causal)
