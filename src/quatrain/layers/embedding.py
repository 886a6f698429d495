"""From token ids to vectors: of the token alone, or of the token and the ones before it."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import Config

NOTHING = -1
"""Stands for a token that is not there: before the start, in padding, or in another document."""
UNUSED = torch.iinfo(torch.int64).max
"""Key of a row that no n-gram has."""


class Embedding(nn.Module):
    """One learned vector a token, times a constant.

    Args:
        scale: what the vectors are multiplied by; sqrt(d_model) in Vaswani et al. 2017, section 3.4.
    """

    reach: int = 0
    """How many earlier tokens a vector depends on."""

    def __init__(self, vocab_size: int, d_model: int, *, scale: float = 1.0) -> None:
        super().__init__()
        self.table, self.scale = nn.Embedding(vocab_size, d_model), scale

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        before: Int[Tensor, "batch reach"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Vectors of tokens.

        Args:
            before: the last `reach` tokens before them.
            token_mask: True where a token is real; others are passed over by those that look back.
            documents: which document each token belongs to.
        """
        x = self.table(tokens)
        return x if self.scale == 1.0 else x * self.scale

    def remember(
        self,
        tokens: Int[Tensor, "batch seq"],
        before: Int[Tensor, "batch reach"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
    ) -> Int[Tensor, "batch reach"]:
        """The last `reach` real tokens after these."""
        line, _ = _line(tokens, before, token_mask)
        return line[:, line.shape[1] - self.reach :]

    def nothing(self, batch_size: int) -> Int[Tensor, "batch reach"]:
        """What stands before the first token."""
        shape = (batch_size, self.reach)
        return torch.full(shape, NOTHING, dtype=torch.long, device=self.table.weight.device)

    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Take from the training text what is counted rather than learned: here nothing."""


class NGramEmbedding(Embedding):
    """The vector of the token, plus one for each frequent n-gram that ends in it.

    Huang et al. 2025, "Over-Tokenized Transformer", https://arxiv.org/abs/2501.16975: a look-up costs almost
    nothing, and spares the first layers the work of telling apart what stands next to each other. Differs from
    the paper: only n-grams counted in the training text have a row, so a rare one adds nothing instead of noise.

    Args:
        orders: lengths of the n-grams, each at least 2.
        n_rows: most n-grams of all orders together, the most frequent first.
        min_count: how often an n-gram must be seen to have a row.
        dropout: probability of leaving an n-gram out, while training.
    """

    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        *,
        scale: float = 1.0,
        orders: tuple[int, ...],
        n_rows: int,
        min_count: int,
        dropout: float,
    ) -> None:
        super().__init__(vocab_size, d_model, scale=scale)
        self.orders, self.n_rows, self.min_count, self.dropout = orders, n_rows, min_count, dropout
        self.reach = max(orders) - 1
        self.ngrams = nn.Embedding(1 + n_rows, d_model, padding_idx=0)  # row 0: an unknown n-gram
        self.register_buffer("keys", torch.full((n_rows,), UNUSED))
        self.keys: Tensor

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        before: Int[Tensor, "batch reach"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Vectors of tokens in their context."""
        line, order = _line(tokens, before, token_mask)
        if order is not None and documents is not None:
            documents = torch.cat([torch.zeros_like(before), documents], dim=1).gather(1, order)[:, self.reach :]
        rows = self._rows(line, documents)  # (B, T, orders)
        if order is not None:  # looked up in the packed line, and brought back to where the tokens stand
            place = (order.argsort(dim=1)[:, self.reach :] - self.reach).clamp(min=0)  # (B, T)
            rows = rows.take_along_dim(place.unsqueeze(-1), dim=1)
        return super().forward(tokens, before) + self.ngrams(rows).sum(dim=2)

    @torch.no_grad()
    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Give rows to the most frequent n-grams of the training text."""
        keys = self._keys(tokens[None], None)
        found = [column.unique(return_counts=True) for column in keys.flatten(0, 1).unbind(-1)]
        seen, counts = (torch.cat(parts) for parts in zip(*found, strict=True))
        best = counts.argsort(descending=True, stable=True)[: self.n_rows]
        chosen = seen[best[counts[best] >= self.min_count]].sort().values
        self.keys.fill_(UNUSED)[: len(chosen)] = chosen

    def _rows(self, line: Tensor, documents: Tensor | None) -> Int[Tensor, "batch seq orders"]:
        keys = self._keys(line, documents)
        rows = torch.searchsorted(self.keys, keys).clamp(max=self.n_rows - 1)
        rows = torch.where(self.keys[rows] == keys, 1 + rows, 0)
        if self.training and self.dropout > 0:
            rows = rows * (torch.rand(rows.shape, device=rows.device) >= self.dropout)
        return rows

    def _keys(self, line: Tensor, documents: Tensor | None) -> Int[Tensor, "batch seq orders"]:
        """A 64-bit fingerprint of every order's n-gram that ends at each position of a line (B, reach + T)."""
        tokens = line[:, self.reach :]
        seq_len, key, keys = tokens.shape[1], tokens + 2, {}
        for back in range(1, self.reach + 1):
            first = self.reach - back
            earlier = line[:, first : first + seq_len]
            if documents is not None:
                earlier = torch.where(_same_document(documents, back), earlier, NOTHING)
            key = (key ^ (key >> 29)) * 0x5851F42D4C957F2D + earlier + 2  # wraps round: part of the mixing
            keys[back + 1] = key
        return torch.stack([keys[order] for order in self.orders], dim=-1)


def _line(tokens: Tensor, before: Tensor, token_mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """What came before and the tokens, (B, reach + T), and the order in which they were put.

    With a mask, padding goes to the front as `NOTHING`, so that what looks back sees real tokens only.
    """
    if token_mask is None:
        return torch.cat([before, tokens], dim=1), None
    line = torch.cat([before, tokens.masked_fill(~token_mask, NOTHING)], dim=1)
    order = (line != NOTHING).int().argsort(dim=1, stable=True)
    return line.gather(1, order), order


def _same_document(documents: Tensor, back: int) -> Bool[Tensor, "batch seq"]:
    """Whether the position `back` earlier in the row belongs to the same document."""
    same = torch.zeros_like(documents, dtype=torch.bool)
    same[:, back:] = documents[:, back:] == documents[:, :-back]
    return same


class EmbeddingConfig(Config):
    """A vector a token."""

    kind: ClassVar[str] = "token"

    scale: float = 1.0
    """What vectors are multiplied by."""
    std: float = 0.02
    """Standard deviation of a token's vector at the start; those of n-grams start at zero."""

    def build(self, vocab_size: int, d_model: int) -> Embedding:
        """The layer."""
        return Embedding(vocab_size, d_model, scale=self.scale)


class NGramEmbeddingConfig(EmbeddingConfig):
    """A vector a token, and one for every frequent n-gram that ends in it."""

    kind: ClassVar[str] = "ngram"

    orders: tuple[int, ...] = (2, 3, 4, 5, 6)
    """Lengths of the n-grams."""
    n_rows: int = 98_304
    """Most n-grams of all orders together, the most frequent first."""
    min_count: int = 4
    """How often an n-gram must be seen in the training text to have a vector."""
    dropout: float = 0.1
    """Probability of leaving an n-gram out, while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.orders or min(self.orders) < 2:
            raise ValueError(f"orders={list(self.orders)}: needs at least one order, each at least 2.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    def build(self, vocab_size: int, d_model: int) -> NGramEmbedding:
        """The layer."""
        return NGramEmbedding(
            vocab_size,
            d_model,
            scale=self.scale,
            orders=self.orders,
            n_rows=self.n_rows,
            min_count=self.min_count,
            dropout=self.dropout,
        )


EMBEDDINGS: dict[str, type[EmbeddingConfig]] = {"token": EmbeddingConfig, "ngram": NGramEmbeddingConfig}
