"""A text as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quatrain.comparison.subjects._base import notch_of
from quatrain.comparison.subjects._sequence import SequenceSubject
from quatrain.data import DataConfig, TextData
from quatrain.models import NGramConfig
from quatrain.training.baselines.ngram import default_order
from quatrain.training.planning.language import SIZES

BLOCK = 256
"""Neighbouring tokens whose losses count as one observation."""
SEQ_LEN, ROW_TOKENS = 128, 1024
"""Tokens of a row and of an update: many small updates serve short budgets best (docs/benchmarks.md)."""


@dataclass(frozen=True)
class TextSubject(SequenceSubject):
    """A text: nats per token on the whole validation part."""

    config: DataConfig
    data: TextData

    objective = "language"
    seq_len = SEQ_LEN
    batch_size = ROW_TOKENS // SEQ_LEN
    grow = 1
    block = BLOCK
    higher_is_better = False

    def reference(self, size: str, seconds: float | None) -> tuple[int, int]:
        """Of the notch; without a time the smallest."""
        notch = notch_of(SIZES, size, seconds)
        return notch.d_model, notch.n_layers

    @property
    def vocab_size(self) -> int:
        """Of the tokenizer."""
        return self.data.tokenizer.vocab_size

    def ngram(self) -> NGramConfig:
        """Interpolated modified Kneser-Ney of the usual order."""
        tokenizer = self.data.tokenizer
        return NGramConfig(
            vocab_size=tokenizer.vocab_size, order=default_order(tokenizer), start_token=tokenizer.eos_id
        )

    def about(self, seq_len: int) -> dict[str, Any]:
        """Name, split, tokenizer."""
        tokenizer = self.data.tokenizer
        return {
            "kind": "text",
            "name": self.data.name,
            "title": f"the next token of {self.data.name} ({tokenizer.name}, {tokenizer.vocab_size:,} tokens)",
            "split": self.data.split,
            "metric": "loss",
            "unit": "nats per token",
            "better": "lower",
            "chance": None,
            "vocab_size": tokenizer.vocab_size,
            "seq_len": seq_len,
            "n_items": self.data.val.n_targets,
            "items": "tokens",
            "natural": [],
            "reason": None,
        }
