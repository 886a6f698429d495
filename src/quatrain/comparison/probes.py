"""Rows of any length to try a model on, whatever it reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import singledispatch
from typing import Any

import torch
from torch import Tensor

from quatrain.data import ExampleBatch, MaskedBatch
from quatrain.models import IGNORE, Classifier, ConditionalModel, MaskedLM, SequenceModel, Tagger
from quatrain.models.backbones import TextEncoder, WordEncoder
from quatrain.training.objectives import OBJECTIVES

Row = tuple[Tensor | None, ...]
"""What a model is called with; the last of one that writes are the tokens that are predicted, (1, length)."""
LETTERS = 8
"""Bytes of a word."""
HIDDEN = 7
"""One of so many tokens is hidden."""


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
        """Nats paid for what is learned from it."""


class WritingProbe(Probe, ABC):
    """A model that writes token by token."""

    @abstractmethod
    def writer(self, row: Row) -> SequenceModel:
        """What writes the tokens of a row one by one."""


class SequenceProbe(WritingProbe):
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
        (tokens,) = _there(row)
        return self.model.token_losses(tokens, _next(tokens))

    def writer(self, row: Row) -> SequenceModel:
        """The model."""
        return self.model


class PairProbe(WritingProbe):
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
        src, tgt = _there(row)
        return self.model.token_losses(src, tgt, _next(tgt))

    def writer(self, row: Row) -> SequenceModel:
        """The model of the targets of this source, which is read here."""
        src, _ = _there(row)
        return self.model.given(self.model.encode(src))


class ExampleProbe(Probe, ABC):
    """An example that is read whole."""

    @property
    def longest(self) -> int | None:
        """As the backbone says."""
        bound: int | None = self.model.backbone.max_seq_len
        return bound

    def row(self, length: int) -> Row:
        """What the backbone reads, at random."""
        return inputs_of(self.model.backbone, length)


class ClassProbe(ExampleProbe):
    """An example of a class."""

    def losses(self, row: Row) -> Tensor:
        """Of its class, the first."""
        return OBJECTIVES["classify"].loss_sum(self.model, ExampleBatch(row, torch.zeros(1, dtype=torch.int64)))


class TagProbe(ExampleProbe):
    """A sentence."""

    model: Tagger

    def losses(self, row: Row) -> Tensor:
        """Of a tag for each word."""
        tags = _tokens(self.model.head.out_features, _length(row))
        return OBJECTIVES["tag"].loss_sum(self.model, ExampleBatch(row, tags))


class MaskedProbe(ExampleProbe):
    """A text with hidden tokens."""

    model: MaskedLM

    def losses(self, row: Row) -> Tensor:
        """Of the hidden ones."""
        targets = _tokens(self.model.vocab_size, _length(row))
        targets[:, torch.arange(targets.shape[1]) % HIDDEN > 0] = IGNORE
        return OBJECTIVES["masked"].loss_sum(self.model, MaskedBatch(row, targets, torch.full((1,), IGNORE), 0.0))


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


@probe_of.register
def _(model: Classifier) -> Probe:
    return ClassProbe(model)


@probe_of.register
def _(model: Tagger) -> Probe:
    return TagProbe(model)


@probe_of.register
def _(model: MaskedLM) -> Probe:
    return MaskedProbe(model)


@singledispatch
def inputs_of(backbone: Any, length: int) -> Row:
    """An example of so many positions, as a backbone reads it."""
    raise TypeError(f"{type(backbone).__name__} reads examples of one length")


@inputs_of.register
def _(backbone: TextEncoder, length: int) -> Row:
    return _tokens(backbone.vocab_size, length), None, None


@inputs_of.register
def _(backbone: WordEncoder, length: int) -> Row:
    spellings = 1 + _tokens(255, length * LETTERS).view(1, length, LETTERS)
    return _tokens(backbone.vocab_size, length), None, spellings


def _tokens(vocab_size: int, length: int) -> Tensor:
    return torch.randint(vocab_size, (1, length), generator=torch.Generator().manual_seed(0))


def _next(tokens: Tensor) -> Tensor:
    return tokens.roll(-1, dims=1)


def _there(row: Row) -> tuple[Tensor, ...]:
    return tuple(part for part in row if part is not None)


def _length(row: Row) -> int:
    return _there(row)[0].shape[1]
