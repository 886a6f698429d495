"""Three tasks on strings of random length: find a letter, repeat everything, keep one bit."""

from __future__ import annotations

import string
from typing import ClassVar, Self

import numpy as np
from jaxtyping import Int
from pydantic import model_validator
from torch import Tensor

from quatrain.data.tasks._base import PAD, PAD_TEXT, Examples, Task, examples_of
from quatrain.models._base import IGNORE

A, B = 1, 2
ZERO, ONE = 1, 2
SEPARATOR = 1


class AnyB(Task):
    """All As, then A; any B, then B: what follows is A until a B has been read.

    Half of the strings are As only, half have one B at a uniform position: among strings of random letters
    those without a B are so rare that always saying B would look like success.
    """

    kind: ClassVar[str] = "any_b"
    length_setting: ClassVar[str | None] = "max_len"
    title: ClassVar[str] = "Say A after a string of As, and B where any B was among them."
    natural: ClassVar[tuple[str, ...]] = ("transformer", "lstm", "gru")
    able: ClassVar[tuple[str, ...]] = ("dan", "pool")
    unable: ClassVar[tuple[str, ...]] = ("rnn",)
    reason: ClassVar[str] = (
        "A gate that never forgets holds one bit over any length, and attention looks at the B wherever it stands."
    )

    min_len: int = 4
    """Letters of the shortest string."""
    max_len: int = 1000
    """Letters of the longest string; all lengths between are equally likely."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_lengths(self.min_len, self.max_len)
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, A, B."""
        return (PAD_TEXT, "A", "B")

    @property
    def seq_len(self) -> int:
        """The longest string."""
        return self.max_len

    def chance(self) -> float:
        """Always A, or always B."""
        return 0.5

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Answers are learned at every letter and graded at the last."""
        lengths = generator.integers(self.min_len, self.max_len, size=n, endpoint=True)
        has_b = generator.random(n) < 0.5
        place = np.where(has_b, generator.integers(lengths), -1)
        position = np.arange(self.seq_len)
        letters = np.where(position == place[:, None], B, A)  # (N, T)
        return _dense(letters, np.maximum.accumulate(letters, axis=1), lengths)

    def place_of_b(self, tokens: Int[Tensor, "n seq"]) -> Int[Tensor, " n"]:
        """Where the first B of each string stands, from 0; -1 where none does."""
        is_b = tokens == B
        return is_b.int().argmax(1).where(is_b.any(1), -1)


class Copy(Task):
    """A random string, a separator, the string again."""

    kind: ClassVar[str] = "copy"
    length_setting: ClassVar[str | None] = "max_len"
    title: ClassVar[str] = "Repeat a random string after a separator."
    natural: ClassVar[tuple[str, ...]] = ("transformer",)
    unable: ClassVar[tuple[str, ...]] = ("rnn", "dan", "pool")
    reason: ClassVar[str] = (
        "Every letter must be found again where it stands; a state of fixed size holds only so many letters."
    )

    min_len: int = 8
    """Letters of the shortest string."""
    max_len: int = 32
    """Letters of the longest string; all lengths between are equally likely."""
    n_letters: int = 8
    """Different letters, 2 to 26, equally likely."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_lengths(self.min_len, self.max_len)
        if not 2 <= self.n_letters <= 26:
            raise ValueError(f"n_letters={self.n_letters} must lie between 2 and 26, the letters a to z.")
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, the separator, letters."""
        return (PAD_TEXT, "|", *string.ascii_lowercase[: self.n_letters])

    @property
    def seq_len(self) -> int:
        """The string, the separator, and the string but for its last letter, which is only an answer."""
        return 2 * self.max_len

    def chance(self) -> float:
        """Always the same letter."""
        return 1 / self.n_letters

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Answers are learned and graded from the separator on."""
        lengths = generator.integers(self.min_len, self.max_len, size=(n, 1), endpoint=True)
        letters = generator.integers(2, self.vocab_size, size=(n, self.max_len))
        position = np.arange(self.seq_len)[None]  # (1, T)
        copied = (position >= lengths) & (position < 2 * lengths)  # from the separator on
        source = np.where(position < lengths, position, position - lengths - 1)
        tokens = np.take_along_axis(letters, source.clip(0, self.max_len - 1), axis=1)
        tokens[position == lengths] = SEPARATOR
        tokens[np.broadcast_to(position >= 2 * lengths, tokens.shape)] = PAD
        answers = np.take_along_axis(letters, (position - lengths).clip(0, self.max_len - 1), axis=1)
        return examples_of(tokens, np.where(copied, answers, IGNORE), copied)


class Parity(Task):
    """Whether the ones read so far are odd in number."""

    kind: ClassVar[str] = "parity"
    length_setting: ClassVar[str | None] = "max_len"
    title: ClassVar[str] = "Say 1 while the number of ones read so far is odd, else 0."
    natural: ClassVar[tuple[str, ...]] = ("rnn", "lstm", "gru")
    unable: ClassVar[tuple[str, ...]] = ("dan", "pool")
    reason: ClassVar[str] = (
        "One bit of state is turned by every one; attention averages, and one bit among many moves an average little."
    )

    min_len: int = 4
    """Bits of the shortest string."""
    max_len: int = 32
    """Bits of the longest string; all lengths between are equally likely."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_lengths(self.min_len, self.max_len)
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, 0, 1."""
        return (PAD_TEXT, "0", "1")

    @property
    def seq_len(self) -> int:
        """The longest string."""
        return self.max_len

    def chance(self) -> float:
        """Always 0, or always 1."""
        return 0.5

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Answers are learned at every bit and graded at the last."""
        lengths = generator.integers(self.min_len, self.max_len, size=n, endpoint=True)
        bits = generator.integers(2, size=(n, self.seq_len))
        return _dense(ZERO + bits, ZERO + bits.cumsum(1) % 2, lengths)


def _dense(tokens: np.ndarray, answers: np.ndarray, lengths: np.ndarray) -> Examples:
    """Strings cut to their lengths, with an answer at every token, graded at the last."""
    position, length = np.arange(tokens.shape[1]), lengths[:, None]
    real = position < length
    return examples_of(np.where(real, tokens, PAD), np.where(real, answers, IGNORE), position == length - 1)


def _check_lengths(min_len: int, max_len: int) -> None:
    if min_len < 1:
        raise ValueError(f"min_len={min_len}: a string has at least one letter; give 1 or more.")
    if min_len > max_len:
        raise ValueError(f"min_len={min_len} is more than max_len={max_len}. Lower one or raise the other.")
