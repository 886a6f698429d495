"""Tagged sentences as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from quatrain.comparison.subjects._examples import ExampleSubject
from quatrain.data import TaggedConfig, TaggedData
from quatrain.models import ModelConfig
from quatrain.models.taggers import tagger_of
from quatrain.training.planning import Planner
from quatrain.training.planning.tagging import TaggingPlanner, shape_of


@dataclass(frozen=True)
class TaggedSubject(ExampleSubject):
    """A tag for each word: F1 of whole entities, by the linear part that each sentence has in it."""

    usual: ClassVar[tuple[str, ...]] = ("tagger", "transformer", "gru", "conv")
    yardstick: ClassVar[str] = "tagger"
    planner: ClassVar[Planner] = TaggingPlanner()
    sort: ClassVar[str] = "tagged sentences"
    scores: ClassVar[tuple[str, ...]] = ("precision", "recall")
    target: ClassVar[str] = "a word"
    targets: ClassVar[str] = "words"
    fault: ClassVar[str] = "distance of F1 from 1"
    metric: ClassVar[str] = "f1"
    items: ClassVar[str] = "sentences"
    loss_unit: ClassVar[str] = "nats per word"
    row: ClassVar[str] = "sentence"

    config: TaggedConfig
    data: TaggedData

    objective = "tag"
    block = 1
    higher_is_better = True

    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """A tagger, or blocks around a mixer with a chain of tags."""
        return tagger_of(word)(shape_of(self.data, d_model, n_layers, n_heads, seq_len))

    @property
    def title(self) -> str:
        """Tags, and how words become numbers."""
        data, tokenizer = self.data, self.data.tokenizer
        return (
            f"the tags of the words of {data.name} ({len(data.train.tags)} tags; {tokenizer.name}, "
            f"{tokenizer.vocab_size:,} tokens)"
        )

    def n_items(self, seq_len: int) -> int:
        """Sentences."""
        return len(self.data.val.sentences)

    def reading(self, seq_len: int) -> dict[str, Any]:
        """In so many words, or pieces of them."""
        return {"vocab_size": self.data.tokenizer.vocab_size, "seq_len": seq_len}
