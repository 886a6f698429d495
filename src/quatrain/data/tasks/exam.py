"""A task as data: endless batches to learn from, and an exam drawn apart from them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quatrain.data._types import Corpus
from quatrain.data.tasks._base import Examples, Task
from quatrain.data.tasks.batches import TaskBatches
from quatrain.data.tokenizers import Tokenizer
from quatrain.models._base import IGNORE

N_EXAMINED = 1000
"""Examples of an exam."""
N_COUNTED = 4000
"""Examples that a model may count before its first update."""
EXAM_STREAM, COUNTED_STREAM = (0, 0, 0, 1), (0, 0, 0, 2)
"""Seeds of no training: those are (seed, step), and numpy reads what is missing of four numbers as 0."""


@dataclass(frozen=True)
class Exam:
    """Examples to be graded."""

    task: Task
    examples: Examples

    @property
    def n_examples(self) -> int:
        """Rows."""
        return len(self.examples.tokens)

    @property
    def n_targets(self) -> int:
        """Positions with a target."""
        return int((self.examples.targets != IGNORE).sum())

    def first(self, n: int) -> Exam:
        """The first `n` examples."""
        return Exam(self.task, self.rows(0, n))

    def rows(self, start: int, stop: int) -> Examples:
        """Some of the examples."""
        examples = self.examples
        return Examples(examples.tokens[start:stop], examples.targets[start:stop], examples.graded[start:stop])


@dataclass(frozen=True)
class TaskData:
    """What training and comparison need of a task."""

    task: Task
    val: Exam

    @classmethod
    def of(cls, task: Task, n_examined: int = N_EXAMINED) -> TaskData:
        """The task with its exam drawn."""
        return cls(task, Exam(task, task.draw(n_examined, np.random.default_rng(EXAM_STREAM))))

    @property
    def train(self) -> TaskData:
        """Itself: examples are drawn as they are needed."""
        return self

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> TaskBatches:
        """Training batches; a row is a whole example, of about `seq_len` positions where it can be so short."""
        return TaskBatches(
            self.task.shorter(seq_len), seed=seed, batch_size=batch_size, n_examples=self.task.n_examples
        )

    @cached_property
    def counted(self) -> Corpus:
        """Examples as documents: the tokens up to a graded position, then its answer."""
        draw = np.random.default_rng(COUNTED_STREAM)
        examples = self.task.draw(N_COUNTED, draw)
        documents = []
        for tokens, targets, graded in zip(*(part.numpy() for part in vars(examples).values()), strict=True):
            place = draw.choice(graded.nonzero()[0])
            documents.append(np.append(tokens[: place + 1], targets[place]))
        starts = np.cumsum([0, *map(len, documents[:-1])])
        stream = np.concatenate(documents).astype(np.uint32)
        return Corpus(stream, starts.astype(np.int64), n_bytes=len(stream), n_chars=len(stream))

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """None: a task is no text."""
        return {}

    @property
    def fingerprint(self) -> str:
        """Of the task's settings."""
        return hashlib.sha256(json.dumps(self.task.to_dict(), sort_keys=True).encode()).hexdigest()
