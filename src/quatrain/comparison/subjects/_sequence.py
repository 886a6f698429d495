"""What models of one sequence learn: a text, or the examples of a task."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from quatrain.comparison.subjects._base import Subject
from quatrain.errors import ConfigError
from quatrain.models import ModelConfig, NGramConfig
from quatrain.models.presets import architecture, fitting_heads
from quatrain.models.translators import TRANSLATORS
from quatrain.training.optim import MuonConfig, OptimConfig
from quatrain.training.schedules import TrapezoidConfig

COUNTED = "ngram"


@dataclass(frozen=True)
class SequenceSubject(Subject, ABC):
    """The next token, or the answer, from what stands before it."""

    usual: ClassVar[tuple[str, ...]] = (
        "transformer", "lstm", "gru", "rnn", "conv", "hyena", "linear", "delta", "dan", "mlp", COUNTED,
    )  # fmt: skip
    yardstick: ClassVar[str] = "transformer"

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """Tokens known."""

    @property
    def optim(self) -> OptimConfig:
        """Muon."""
        return MuonConfig(schedule=TrapezoidConfig(warmup_steps=20, cooldown=0.7))

    def architecture(self, word: str, d_model: int, n_layers: int, seq_len: int) -> ModelConfig:
        """A preset, blocks around a mixer, a hybrid, or older.

        Raises:
            ConfigError: nothing is called that, or it translates.
        """
        if word in TRANSLATORS:
            raise ConfigError(
                f"{word}: writes a target from a source, so it needs parallel text: quatrain compare SOURCES TARGETS."
            )
        return architecture(word)(self.vocab_size, d_model, n_layers, fitting_heads(d_model), seq_len)

    @property
    def counted(self) -> Mapping[str, NGramConfig]:
        """The n-gram."""
        return {COUNTED: self.ngram()}

    @abstractmethod
    def ngram(self) -> NGramConfig:
        """The counted model for it."""

    def flops(self, model: Any, seq_len: int) -> int:
        """Of a position, where every row is as long as it may be."""
        return int(3 * model.flops(seq_len) // seq_len)

    def targets_per_update(self, batch_size: int, seq_len: int) -> float:
        """Every position."""
        return batch_size * seq_len

    def remembered(self, model: Any, lengths: Sequence[int]) -> dict[str, Any]:
        """As the model says."""
        return {
            "reach": model.reach,
            "state_bytes": {str(length): model.state_size(length) for length in lengths},
        }
