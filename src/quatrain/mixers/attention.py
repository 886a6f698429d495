"""Attention: every position reads a weighted mean of the positions it may see."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Annotated, ClassVar, NamedTuple, Self

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.errors import ConfigError
from quatrain.layers.tap import Tap
from quatrain.masks import MaskRule, all_of, causal, everything, visible, within
from quatrain.mixers._base import Mixer, MixerConfig
from quatrain.mixers.scores import AnyScore, Score, ScoreConfig
from quatrain.ops.attention import attend
from quatrain.ops.flops import matrix_flops
from quatrain.ops.growing import Growing
from quatrain.ops.state import empty_rows
from quatrain.ops.stretches import stretches
from quatrain.positions import ATTENTION_POSITIONS, AttentionPosition, AttentionPositionConfig, RotaryConfig


class AttentionState(NamedTuple):
    """Keys and values of the past, and where they stood."""

    k: Growing
    v: Growing
    positions: Int[Tensor, "batch past"] | None
    """Absolute index of each key, -1 where it is padding; None: nothing is, and the last key stands before `n_seen`."""
    n_seen: Int[Tensor, "batch one"]
    """Real positions so far, those out of the window included."""


class MultiHead(nn.Module):
    """What attention to oneself and to another sequence share: heads that compare, read and are put together.

    Args:
        n_heads: query heads.
        n_kv_heads: key and value heads, each shared by n_heads / n_kv_heads query heads.
        d_head: width of a head.
        hard: read only the best-scoring positions (their plain mean) instead of a softmax.
        dropout: probability of dropping an attention weight.
    """

    out_proj: nn.Linear
    """From the heads to the residual stream."""
    score: Score
    """How a query is compared with a key."""

    def __init__(self, *, n_heads: int, n_kv_heads: int, d_head: int, hard: bool, dropout: float) -> None:
        super().__init__()
        self.n_heads, self.n_kv_heads, self.d_head = n_heads, n_kv_heads, d_head
        self.hard, self.dropout = hard, dropout
        self.pattern = Tap()
        """The weights (B, H, T, S) of all reading, while someone listens."""

    def read_heads(
        self, q: Tensor, k: Tensor, v: Tensor, *, visible: Tensor | None, causal: bool, bias: Tensor | None
    ) -> Float[Tensor, "batch new d_model"]:
        """What queries (B, T, H, K) read of keys and values (B, S, H, K), projected; the rest as in `attend`."""
        y, weights = attend(
            q, k, v,
            visible=visible,
            causal=causal,
            bias=bias,
            scale=self.score.scale,
            hard=self.hard,
            dropout=self.dropout if self.training else 0.0,
            want_weights=self.pattern.is_heard,
        )  # fmt: skip
        if weights is not None:
            self.pattern(weights)
        return self.out_proj(y.flatten(-2))  # (B, T, D)


class Attention(MultiHead, Mixer):
    """Multi-head attention with the query, key, position and mask rules passed in as parts.

    Vaswani et al. 2017, eq. 1 and section 3.2.2, https://arxiv.org/abs/1706.03762; grouped and multi-query
    heads: Ainslie et al. 2023, https://arxiv.org/abs/2305.13245.

    Args:
        d_model: width of the residual stream, in and out.
        n_heads: query heads.
        n_kv_heads: key and value heads, each shared by n_heads / n_kv_heads query heads.
        d_head: width of a head.
        position: how order enters the scores.
        score: how a query is compared with a key.
        is_causal: hide the future.
        window: furthest look-back in positions, itself included; None means the whole past.
        hard: read only the best-scoring positions (their plain mean) instead of a softmax.
        bias: biases in the four projections.
        dropout: probability of dropping an attention weight.
    """

    def __init__(
        self,
        d_model: int,
        *,
        n_heads: int,
        n_kv_heads: int,
        d_head: int,
        position: AttentionPosition,
        score: Score,
        is_causal: bool = True,
        window: int | None = None,
        hard: bool = False,
        bias: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(n_heads=n_heads, n_kv_heads=n_kv_heads, d_head=d_head, hard=hard, dropout=dropout)
        self.qkv_proj = nn.Linear(d_model, (n_heads + 2 * n_kv_heads) * d_head, bias=bias)
        self.out_proj = nn.Linear(n_heads * d_head, d_model, bias=bias)
        self.qkv_proj.weight.fused = (n_heads * d_head, n_kv_heads * d_head, n_kv_heads * d_head)  # type: ignore[attr-defined]
        self.position, self.score = position, score
        self.is_causal, self.window = is_causal, window
        self.rule = _rule(is_causal, window)

    def forward(
        self,
        x: Float[Tensor, "batch seq d_model"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Mix a whole sequence."""
        seq_len = x.shape[1]
        positions = _positions(token_mask, torch.zeros((), dtype=torch.long, device=x.device), seq_len)
        q, k, v = self._project(x, positions)
        if self.window and token_mask is None and 2 * self.window < seq_len and not self.pattern.is_heard:
            return self._read_windows(q, k, v, positions, documents)
        seen = None
        if not self.is_causal and not self.window and documents is None:
            seen = None if token_mask is None else token_mask[:, None]  # (B, 1, S): the same for every query
        elif token_mask is not None or documents is not None or (self.window or seq_len) < seq_len:
            where = positions.expand(x.shape[0], seq_len)
            seen = visible(self.rule, where, where, documents, documents)
        return self._read(q, k, v, seen, positions, positions)

    def init_state(self, batch_size: int) -> AttentionState:
        """An empty past."""
        weight = self.qkv_proj.weight
        past = Growing.of(empty_rows(batch_size, self.n_kv_heads, 0, self.d_head, like=weight))
        return AttentionState(past, past, None, torch.zeros(batch_size, 1, dtype=torch.long, device=weight.device))

    def advance(
        self,
        x: Float[Tensor, "batch new d_model"],
        state: AttentionState,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new d_model"], AttentionState]:
        """Mix new positions with their past.

        Raises:
            ConfigError: this attention is not causal.
        """
        self._refuse_advance()
        if token_mask is not None or state.positions is not None:
            return self._advance_padded(x, state, token_mask)
        n_new, n_past = x.shape[1], len(state.k)
        where = state.n_seen[:1] + torch.arange(-n_past, n_new, device=x.device)  # (1, S): rows do not differ
        q, k, v = self._project(x, where[:, n_past:])
        keys, values = _grown(state, k, v)
        sees_all = n_new == 1  # a window has forgotten what it does not see
        is_start = n_past == 0 and n_new <= (self.window or n_new)
        seen = None if sees_all or is_start else visible(self.rule, where[:, n_past:], where)
        y = self._read(q, _heads(keys), _heads(values), seen, where[:, n_past:], where, causal=not sees_all)
        return y, AttentionState(self._kept(keys), self._kept(values), None, state.n_seen + n_new)

    def _advance_padded(
        self, x: Tensor, state: AttentionState, token_mask: Tensor | None
    ) -> tuple[Tensor, AttentionState]:
        """The same where positions differ from row to row."""
        before = state.positions
        if before is None:
            before = state.n_seen + torch.arange(-len(state.k), 0, device=x.device)
        q_positions = _positions(token_mask, state.n_seen, x.shape[1])  # (B, T)
        q, k, v = self._project(x, q_positions)
        keys, values = _grown(state, k, v)
        k_positions = torch.cat([before, q_positions], dim=1)
        seen = visible(self.rule, q_positions, k_positions)
        y = self._read(q, _heads(keys), _heads(values), seen, q_positions, k_positions)
        n_seen = state.n_seen + (q_positions >= 0).sum(dim=1, keepdim=True)
        if self.window and token_mask is not None:
            keys, values, k_positions = _padding_first(keys, values, k_positions)
        keys, values = self._kept(keys), self._kept(values)
        return y, AttentionState(keys, values, k_positions[:, k_positions.shape[1] - len(keys) :], n_seen)

    def state_size(self, seq_len: int) -> int:
        """Bytes of the keys and values of one sequence, without the room in which they grow."""
        kept = min(seq_len, self.window - 1) if self.window else seq_len
        return kept * 2 * self.n_kv_heads * self.d_head * self.qkv_proj.weight.element_size() + 8

    @property
    def reach(self) -> int | None:
        """The window."""
        return self.window - 1 if self.window else None

    def flops(self, seq_len: int) -> int:
        """Projections, and for each query the keys it sees: one product for its score, one for its value."""
        furthest = min(self.window or seq_len, seq_len)
        n_seen = furthest * (furthest + 1) // 2 + (seq_len - furthest) * furthest  # pairs, itself included
        if not self.is_causal:
            n_seen = 2 * n_seen - seq_len
        return seq_len * matrix_flops(self) + 4 * n_seen * self.n_heads * self.d_head

    def _project(self, x: Tensor, positions: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        heads = self.qkv_proj(x).unflatten(-1, (self.n_heads + 2 * self.n_kv_heads, self.d_head))
        q, k, v = heads.split([self.n_heads, self.n_kv_heads, self.n_kv_heads], dim=2)  # (B, T, H, K)
        q, k = self.score.queries(q), self.score.keys(k)
        return self.position.rotate(q, positions), self.position.rotate(k, positions), v

    def _read_windows(self, q: Tensor, k: Tensor, v: Tensor, positions: Tensor, documents: Tensor | None) -> Tensor:
        """As many queries as a window is long, with the keys that any of them sees, at a time.

        So time and memory grow with the length alone, not with its square.
        """
        assert self.window is not None
        (batch_size, seq_len), size = q.shape[:2], self.window
        here = partial(stretches, size=size)
        near = partial(stretches, size=size, before=size - 1, after=0 if self.is_causal else size - 1)
        where = positions.expand(batch_size, seq_len)
        q_where, k_where = here(where), near(where, fill=-1)
        of = (None, None) if documents is None else (here(documents), near(documents))
        seen = visible(self.rule, q_where, k_where, *of)
        y = self._read(here(q), near(k), near(v), seen, q_where, k_where)  # (B stretches, size, D)
        return y.unflatten(0, (batch_size, -1)).flatten(1, 2)[:, :seq_len]

    def _read(
        self,
        q: Tensor,
        k: Tensor,
        v: Tensor,
        seen: Tensor | None,
        q_positions: Tensor,
        k_positions: Tensor,
        causal: bool = True,
    ) -> Tensor:
        bias = self.position.bias(q_positions, k_positions)
        return self.read_heads(q, k, v, visible=seen, causal=causal and self.is_causal, bias=bias)

    def _kept(self, past: Growing) -> Growing:
        """What later positions may see."""
        return past.last(self.window - 1) if self.window else past


def share_positions(mixers: Iterable[nn.Module]) -> None:
    """Give the attention of a stack's layers the first one's position, where it is meant for all."""
    layers = [mixer for mixer in mixers if isinstance(mixer, Attention) and mixer.position.is_shared]
    for layer in layers[1:]:
        layer.position = layers[0].position


def _rule(is_causal: bool, window: int | None) -> MaskRule:
    rule = causal if is_causal else everything
    return all_of(rule, within(window)) if window else rule


def _positions(token_mask: Tensor | None, n_seen: Tensor, n_new: int) -> Tensor:
    """Absolute indices of new positions; -1 on padding. (T,) where all rows agree, else (B, T)."""
    if token_mask is None:
        return n_seen + torch.arange(n_new, device=n_seen.device)
    counted = n_seen + token_mask.long().cumsum(dim=1) - 1
    return torch.where(token_mask, counted, -1)


def _grown(state: AttentionState, k: Tensor, v: Tensor) -> tuple[Growing, Growing]:
    """Keys and values of the past with those of new positions (B, T, H, K)."""
    return state.k.grown(k.transpose(1, 2)), state.v.grown(v.transpose(1, 2))


def _heads(past: Growing) -> Tensor:
    return past.tensor.transpose(1, 2)  # (B, S, H, K)


def _padding_first(k: Growing, v: Growing, positions: Tensor) -> tuple[Growing, Growing, Tensor]:
    """Keys, values and their positions with padding moved to the front, where a window forgets it first."""
    order = (positions >= 0).int().argsort(dim=1, stable=True)  # (B, S)
    places = order[:, None, :, None]
    return (
        k.map(lambda past: past.take_along_dim(places, dim=2)),
        v.map(lambda past: past.take_along_dim(places, dim=2)),
        positions.gather(1, order),
    )


class AttentionConfig(MixerConfig):
    """Attention over the past, or over everything."""

    kind: ClassVar[str] = "attention"

    n_heads: int = 8
    """Query heads."""
    n_kv_heads: int | None = None
    """Key and value heads (grouped-query attention; 1 is multi-query); null: as many as n_heads."""
    d_head: int | None = None
    """Width of a head; null: d_model / n_heads."""
    position: Annotated[AttentionPositionConfig, one_of(lambda: ATTENTION_POSITIONS)] = RotaryConfig()
    """How order enters the scores: none, rotary, alibi, t5 or relative."""
    score: AnyScore = ScoreConfig()
    """How a query is compared with a key: scaled_dot, dot, cosine or qk_norm."""
    causal: bool = True
    """Hide the future."""
    window: int | None = None
    """Furthest look-back in positions, itself included; null: the whole past."""
    hard: bool = False
    """Read only the best-scoring positions; the gradient does not reach queries and keys."""
    bias: bool = False
    """Biases in the projections."""
    dropout: float = 0.0
    """Probability of dropping an attention weight while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_heads(self.n_heads, self.n_kv_heads)
        if self.window is not None and self.window < 1:
            raise ValueError(f"window={self.window} must be at least 1, or null for the whole past.")
        return self

    def build(self, d_model: int) -> Attention:
        """Attention as wide as the residual stream.

        Raises:
            ConfigError: n_heads does not divide d_model and no d_head is given.
        """
        d_head = self.d_head or exact_division(d_model, self.n_heads)
        return Attention(
            d_model,
            n_heads=self.n_heads,
            n_kv_heads=self.n_kv_heads or self.n_heads,
            d_head=d_head,
            position=self.position.build(self.n_heads, d_head, causal=self.causal),
            score=self.score.build(d_head, self.n_heads),
            is_causal=self.causal,
            window=self.window,
            hard=self.hard,
            bias=self.bias,
            dropout=self.dropout,
        )


def check_heads(n_heads: int, n_kv_heads: int | None) -> None:
    """That there are heads, and that keys and values can be dealt out to them."""
    if n_heads < 1:
        raise ValueError(f"n_heads={n_heads} must be at least 1.")
    if n_kv_heads is not None and (n_kv_heads < 1 or n_heads % n_kv_heads):
        raise ValueError(f"n_kv_heads={n_kv_heads} must divide n_heads={n_heads}.")


def exact_division(d_model: int, n_heads: int) -> int:
    """The width of a head.

    Raises:
        ConfigError: n_heads does not divide d_model; the message names the nearest counts that do.
    """
    if d_model % n_heads:
        divisors = [n for n in range(1, d_model + 1) if d_model % n == 0]
        near = sorted(sorted(divisors, key=lambda n: abs(n - n_heads))[:2])
        raise ConfigError(
            f"n_heads={n_heads} does not divide d_model={d_model}. "
            f"Try {' or '.join(f'n_heads={n}' for n in near)}, or give d_head."
        )
    return d_model // n_heads
