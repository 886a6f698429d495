"""Several models as one: the mean of what they hold probable."""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Self, cast

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.models._base import IGNORE, LanguageModelConfig, SequenceModel
from quatrain.models.causal_lm import CausalLMConfig
from quatrain.models.feedforward_lm import FeedForwardLMConfig
from quatrain.models.ngram import NGramConfig
from quatrain.ops.state import State

MEMBERS: dict[str, type[LanguageModelConfig]] = {
    "causal_lm": CausalLMConfig,
    "feedforward_lm": FeedForwardLMConfig,
    "ngram": NGramConfig,
}


class Mixture(SequenceModel):
    """p(token) = the mean of the members' probabilities, with equal weights: nothing is fitted, nothing can leak.

    The linear opinion pool (Stone 1961). Members that err in different places, such as a Transformer and an n-gram of
    the same text, are together better than either, and less sure of themselves where they disagree.

    Args:
        members: models of one vocabulary.
    """

    def __init__(self, members: list[SequenceModel]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)
        self.vocab_size = members[0].vocab_size
        bounds = [member.max_seq_len for member in members if member.max_seq_len is not None]
        self.max_seq_len = min(bounds, default=None)

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logarithms of the mean probabilities."""
        return _mean([member(tokens, token_mask, documents) for member in self.members])

    def token_losses(
        self,
        tokens: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats paid for each target; 0 where the target is `IGNORE`."""
        losses = [member.token_losses(tokens, targets, token_mask, documents).double() for member in self._all()]
        together = math.log(len(losses)) - torch.stack(losses).neg().logsumexp(dim=0)
        return together.masked_fill(targets == IGNORE, 0.0)

    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Let every member count what it counts."""
        for member in self._all():
            member.observe(tokens, document_starts, generator)

    def init_state(self, batch_size: int) -> tuple[State, ...]:
        """The members' states."""
        return tuple(member.init_state(batch_size) for member in self._all())

    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: tuple[State, ...],
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], tuple[State, ...]]:
        """Logarithms of the mean probabilities after each new token, and the members' states."""
        steps = [member.advance(tokens, past, token_mask) for member, past in zip(self._all(), state, strict=True)]
        return _mean([logits for logits, _ in steps]), tuple(past for _, past in steps)

    def state_size(self, seq_len: int) -> int:
        """Bytes remembered by all members for one sequence."""
        return sum(member.state_size(seq_len) for member in self._all())

    @property
    def reach(self) -> int | None:
        """Of the member that looks back furthest."""
        reaches = [member.reach for member in self._all()]
        return None if None in reaches else max(reach for reach in reaches if reach is not None)

    def flops(self, seq_len: int) -> int:
        """All members'."""
        return sum(member.flops(seq_len) for member in self._all())

    def _all(self) -> list[SequenceModel]:
        return cast("list[SequenceModel]", list(self.members))


def _mean(logits: list[Tensor]) -> Tensor:
    wide = torch.promote_types(max((part.dtype for part in logits), key=lambda dtype: dtype.itemsize), torch.float32)
    logs = torch.stack([part.to(wide).log_softmax(dim=-1) for part in logits])
    return logs.logsumexp(dim=0) - math.log(len(logits))


class MixtureConfig(LanguageModelConfig):
    """The mean of several models' probabilities."""

    kind: ClassVar[str] = "mixture"

    members: tuple[Annotated[LanguageModelConfig, one_of(lambda: MEMBERS)], ...]
    """The models, at least two, of one vocabulary."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.members) < 2:
            raise ValueError("members: a mixture needs at least two models.")
        sizes = {member.vocab_size for member in self.members}
        if sizes != {self.vocab_size}:
            raise ValueError(f"members: know {sorted(sizes)} tokens; all must know vocab_size={self.vocab_size}.")
        return self

    def build(self) -> Mixture:
        """Freshly initialised members."""
        return Mixture([member.build() for member in self.members])
