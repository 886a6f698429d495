"""From token ids to vectors: of the token alone, or of the token and the ones before it."""

from __future__ import annotations

from typing import ClassVar, Self

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import Config

NOTHING = -1
"""Stands for a token that is not there: before the start, or in another document."""


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


class NGramEmbedding(Embedding):
    """The vector of the token, plus one for each n-gram that ends in it, looked up by a hash.

    Huang et al. 2025, "Over-Tokenized Transformer", https://arxiv.org/abs/2501.16975, section 3.2: a look-up
    costs almost nothing, and spares the first layers the work of telling apart what stands next to each other.
    Differs from the paper: one table an order, no splitting of the vectors.

    Args:
        orders: lengths of the n-grams, each at least 2.
        n_rows: rows of each table; n-grams that fall on the same row share it.
    """

    def __init__(
        self, vocab_size: int, d_model: int, *, scale: float = 1.0, orders: tuple[int, ...], n_rows: int
    ) -> None:
        super().__init__(vocab_size, d_model, scale=scale)
        self.orders, self.n_rows, self.reach = orders, n_rows, max(orders) - 1
        self.ngrams = nn.ModuleList(nn.Embedding(n_rows, d_model) for _ in orders)

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        before: Int[Tensor, "batch reach"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq d_model"]:
        """Vectors of tokens in their context."""
        x = super().forward(tokens, before)
        line, order = _line(tokens, before, token_mask)
        if order is None:
            rows = self._rows(line, documents)
        else:  # looked up in the packed line, and brought back to where the tokens stand
            place = (order.argsort(dim=1)[:, self.reach :] - self.reach).clamp(min=0)  # (B, T)
            if documents is not None:
                documents = torch.cat([torch.zeros_like(before), documents], dim=1).gather(1, order)
                documents = documents[:, self.reach :]
            rows = [row.gather(1, place) for row in self._rows(line, documents)]
        for table, row in zip(self.ngrams, rows, strict=True):
            x = x + table(row)
        return x

    def _rows(self, line: Tensor, documents: Tensor | None) -> list[Tensor]:
        """For every order the row (B, T) of the n-gram that ends at each position of a line (B, reach + T)."""
        tokens = line[:, self.reach :]
        seq_len, row, rows = tokens.shape[1], tokens + 1, {}
        for back in range(1, self.reach + 1):
            first = self.reach - back
            earlier = line[:, first : first + seq_len]
            if documents is not None:
                earlier = torch.where(_same_document(documents, back), earlier, NOTHING)
            row = row * 1_000_003 + earlier + 1  # int64 may wrap round: that is part of the hash
            rows[back + 1] = ((row >> 17) ^ row) % self.n_rows
        return [rows[order] for order in self.orders]


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

    def build(self, vocab_size: int, d_model: int) -> Embedding:
        """The layer."""
        return Embedding(vocab_size, d_model, scale=self.scale)


class NGramEmbeddingConfig(EmbeddingConfig):
    """A vector a token, and one for every n-gram that ends in it."""

    kind: ClassVar[str] = "ngram"

    orders: tuple[int, ...] = (2, 3)
    """Lengths of the n-grams."""
    n_rows: int = 16_384
    """Rows of each table."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.orders or min(self.orders) < 2:
            raise ValueError(f"orders={list(self.orders)}: needs at least one order, each at least 2.")
        return self

    def build(self, vocab_size: int, d_model: int) -> NGramEmbedding:
        """The layer."""
        return NGramEmbedding(vocab_size, d_model, scale=self.scale, orders=self.orders, n_rows=self.n_rows)


EMBEDDINGS: dict[str, type[EmbeddingConfig]] = {"token": EmbeddingConfig, "ngram": NGramEmbeddingConfig}
