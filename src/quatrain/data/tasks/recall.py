"""Associative recall: which value came with this key? Once, and many times."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import model_validator

from quatrain.data.tasks._base import PAD, PAD_TEXT, Examples, Task, examples_of
from quatrain.models._base import IGNORE

SEPARATOR = 1


class Recall(Task):
    """Pairs of keys and values, then a separator and a key seen before: say its value.

    Poli et al. 2023 (Hyena), section 4.1, https://arxiv.org/abs/2302.10866: half of the symbols are keys, half
    values, and every example has a random map of its own (two keys may have one value). Differs from the paper
    in what is learned: not every next token, most of which are drawn at random, but the value after every key
    that this example has shown before. The paper fixes 2,000 examples: `recall:n_examples=2000`.
    """

    kind: ClassVar[str] = "recall"
    length_setting: ClassVar[str | None] = "length"
    title: ClassVar[str] = "Read pairs of keys and values, then say the value of a key."
    natural: ClassVar[tuple[str, ...]] = ("transformer", "hyena")
    unable: ClassVar[tuple[str, ...]] = ("rnn", "dan", "pool")
    reason: ClassVar[str] = (
        "The answer stands beside an earlier place with the same token: content is compared over any distance."
    )

    vocab: int = 30
    """Tokens known: even; two are the padding and the separator, the others half keys, half values."""
    length: int = 256
    """Tokens of the pairs: even, two a pair; the separator and the key asked for follow."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.vocab < 6 or self.vocab % 2:
            raise ValueError(
                f"vocab={self.vocab} must be even and at least 6: as many values as keys, two or more of each, "
                f"beside padding and separator. Try vocab={max(self.vocab + self.vocab % 2, 6)}."
            )
        if self.length < 2 or self.length % 2:
            raise ValueError(
                f"length={self.length} must be even and at least 2: a key and a value a pair. "
                f"Try length={max(self.length + self.length % 2, 2)}."
            )
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, the separator, keys, values."""
        return (PAD_TEXT, "=>", *_numbered("k", self.n_keys), *_numbered("v", self.n_keys))

    @property
    def vocab_size(self) -> int:
        """Tokens known."""
        return self.vocab

    @property
    def n_keys(self) -> int:
        """Keys, and as many values."""
        return (self.vocab - 2) // 2

    @property
    def seq_len(self) -> int:
        """Pairs, separator, key."""
        return self.length + 2

    def chance(self) -> float:
        """Always the same value: one of as many as there are keys."""
        return 1 / self.n_keys

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned after every key seen before, graded after the last."""
        n_pairs, n_keys = self.length // 2, self.n_keys
        rows, pair = np.arange(n)[:, None], np.arange(n_pairs)[None]
        value_of = generator.integers(n_keys, size=(n, n_keys))
        keys = generator.integers(n_keys, size=(n, n_pairs))
        first = np.full((n, n_keys), n_pairs)  # the pair that shows a key first; n_pairs: none does
        np.minimum.at(first, (rows, keys), pair)
        asked = np.where(first < n_pairs, generator.random((n, n_keys)), -1.0).argmax(1)[:, None]

        key_tokens, value_tokens = 2 + keys, 2 + n_keys + value_of[rows, keys]
        tokens = np.empty((n, self.seq_len), dtype=np.int64)
        tokens[:, 0:-2:2], tokens[:, 1:-2:2] = key_tokens, value_tokens
        tokens[:, -2:] = np.concatenate([np.full((n, 1), SEPARATOR), 2 + asked], axis=1)
        targets = np.full_like(tokens, IGNORE)
        targets[:, 0:-2:2] = np.where(first[rows, keys] < pair, value_tokens, IGNORE)
        targets[:, -1:] = 2 + n_keys + value_of[rows, asked]
        graded = np.zeros(tokens.shape, dtype=bool)
        graded[:, -1] = True
        return examples_of(tokens, targets, graded)


class MultiQueryRecall(Task):
    """Pairs of keys and values, then every key once more, each at its own distance: say its value there.

    Arora et al. 2023 (Zoology), https://arxiv.org/abs/2312.04927, as its published generator draws it: keys and
    values of an example are all different; a key comes again after a gap whose probability falls as a power,
    gap**(power - 1); every other token is drawn from the whole vocabulary, so that it may look like a question,
    but nothing is asked there.
    """

    kind: ClassVar[str] = "mqar"
    length_setting: ClassVar[str | None] = "length"
    title: ClassVar[str] = "Read pairs of keys and values, then say the value wherever a key comes again."
    natural: ClassVar[tuple[str, ...]] = ("transformer", "delta")
    unable: ClassVar[tuple[str, ...]] = ("rnn", "dan", "pool")
    reason: ClassVar[str] = (
        "Every question looks up its own place: attention keeps all pairs, a delta rule writes them into a matrix; "
        "what is fixed by position alone, as a convolution, cannot follow the content."
    )

    vocab: int = 8192
    """Tokens known: even; one is the padding, the others half keys, half values."""
    length: int = 64
    """Tokens of an example: even."""
    n_pairs: int = 8
    """Pairs, at most a quarter of the length."""
    power: float = 0.01
    """How fast the probability of a gap falls; 1: all gaps are equally likely."""
    noise: bool = True
    """Random tokens between the questions; else padding."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.vocab < 4 or self.vocab % 2:
            raise ValueError(
                f"vocab={self.vocab} must be even and at least 4: half keys, half values. "
                f"Try vocab={max(self.vocab + self.vocab % 2, 4)}."
            )
        if self.length % 2:
            raise ValueError(f"length={self.length} must be even. Try length={self.length + 1}.")
        if self.n_pairs < 1:
            raise ValueError(f"n_pairs={self.n_pairs}: there must be at least one pair.")
        if 4 * self.n_pairs > self.length:
            raise ValueError(
                f"n_pairs={self.n_pairs}: every pair takes two tokens and leaves two for its question, "
                f"{4 * self.n_pairs} in all, but length={self.length}. "
                f"Raise length, or lower n_pairs to {self.length // 4}."
            )
        if self.n_pairs > self.n_keys:
            raise ValueError(
                f"n_pairs={self.n_pairs}: keys must differ, and vocab={self.vocab} has {self.n_keys}. "
                f"Try vocab={2 * self.n_pairs + 2}."
            )
        if self.power <= 0:
            raise ValueError(f"power={self.power} must be more than 0; 1 makes all gaps equally likely.")
        return self

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """Padding, keys, values."""
        return (PAD_TEXT, *_numbered("k", self.n_keys), *_numbered("v", self.n_keys + 1))

    @property
    def vocab_size(self) -> int:
        """Tokens known."""
        return self.vocab

    @property
    def n_keys(self) -> int:
        """Keys; there is one value more, since the padding comes off the keys' half."""
        return self.vocab // 2 - 1

    @property
    def seq_len(self) -> int:
        """Every example is as long."""
        return self.length

    def chance(self) -> float:
        """Always the same value. (Naming one of the values shown is right in 1 / n_pairs.)"""
        return 1 / (self.n_keys + 1)

    def draw(self, n: int, generator: np.random.Generator) -> Examples:
        """Learned and graded wherever a key comes again."""
        context = 2 * self.n_pairs
        keys = 1 + _distinct(n, self.n_pairs, self.n_keys, generator)
        values = 1 + self.n_keys + _distinct(n, self.n_pairs, self.n_keys + 1, generator)
        tokens = np.full((n, self.length), PAD, dtype=np.int64)
        if self.noise:
            tokens = generator.integers(self.vocab, size=tokens.shape)
        tokens[:, 0:context:2], tokens[:, 1:context:2] = keys, values
        asked = context + 2 * self._gaps(n, generator)
        np.put_along_axis(tokens, asked, keys, axis=1)
        targets = np.full_like(tokens, IGNORE)
        np.put_along_axis(targets, asked, values, axis=1)
        return examples_of(tokens, targets, targets != IGNORE)

    def _gaps(self, n: int, generator: np.random.Generator) -> np.ndarray:
        """(N, n_pairs) int64: different gaps, in steps of two tokens, drawn one after the other by their weights.

        The largest of log-weights plus Gumbel noise are such draws, in order.
        """
        space = self.length // 2 - self.n_pairs
        log_weight = (self.power - 1) * np.log(np.arange(1, space + 1))
        return (-log_weight - generator.gumbel(size=(n, space))).argsort(1)[:, : self.n_pairs]


def _distinct(n: int, size: int, limit: int, generator: np.random.Generator) -> np.ndarray:
    """(N, size) int64: numbers below `limit`, all different in a row, in random order."""
    noise = generator.random((n, limit), dtype=np.float32)
    chosen = noise.argpartition(size - 1, axis=1)[:, :size]
    return np.take_along_axis(chosen, np.take_along_axis(noise, chosen, axis=1).argsort(1), axis=1)


def _numbered(letter: str, n: int) -> tuple[str, ...]:
    return tuple(f"{letter}{i + 1}" for i in range(n))
