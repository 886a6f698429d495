"""What a task with known answers is: it draws examples and grades what a model says about them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor

from quatrain.config import Config
from quatrain.errors import ConfigError
from quatrain.models._base import IGNORE

PAD = 0
"""The token that fills a row after a shorter example; the first of every vocabulary."""

PAD_TEXT = "·"


@dataclass(frozen=True)
class Examples:
    """Drawn examples, one a row, padded on the right.

    A target at position t is known from the tokens up to t, or is one draw among those they allow: every
    task can be learned by a model that does not look ahead.
    """

    tokens: Int[Tensor, "n seq"]
    targets: Int[Tensor, "n seq"]
    """What the model should say at each position; `IGNORE` (-100) where nothing is learned."""
    graded: Bool[Tensor, "n seq"]
    """Where the answer counts; at least one position a row, each with a target."""


class Task(Config, ABC):
    """Base of the tasks; the settings of one are its fields.

    A new one needs the class variables, `vocabulary`, `seq_len`, `draw` and `chance`; and `right`, where it is
    not enough to compare with the target.
    """

    title: ClassVar[str]
    """What is to be done, in a plain sentence."""
    metric: ClassVar[str] = "accuracy"
    """What the grade is called."""
    natural: ClassVar[tuple[str, ...]]
    """The models one would choose for it."""
    reason: ClassVar[str]
    """Why those."""
    able: ClassVar[tuple[str, ...]] = ()
    """Models that theory says can solve it, too."""
    unable: ClassVar[tuple[str, ...]] = ()
    """Models that theory says cannot, or do not learn to, whatever their reach."""
    length_setting: ClassVar[str | None] = None
    """The setting that says how long an example is; None where every one is as long."""

    n_examples: int | None = Field(default=None, gt=0)
    """Examples to learn from, the same in every epoch; null: new ones at every step."""

    @property
    @abstractmethod
    def vocabulary(self) -> tuple[str, ...]:
        """The text of each token; the index is its id."""

    @property
    def vocab_size(self) -> int:
        """Tokens known."""
        return len(self.vocabulary)

    @property
    @abstractmethod
    def seq_len(self) -> int:
        """Positions of the longest example, and of every row drawn."""

    @property
    def needs(self) -> int:
        """How far back an answer may depend on a token: no model of a shorter reach can solve it."""
        return self.seq_len - 1

    def predicts(self, word: str, reach: int | None) -> bool | None:
        """Whether theory says that a model (a word, a hybrid joined by `+`) solves it; None: theory says nothing."""
        parts = set(word.split(":")[0].split("+"))
        if reach is not None and reach < self.needs:
            return False
        if parts & {*self.natural, *self.able}:
            return True
        return False if parts <= set(self.unable) else None

    def shorter(self, seq_len: int) -> Task:
        """The same task on examples of about so many positions, to begin with; itself where it has no shorter ones."""
        name = self.length_setting
        if name is None or seq_len >= self.seq_len:
            return self
        length = getattr(self, name) * seq_len // self.seq_len // 2 * 2
        try:
            return self.replace(**{name: length})
        except ConfigError:  # shorter than it can be
            return self

    @abstractmethod
    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """So many examples, independent of one another."""

    @abstractmethod
    def chance(self) -> float:
        """The grade to be had without solving the task."""

    def right(self, examples: Examples, logits: Float[Tensor, "n seq vocab"]) -> Bool[Tensor, "n seq"]:
        """Where the model is right; means something at graded positions only.

        Here: the likeliest token is the target.
        """
        return logits.argmax(-1) == examples.targets

    def grade(self, examples: Examples, logits: Float[Tensor, "n seq vocab"]) -> Float[Tensor, " n"]:
        """The share of its graded positions that each example has right, 0 to 1."""
        counted = self.right(examples, logits) & examples.graded
        return counted.sum(1) / examples.graded.sum(1)

    def show(self, tokens: Int[Tensor, " seq"], targets: Int[Tensor, " seq"]) -> str:
        """An example as a line of text: each token, and after an arrow what is to be said there.

        Example:
            >>> import torch
            >>> from quatrain.data.tasks import Parity
            >>> Parity().show(torch.tensor([2, 2, 1, 0]), torch.tensor([2, 1, 1, -100]))
            '1→1 1→0 0→0'
        """
        words = self.vocabulary
        length = int((tokens != PAD).nonzero().max()) + 1
        pairs = zip(tokens[:length].tolist(), targets[:length].tolist(), strict=True)
        return " ".join(
            words[token] if target == IGNORE else f"{words[token]}→{words[target]}" for token, target in pairs
        )


def examples_of(tokens: np.ndarray, targets: np.ndarray, graded: np.ndarray) -> Examples:
    """Arrays (N, T) as examples."""
    return Examples(*(torch.from_numpy(np.ascontiguousarray(array)) for array in (tokens, targets, graded)))
