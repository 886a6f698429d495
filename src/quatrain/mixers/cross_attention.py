"""Cross-attention: every position reads a weighted mean of another sequence."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, Self

from jaxtyping import Bool, Float
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.mixers._base import CrossMixer, CrossMixerConfig, Memory
from quatrain.mixers.attention import MultiHead, check_heads, exact_division
from quatrain.mixers.scores import AnyScore, Score, ScoreConfig
from quatrain.ops.flops import matrix_flops


class RememberedHeads(NamedTuple):
    """Keys and values of sources."""

    k: Float[Tensor, "batch src kv_heads d_head"]
    v: Float[Tensor, "batch src kv_heads d_head"]
    seen: Bool[Tensor, "batch one src"] | None
    """True where a position is real; None: all are."""


class CrossAttention(MultiHead, CrossMixer):
    """Attention whose queries come from one sequence, keys and values from another.

    Vaswani et al. 2017, section 3.2.3, https://arxiv.org/abs/1706.03762: "encoder-decoder attention".

    Args:
        d_model: width of the residual stream and of the memory.
        n_heads: query heads.
        n_kv_heads: key and value heads, each shared by n_heads / n_kv_heads query heads.
        d_head: width of a head.
        score: how a query is compared with a key.
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
        score: Score,
        hard: bool = False,
        bias: bool = False,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(n_heads=n_heads, n_kv_heads=n_kv_heads, d_head=d_head, hard=hard, dropout=dropout)
        self.q_proj = nn.Linear(d_model, n_heads * d_head, bias=bias)
        self.kv_proj = nn.Linear(d_model, 2 * n_kv_heads * d_head, bias=bias)
        self.out_proj = nn.Linear(n_heads * d_head, d_model, bias=bias)
        self.score = score
        self.kv_proj.weight.fused = (n_kv_heads * d_head, n_kv_heads * d_head)  # type: ignore[attr-defined]

    def remember(self, memory: Memory) -> RememberedHeads:
        """Keys and values of every source position."""
        heads = self.kv_proj(memory.vectors).unflatten(-1, (2 * self.n_kv_heads, self.d_head))
        k, v = heads.chunk(2, dim=2)  # (B, S, H, K) each
        return RememberedHeads(self.score.keys(k), v, None if memory.token_mask is None else memory.token_mask[:, None])

    def read(
        self, x: Float[Tensor, "batch new d_model"], remembered: RememberedHeads
    ) -> Float[Tensor, "batch new d_model"]:
        """Read the values whose keys answer; zeros, projected, of a source that is nothing but padding."""
        q = self.score.queries(self.q_proj(x).unflatten(-1, (self.n_heads, self.d_head)))  # (B, T, H, K)
        return self.read_heads(q, remembered.k, remembered.v, visible=remembered.seen, causal=False, bias=None)

    def state_size(self, src_len: int) -> int:
        """Bytes of the keys and values of one source."""
        return src_len * 2 * self.n_kv_heads * self.d_head * self.kv_proj.weight.element_size()

    def flops(self, seq_len: int, src_len: int) -> int:
        """Projections of both sides, and for each query every key: one product for its score, one for its value."""
        own = matrix_flops(self.q_proj) + matrix_flops(self.out_proj)
        pairs = 4 * seq_len * src_len * self.n_heads * self.d_head
        return seq_len * own + src_len * matrix_flops(self.kv_proj) + pairs


class CrossAttentionConfig(CrossMixerConfig):
    """Attention to the source."""

    kind: ClassVar[str] = "attention"

    n_heads: int = 8
    """Query heads."""
    n_kv_heads: int | None = None
    """Key and value heads (grouped-query attention; 1 is multi-query); null: as many as n_heads."""
    d_head: int | None = None
    """Width of a head; null: d_model / n_heads."""
    score: AnyScore = ScoreConfig()
    """How a query is compared with a key: scaled_dot, dot, cosine or qk_norm."""
    hard: bool = False
    """Read only the best-scoring positions; the gradient does not reach queries and keys."""
    bias: bool = False
    """Biases in the projections."""
    dropout: float = 0.0
    """Probability of dropping an attention weight while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_heads(self.n_heads, self.n_kv_heads)
        return self

    def build(self, d_model: int) -> CrossAttention:
        """Attention as wide as the residual stream.

        Raises:
            ConfigError: n_heads does not divide d_model and no d_head is given.
        """
        d_head = self.d_head or exact_division(d_model, self.n_heads)
        return CrossAttention(
            d_model,
            n_heads=self.n_heads,
            n_kv_heads=self.n_kv_heads or self.n_heads,
            d_head=d_head,
            score=self.score.build(d_head, self.n_heads),
            hard=self.hard,
            bias=self.bias,
            dropout=self.dropout,
        )
