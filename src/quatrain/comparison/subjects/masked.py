"""A text with hidden tokens as a subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from quatrain.comparison.subjects._examples import ExampleSubject
from quatrain.data import MaskedConfig, MaskedData
from quatrain.data.masked import SCORED_LEN
from quatrain.models import ModelConfig
from quatrain.models.encoders import SIZED
from quatrain.training.planning import Planner
from quatrain.training.planning.masked import MASKED_SIZES, MaskedPlanner, masked_lm

BLOCK = 256
"""Neighbouring hidden tokens whose losses count as one observation."""


@dataclass(frozen=True)
class MaskedSubject(ExampleSubject):
    """Hidden tokens: nats for each on the whole validation part, the same ones for every model."""

    usual: ClassVar[tuple[str, ...]] = ("encoder", "bert", "lstm", "conv", "hyena")
    yardstick: ClassVar[str] = "encoder"
    planner: ClassVar[Planner] = MaskedPlanner()
    sort: ClassVar[str] = "hidden words"
    sized: ClassVar[tuple[str, ...]] = tuple(SIZED)
    scores: ClassVar[tuple[str, ...]] = ("accuracy",)
    target: ClassVar[str] = "a hidden token"
    targets: ClassVar[str] = "hidden tokens"
    metric: ClassVar[str] = "loss"
    unit: ClassVar[str] = "nats per hidden token"
    items: ClassVar[str] = "hidden tokens"
    loss_unit: ClassVar[str] = unit
    row: ClassVar[str] = "text"

    config: MaskedConfig
    data: MaskedData

    objective = "masked"
    block = BLOCK
    higher_is_better = False

    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """An encoder, with the head that suits it."""
        smallest = next(iter(MASKED_SIZES.values()))
        size = replace(smallest, d_model=d_model, n_layers=n_layers, n_heads=n_heads, seq_len=seq_len)
        return masked_lm(word, size, self.data)

    @property
    def title(self) -> str:
        """How text becomes numbers, and how much of it is hidden."""
        tokenizer, share = self.data.tokenizer, self.data.setting.hiding.fraction
        return f"hidden tokens of {self.data.name} ({share:.0%}; {tokenizer.name}, {tokenizer.vocab_size:,} tokens)"

    def n_items(self, seq_len: int) -> int:
        """Hidden tokens, counted."""
        return sum(batch.n_targets for batch in self.data.val.scored(context=min(SCORED_LEN, seq_len)))

    def reading(self, seq_len: int) -> dict[str, Any]:
        """In rows of so many tokens."""
        return {"vocab_size": self.data.tokenizer.vocab_size, "seq_len": seq_len}
