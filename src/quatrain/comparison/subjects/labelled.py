"""Classes of texts, or of pairs of texts, as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from quatrain.comparison.subjects.classes import ClassSubject
from quatrain.data import LabelledConfig, LabelledData
from quatrain.models import ModelConfig
from quatrain.models.text_classifiers import text_classifier
from quatrain.training.planning import Planner
from quatrain.training.planning.classification import TextClassifierPlanner


@dataclass(frozen=True)
class LabelledSubject(ClassSubject):
    """The class of a text, or of a pair of texts."""

    usual: ClassVar[tuple[str, ...]] = ("transformer", "lstm", "gru", "conv", "hyena", "linear", "dan")
    yardstick: ClassVar[str] = "transformer"
    planner: ClassVar[Planner] = TextClassifierPlanner()
    sort: ClassVar[str] = "classes of texts"
    row: ClassVar[str] = "text"

    config: LabelledConfig
    data: LabelledData

    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """Blocks around a mixer, or older."""
        data = self.data
        return text_classifier(word)(data.tokenizer.vocab_size, data.classes, d_model, n_layers, n_heads, seq_len)

    @property
    def title(self) -> str:
        """Classes, and how text becomes numbers."""
        data, tokenizer = self.data, self.data.tokenizer
        what = "a text" if data.train.seconds is None else "a pair of texts"
        return (
            f"the class of {what} of {data.name} ({len(data.classes)} classes; {tokenizer.name}, "
            f"{tokenizer.vocab_size:,} tokens)"
        )

    def reading(self, seq_len: int) -> dict[str, Any]:
        """In so many tokens."""
        return {"vocab_size": self.data.tokenizer.vocab_size, "seq_len": seq_len}
