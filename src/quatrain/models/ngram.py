"""The n-gram language model: counts of what followed the last few tokens, smoothed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Self, cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.errors import ConfigError, DataError
from quatrain.models._base import IGNORE, LanguageModelConfig, SequenceModel
from quatrain.models._ngram_counts import NOTHING, CountTable, count_grams

CHUNK_ENTRIES = 2**21
"""Probabilities held at once, in float64, while whole distributions are computed."""


class NGram(SequenceModel):
    """Interpolated modified Kneser-Ney: each order discounts its counts, and the next shorter shares the rest.

    Chen and Goodman 1999, section 3 and eqs. 26-27, https://doi.org/10.1006/csla.1999.0128. What order 1
    discounts is shared equally by the whole vocabulary, so every token has a probability.

    The start token starts a document and closes it, as the corpus layout has it. As context it hides all that
    came before and counts as standing `order - 1` times in a row; as a target it is a word like any other. A
    row that begins in the middle of a document is read with as much context as it has.

    Args:
        vocab_size: tokens known.
        order: longest gram counted, its target included; order 1 sees no context.
        start_token: id of the end-of-text token; None: documents have none, and their first token is never
            predicted.
    Raises:
        ConfigError: order is below 1, or start_token is not in the vocabulary.
    """

    max_seq_len = None

    def __init__(self, vocab_size: int, *, order: int, start_token: int | None = None) -> None:
        super().__init__()
        _check_settings(vocab_size, order, start_token)
        self.vocab_size, self.order, self.start_token = vocab_size, order, start_token
        self.tables = nn.ModuleList(CountTable(vocab_size) for _ in range(order))

    def observe(self, tokens: Tensor, document_starts: Tensor, generator: torch.Generator) -> None:
        """Count the training text: all that this model learns."""
        self.fit(tokens.numpy(), document_starts.numpy())

    def fit(self, tokens: np.ndarray, document_starts: np.ndarray) -> None:
        """Count a corpus, in place of whatever was counted before.

        Args:
            tokens: (N,) integer ids, `eos d1 eos d2 ... dn eos` where there is a start token.
            document_starts: (n_documents,) offsets at which documents start; no context crosses one.
        Raises:
            DataError: nothing to predict, too much to count, an id outside the vocabulary, or a document that
                does not start with start_token.
        """
        self._check_corpus(tokens, document_starts)
        ids = torch.from_numpy(np.asarray(tokens).astype(np.int64))
        is_start = np.zeros(len(ids), dtype=bool)
        is_start[document_starts] = True
        predicted = np.flatnonzero(~is_start[1:] | (self.start_token is not None))
        if not len(predicted):
            raise DataError(f"The corpus has {len(ids)} tokens and none to predict. Give a longer text.")
        documents = torch.from_numpy(is_start.cumsum())[None, :-1]
        history = _history(ids[None, :-1], documents, self.start_token, self.order - 1)
        counted = count_grams(
            (column[0].numpy() for column in history),
            ids[1:].numpy(),
            predicted,
            vocab_size=self.vocab_size,
            start_token=self.start_token,
        )
        for table, grams in zip(self._by_order(), counted, strict=True):
            table.fill(grams)

    @property
    def discounts(self) -> Float[Tensor, "order three"]:
        """What orders 1, 2, ... take from counts of 1, of 2, and of 3 or more."""
        return torch.stack([table.discounts()[1:] for table in self._by_order()])

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Log-probabilities (float32) of the token after each position; uniform before `fit`."""
        columns, _ = self._read(tokens, self.init_state(len(tokens)), token_mask, documents)
        return self._log_probs(columns, tokens)

    def token_losses(
        self,
        tokens: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats (float64) paid for each target, looked up one by one; 0 where it is `IGNORE`."""
        columns, _ = self._read(tokens, self.init_state(len(tokens)), token_mask, documents)
        words = targets.masked_fill(targets == IGNORE, 0)
        p = torch.full(targets.shape, 1 / self.vocab_size, dtype=torch.float64, device=tokens.device)
        for table, context in self._contexts(columns, tokens):
            p = table.share(context, words) + table.left_over(context) * p
        return -p.log().masked_fill(targets == IGNORE, 0)

    def init_state(self, batch_size: int) -> Int[Tensor, "batch past"]:
        """No token known yet: `order - 1` times `NOTHING`."""
        device = self._by_order()[0].counts.device
        return torch.full((batch_size, self.order - 1), NOTHING, device=device)

    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: Int[Tensor, "batch past"],
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], Int[Tensor, "batch past"]]:
        """Log-probabilities after each new token, and the last `order - 1` tokens."""
        columns, state = self._read(tokens, state, token_mask, None)
        return self._log_probs(columns, tokens), state

    @property
    def reach(self) -> int | None:
        """The context of the highest order."""
        return max(self.order - 2, 0)

    def flops(self, seq_len: int) -> int:
        """A discounted count and its share of the next order, for each order: the target alone is looked up."""
        return seq_len * 4 * self.order

    def state_size(self, seq_len: int) -> int:
        """Bytes of the last `order - 1` ids, however long the sequence."""
        return 8 * (self.order - 1)

    def _by_order(self) -> list[CountTable]:
        return cast("list[CountTable]", list(self.tables))

    def _read(
        self, tokens: Tensor, state: Tensor, token_mask: Tensor | None, documents: Tensor | None
    ) -> tuple[list[Tensor], Tensor]:
        """The token 0, 1, ... back from each position, each (B, T), and the state after the last one.

        Padding is moved to the left of its row, where it is nothing; each position then reads at the place of
        the last real token up to it.
        """
        mask = torch.ones_like(tokens, dtype=torch.bool) if token_mask is None else token_mask
        row = torch.cat([state, tokens.masked_fill(~mask, NOTHING)], dim=1)  # (B, past + T)
        real = row != NOTHING
        packing = real.int().argsort(dim=1, stable=True)
        packed = row.gather(1, packing)
        if documents is not None:
            documents = torch.cat([torch.zeros_like(state), documents], dim=1).gather(1, packing)
        n_after = real.sum(dim=1, keepdim=True) - real.cumsum(dim=1)
        place = (row.shape[1] - 1 - n_after)[:, state.shape[1] :]  # (B, T)
        history = _history(packed, documents, self.start_token, self.order - 1)
        return [column.gather(1, place) for column in history], packed[:, tokens.shape[1] :]

    def _contexts(self, columns: list[Tensor], like: Tensor) -> Iterator[tuple[CountTable, Tensor]]:
        """Every order's table, and in it the indices of the contexts; `NOTHING` where it lacks one."""
        nowhere = like.new_full((1,), NOTHING)
        context = torch.zeros_like(nowhere)
        for table, older in zip(self._by_order(), [nowhere, *columns], strict=True):
            context = table.find(context, older)  # (1,) for order 1, whose one context is empty; then as columns
            yield table, context

    def _log_probs(self, columns: list[Tensor], tokens: Tensor) -> Tensor:
        flat = [column.flatten() for column in columns]
        log_probs = torch.empty(tokens.numel(), self.vocab_size, device=tokens.device)
        n_at_once = max(CHUNK_ENTRIES // self.vocab_size, 1)
        for first in range(0, tokens.numel(), n_at_once):
            chunk = slice(first, first + n_at_once)
            log_probs[chunk] = self._distributions([column[chunk] for column in flat], tokens).log().float()
        return log_probs.view(*tokens.shape, self.vocab_size)

    def _distributions(self, columns: list[Tensor], like: Tensor) -> Tensor:
        """Probabilities (P, V), float64, after P contexts; (1, V) where they are all the empty one."""
        p = torch.full((1, self.vocab_size), 1 / self.vocab_size, dtype=torch.float64, device=like.device)
        for table, context in self._contexts(columns, like):
            p = table.left_over(context)[:, None] * p
            rows, words, shares = table.followers(context)
            p[rows, words] += shares
        return p

    def _check_corpus(self, tokens: np.ndarray, document_starts: np.ndarray) -> None:
        if len(tokens) >= 2**31:
            raise DataError(f"The corpus has {len(tokens)} tokens and counts end at 2**31 - 1. Fit a part of it.")
        if len(tokens) and (largest := int(tokens.max())) >= self.vocab_size:
            raise DataError(
                f"tokens[{int(tokens.argmax())}] is {largest}, but the model has vocab_size={self.vocab_size}. "
                f"Encode with the model's own tokenizer, or set vocab_size={largest + 1}."
            )
        if self.start_token is None:
            return
        firsts = tokens[document_starts]
        for wrong in np.flatnonzero(firsts != self.start_token)[:1]:
            raise DataError(
                f"The document at offset {document_starts[wrong]} starts with token {firsts[wrong]}, not with "
                f"start_token={self.start_token}. Put that token before each document, or set start_token=null."
            )


def _history(
    tokens: Tensor, documents: Tensor | None, start_token: int | None, length: int
) -> Iterator[Int[Tensor, "batch seq"]]:
    """The token 0, 1, ... `length - 1` back from each position, if in the same document; else `NOTHING`.

    From a start token on, further back there are only start tokens.
    """
    token = tokens
    for back in range(length):
        if back:
            newer, token = token, torch.full_like(tokens, NOTHING)
            token[:, back:] = tokens[:, :-back]
            if documents is not None:
                token[:, back:].masked_fill_(documents[:, back:] != documents[:, :-back], NOTHING)
            token.masked_fill_(newer == NOTHING, NOTHING)
            if start_token is not None:
                token.masked_fill_(newer == start_token, start_token)
        yield token


def _check_settings(vocab_size: int, order: int, start_token: int | None) -> None:
    if order < 1:
        raise ConfigError(f"order={order} must be at least 1, for a gram has a target. Try order=5.")
    if start_token is not None and not 0 <= start_token < vocab_size:
        raise ConfigError(
            f"start_token={start_token} is not one of the {vocab_size} ids of vocab_size. Use null for none."
        )


class NGramConfig(LanguageModelConfig):
    """Counts of what followed the last few tokens, smoothed by interpolated modified Kneser-Ney."""

    kind: ClassVar[str] = "ngram"

    order: int = 7
    """Longest gram counted, its target included: 7 suits characters, 5 words."""
    start_token: int | None = None
    """Id of the end-of-text token that starts and closes documents; null where there is none."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_settings(self.vocab_size, self.order, self.start_token)
        return self

    def build(self) -> NGram:
        """A model that has counted nothing yet: `fit` it."""
        return NGram(self.vocab_size, order=self.order, start_token=self.start_token)
