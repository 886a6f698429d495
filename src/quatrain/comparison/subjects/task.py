"""A task with known answers as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from quatrain.comparison.subjects._sequence import SequenceSubject
from quatrain.data import Task, TaskData
from quatrain.errors import ConfigError
from quatrain.models import ModelConfig, NGramConfig
from quatrain.models.presets import parts_of
from quatrain.training.planning.language import SIZES

ROWS, TOKENS = (2, 64), 2048
"""Fewest and most examples, and about how many tokens, of an update."""
SHORT = 64
"""Positions that the training on a long task begins with: what is far away is learned sooner where it is near first."""
WIDTH, LAYERS = 64, 2
"""Of the reference: two layers are the least that can look up what stands beside a match."""

SOLVED = 0.99
"""The value from which a task counts as solved."""


@dataclass(frozen=True)
class TaskSubject(SequenceSubject):
    """A task: the share of right answers on examples drawn apart from those of training."""

    config: Task
    data: TaskData

    objective = "answers"
    block = 1
    higher_is_better = True

    @property
    def grow(self) -> int:
        """From `SHORT`, or the shortest examples that the task has, to whole by doubling; a fixed pool stays whole."""
        if self.config.n_examples is not None:
            return 1
        most = 1 << max(self.seq_len // SHORT, 1).bit_length() - 1
        while most > 1 and self.config.shorter(self.seq_len // most) == self.config:
            most //= 2
        return most

    def reference(self, size: str, seconds: float | None) -> tuple[int, int]:
        """Small unless asked for: tasks are small worlds."""
        notch = SIZES.get(size)
        return (notch.d_model, notch.n_layers) if notch else (WIDTH, LAYERS)

    @property
    def vocab_size(self) -> int:
        """Inputs and answers together."""
        return self.config.vocab_size

    @property
    def seq_len(self) -> int:
        """Of the longest example."""
        return self.config.seq_len

    @property
    def batch_size(self) -> int:
        """As many examples as make a decent update."""
        return min(max(TOKENS // self.seq_len, ROWS[0]), ROWS[1])

    def architecture(self, word: str, d_model: int, n_layers: int, seq_len: int) -> ModelConfig:
        """As for every sequence, of the examples' own length.

        Raises:
            ConfigError: nothing is called that, or rows of another length were asked for.
        """
        if seq_len != self.seq_len:
            raise ConfigError(
                f"train.seq_len={seq_len}: the examples of {self.config.kind} have {self.seq_len} positions. Make them "
                f"longer or shorter by the task's own settings, as in quatrain compare {self.config.kind}:NAME=VALUE."
            )
        return super().architecture(word, d_model, n_layers, seq_len)

    def ngram(self) -> NGramConfig:
        """Of order five."""
        return NGramConfig(vocab_size=self.vocab_size, order=5)

    def about(self, seq_len: int) -> dict[str, Any]:
        """What is asked, by which measure, and what guessing would reach."""
        return {
            "kind": "task",
            "name": self.config.kind,
            "title": self.config.title,
            "split": f"{self.data.val.n_examples:,} examples drawn with a seed of their own",
            "metric": self.config.metric,
            "unit": "",
            "better": "higher",
            "chance": self.config.chance(),
            "vocab_size": self.vocab_size,
            "seq_len": seq_len,
            "n_items": self.data.val.n_examples,
            "items": "examples",
            "natural": list(self.config.natural),
            "reason": self.config.reason,
        }

    def solves(self, value: float) -> bool:
        """From `SOLVED`."""
        return value >= SOLVED

    def natural(self, word: str) -> bool:
        """As the task says; a hybrid is natural where a part of it is."""
        return bool(set(parts_of(word.partition(":")[0])) & set(self.config.natural))

    def predicted(self, word: str, reach: int | None) -> bool | None:
        """As the task says."""
        return self.config.predicts("+".join(parts_of(word.partition(":")[0])), reach)
