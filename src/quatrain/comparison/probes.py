"""Rows of any length to try a model on, whatever it reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor

from quatrain.models import ConditionalModel, SequenceModel

Row = tuple[Tensor, ...]
"""What a model is called with; the last are the tokens that are predicted, (1, length)."""


class Probe(ABC):
    """A model, and rows to try it on one at a time.

    Args:
        model: what is tried.
    """

    def __init__(self, model: Any) -> None:
        self.model = model

    @property
    @abstractmethod
    def longest(self) -> int | None:
        """Most positions of a row; None where there is no bound."""

    @abstractmethod
    def row(self, length: int) -> Row:
        """A row of a length."""

    @abstractmethod
    def losses(self, row: Row) -> Tensor:
        """Nats paid for each of its tokens."""

    @abstractmethod
    def writer(self, row: Row) -> SequenceModel:
        """What writes its tokens one by one."""


class SequenceProbe(Probe):
    """One sequence."""

    model: SequenceModel

    @property
    def longest(self) -> int | None:
        """As the model says."""
        return self.model.max_seq_len

    def row(self, length: int) -> Row:
        """Tokens at random."""
        return (_tokens(self.model.vocab_size, length),)

    def losses(self, row: Row) -> Tensor:
        """Of each token's next."""
        (tokens,) = row
        return self.model.token_losses(tokens, _next(tokens))

    def writer(self, row: Row) -> SequenceModel:
        """The model."""
        return self.model


class PairProbe(Probe):
    """A pair whose two sides are of one length."""

    model: ConditionalModel

    @property
    def longest(self) -> int | None:
        """As the side says that may be less long."""
        return min((bound for bound in (self.model.max_seq_len, self.model.max_src_len) if bound), default=None)

    def row(self, length: int) -> Row:
        """A source and a target at random."""
        return _tokens(self.model.src_vocab_size, length), _tokens(self.model.vocab_size, length)

    def losses(self, row: Row) -> Tensor:
        """Of each token of the target."""
        src, tgt = row
        return self.model.token_losses(src, tgt, _next(tgt))

    def writer(self, row: Row) -> SequenceModel:
        """The model of the targets of this source, which is read here."""
        return self.model.given(self.model.encode(row[0]))


@singledispatch
def probe_of(model: Any) -> Probe:
    """What tries a model."""
    raise TypeError(f"{type(model).__name__} is of no family whose costs could be measured")


@probe_of.register
def _(model: SequenceModel) -> Probe:
    return SequenceProbe(model)


@probe_of.register
def _(model: ConditionalModel) -> Probe:
    return PairProbe(model)


def _tokens(vocab_size: int, length: int) -> Tensor:
    return torch.randint(vocab_size, (1, length), generator=torch.Generator().manual_seed(0))


def _next(tokens: Tensor) -> Tensor:
    return tokens.roll(-1, dims=1)
