"""What every sequence model answers, whatever it is made of: tokens in, logits out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.layers.heads import SoftmaxHead
from quatrain.mixers import Memory
from quatrain.ops.flops import matrix_flops
from quatrain.ops.state import State

IGNORE = -100
"""A target that is not scored."""


class SequenceModel(nn.Module, ABC):
    """Predicts the next token at every position.

    `token_mask` is True where a token is real; padding changes nothing for the others. `documents` numbers
    the documents packed into a row; tokens of different ones never meet.
    """

    vocab_size: int
    max_seq_len: int | None
    """Most positions one sequence may have; None where there is no bound."""

    @abstractmethod
    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the token after each position."""

    def token_losses(
        self,
        tokens: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats paid for each target; 0 where the target is `IGNORE`.

        The definition; a model overrides it where it can be had for less than all logits.
        """
        logits = self(tokens, token_mask, documents).float()
        return F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORE, reduction="none")

    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Take from the training text what is counted rather than learned: frequencies, n-grams, a start.

        Called once, before the first update; whatever it sets is part of the state dict. Here: nothing.

        Args:
            tokens: the training part, or a long stretch of it.
            document_starts: offsets of the tokens that start a document.
            generator: draws whatever is random about it.
        """

    @abstractmethod
    def init_state(self, batch_size: int) -> State:
        """What is remembered before the first token."""

    @abstractmethod
    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: State,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], State]:
        """Logits after each of one or more new tokens, and the state to go on from."""

    @abstractmethod
    def state_size(self, seq_len: int) -> int:
        """Bytes remembered for one sequence after `seq_len` tokens."""

    @property
    def reach(self) -> int | None:
        """The furthest distance at which a token can matter: 0 is the last one alone, None any distance."""
        return None

    def flops(self, seq_len: int) -> int:
        """Floating-point operations of `forward` over one sequence, a multiply-add being two; training takes thrice.

        The default counts the matrices that every token is multiplied with.
        """
        return seq_len * matrix_flops(self)


class ConditionalModel(nn.Module, ABC):
    """Predicts the next token of a target from the target's past and the whole of a source.

    `src_mask` is True where a source token is real; padding stands on the right and changes nothing. A target that
    is padded on the right needs no mask: its past is real, and what the padding predicts is nowhere a target.
    """

    vocab_size: int
    """Tokens of the target."""
    src_vocab_size: int
    """Tokens of the source."""
    max_seq_len: int | None
    """Most positions of a target; None where there is no bound."""
    max_src_len: int | None
    """Most positions of a source; None where there is no bound."""

    @abstractmethod
    def forward(
        self,
        src: Int[Tensor, "batch src"],
        tgt: Int[Tensor, "batch seq"],
        src_mask: Bool[Tensor, "batch src"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the target's token after each position."""

    @abstractmethod
    def token_losses(
        self,
        src: Int[Tensor, "batch src"],
        tgt: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        src_mask: Bool[Tensor, "batch src"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats paid for each target, smoothed while training where the head smooths; 0 where it is `IGNORE`."""

    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Take from the target side of the training part what is counted rather than learned; as `SequenceModel`."""

    @abstractmethod
    def encode(self, src: Int[Tensor, "batch src"], src_mask: Bool[Tensor, "batch src"] | None = None) -> Memory:
        """What the target reads of its source."""

    @abstractmethod
    def init_state(self, memory: Memory) -> State:
        """What is remembered before the first token of the target: a row a source."""

    @abstractmethod
    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: State,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], State]:
        """Logits after each of one or more new tokens of the target, and the state to go on from."""

    @abstractmethod
    def state_size(self, seq_len: int, src_len: int) -> int:
        """Bytes remembered for one pair after `seq_len` tokens of the target, neither side padded."""

    @abstractmethod
    def flops(self, seq_len: int, src_len: int) -> int:
        """Floating-point operations of `forward` over one pair, a multiply-add being two; training takes thrice."""

    @abstractmethod
    def given(self, memory: Memory) -> SequenceModel:
        """A model of targets alone, these sources given: what decodes any language model decodes it."""


def losses_of(
    head: SoftmaxHead, h: Float[Tensor, "batch seq d_model"], targets: Int[Tensor, "batch seq"]
) -> Float[Tensor, "batch seq"]:
    """Nats paid for each target by a head that reads h; 0 where it is `IGNORE`, of which no logits are taken."""
    scored = (targets != IGNORE).flatten().nonzero().squeeze(1)  # (N,)
    losses = head.losses(h.flatten(0, 1).index_select(0, scored), targets.flatten()[scored])
    return losses.new_zeros(targets.numel()).index_copy(0, scored, losses).view_as(targets)


class ExampleModel(nn.Module, ABC):
    """Answers about an example it reads whole: its class, a tag for each word, the tokens that were hidden.

    The inputs are those of `ExampleBatch.inputs` for the sort of data, in their order.
    """

    @abstractmethod
    def forward(self, *inputs: Any, **named: Any) -> Any:
        """Logits, or whatever the answer is told from."""

    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Take from the training text what is counted rather than learned; as `SequenceModel`. Here: nothing."""

    @abstractmethod
    def flops(self, seq_len: int) -> int:
        """Floating-point operations of `forward` over one example of so many positions; training takes thrice."""


class ModelConfig(Config):
    """Base of the settings of a model: complete, so that `build` needs nothing else."""

    def build(self) -> Any:
        """A freshly initialised model: a `SequenceModel`, a `ConditionalModel` or an `ExampleModel`."""
        raise NotImplementedError


class LanguageModelConfig(ModelConfig):
    """Base of the settings of a model that predicts tokens from those before them."""

    vocab_size: int
    """Tokens known."""
