"""What is compared on: a text, or a task with known answers; how it is opened, measured and learned."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from quatrain.data import AnyDataConfig, DataConfig, PairsConfig, Task, TaskData, TextData, open_text
from quatrain.errors import ConfigError
from quatrain.models import NGramConfig
from quatrain.models.presets import parts_of
from quatrain.training.baseline import default_order
from quatrain.training.machine import machine_flops
from quatrain.training.planning.language import SIZES, Size, size_for

TEXT_BLOCK = 256
"""Neighbouring tokens whose losses count as one observation."""
SEQ_LEN, ROW_TOKENS = 128, 1024
"""Tokens of a row and of an update on text: many small updates serve short budgets best (docs/benchmarks.md)."""
TASK_ROWS, TASK_TOKENS = (2, 64), 2048
"""Fewest and most examples, and about how many tokens, of an update on a task."""
SHORT = 64
"""Positions that the training on a long task begins with: what is far away is learned sooner where it is near first."""
TASK_WIDTH, TASK_LAYERS = 64, 2
"""Of the reference on a task: two layers are the least that can look up what stands beside a match."""
SOLVED = 0.99
"""The accuracy from which a task counts as solved."""


@dataclass(frozen=True)
class Subject(ABC):
    """What the models learn, and what says which of them is better."""

    config: Any
    """DataConfig or Task."""
    data: Any
    """TextData or TaskData."""

    @property
    @abstractmethod
    def objective(self) -> Literal["language", "answers"]:
        """The word of the objective."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """Tokens known."""

    @property
    @abstractmethod
    def seq_len(self) -> int:
        """Positions of a row."""

    @property
    @abstractmethod
    def batch_size(self) -> int:
        """Rows of an update."""

    @property
    @abstractmethod
    def grow(self) -> int:
        """How many times shorter rows are at first."""

    @abstractmethod
    def reference(self, notch: Size | None, seconds: float | None) -> tuple[int, int]:
        """Width and layers of the reference at a notch of the dial; None: what the time pays for."""

    @property
    @abstractmethod
    def block(self) -> int:
        """Neighbouring items that count as one observation."""

    @property
    @abstractmethod
    def higher_is_better(self) -> bool:
        """Of the values of items."""

    @abstractmethod
    def ngram(self) -> NGramConfig:
        """The counted model for it."""

    @abstractmethod
    def about(self) -> dict[str, Any]:
        """What compare.json says of it."""

    def natural(self, word: str) -> bool:
        """Whether theory says that this architecture is the natural one."""
        return False

    def predicted(self, word: str, reach: int | None) -> bool | None:
        """Whether theory says that it solves this; None: theory says nothing."""
        return None


@dataclass(frozen=True)
class TextSubject(Subject):
    """A text: nats per token on the whole validation part."""

    config: DataConfig
    data: TextData

    objective = "language"
    seq_len = SEQ_LEN
    batch_size = ROW_TOKENS // SEQ_LEN
    grow = 1
    block = TEXT_BLOCK
    higher_is_better = False

    def reference(self, notch: Size | None, seconds: float | None) -> tuple[int, int]:
        """Of the notch; without a time the smallest."""
        if notch is None:
            notch = SIZES["tiny"] if seconds is None else size_for(seconds * machine_flops("cpu"))
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

    def about(self) -> dict[str, Any]:
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
            "n_items": self.data.val.n_targets,
            "items": "tokens",
            "natural": [],
            "reason": None,
        }


@dataclass(frozen=True)
class TaskSubject(Subject):
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

    def reference(self, notch: Size | None, seconds: float | None) -> tuple[int, int]:
        """Small unless asked for: tasks are small worlds."""
        return (notch.d_model, notch.n_layers) if notch else (TASK_WIDTH, TASK_LAYERS)

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
        return min(max(TASK_TOKENS // self.seq_len, TASK_ROWS[0]), TASK_ROWS[1])

    def ngram(self) -> NGramConfig:
        """Of order five."""
        return NGramConfig(vocab_size=self.vocab_size, order=5)

    def about(self) -> dict[str, Any]:
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
            "n_items": self.data.val.n_examples,
            "items": "examples",
            "natural": list(self.config.natural),
            "reason": self.config.reason,
        }

    def natural(self, word: str) -> bool:
        """As the task says; a hybrid is natural where a part of it is."""
        return bool(set(parts_of(word.partition(":")[0])) & set(self.config.natural))

    def predicted(self, word: str, reach: int | None) -> bool | None:
        """As the task says."""
        return self.config.predicts("+".join(parts_of(word.partition(":")[0])), reach)


def open_subject(config: AnyDataConfig, say: Callable[[str], None] = lambda _: None) -> Subject:
    """Read the text, or draw the examples.

    Raises:
        DataError: the text cannot be read.
        ConfigError: it is parallel text.
    """
    if isinstance(config, Task):
        return TaskSubject(config, TaskData.of(config))
    if isinstance(config, PairsConfig):
        raise ConfigError(
            f"{config.path}: translations are not compared yet. Train two models and set them side by side: quatrain "
            "train DATA --task translate --model NAME, then quatrain evaluate RUN."
        )
    return TextSubject(config, open_text(config, say=say))
