"""From a path to a text of which tokens can be hidden, for training, validation and test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.data._types import Corpus
from quatrain.data.config import MaskedConfig
from quatrain.data.corpus import TextData, encode_text, open_text
from quatrain.data.framing import Framing
from quatrain.data.masked.batches import Hiding, MaskedBatch, MaskedBatches, scored_batches
from quatrain.data.masked.lexicon import Lexicon
from quatrain.data.masked.rows import Rows
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import DataError

__all__ = ["MaskedData", "MaskedPart", "encode_masked", "open_masked"]

ORDERED = 64
"""Tokens from which on a document has an order to tell."""
SCORED_LEN = 128
"""Tokens of a row for scores, the frame included, where the model reads as many."""


@dataclass(frozen=True)
class Setting:
    """What all parts of a text share."""

    framing: Framing
    lexicon: Lexicon
    hiding: Hiding
    next_sentence: bool


@dataclass(frozen=True)
class MaskedPart:
    """One part (train, val or test)."""

    corpus: Corpus
    setting: Setting

    @property
    def n_targets(self) -> int:
        """Tokens that are hidden when all of it is scored, about."""
        return max(round(self.corpus.n_targets * self.setting.hiding.fraction), 1)

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> MaskedBatches:
        """Training batches.

        Raises:
            DataError: the text is shorter than one row.
        """
        return MaskedBatches(self.rows(seq_len), self.setting.hiding, seed=seed, batch_size=batch_size)

    @property
    def alone(self) -> MaskedPart:
        """The same without pairs."""
        return MaskedPart(self.corpus, replace(self.setting, next_sentence=False))

    def scored(
        self,
        *,
        context: int | None = None,
        batch_size: int = 32,
        n_targets: int | None = None,
        n_rows: int | None = None,
    ) -> Iterator[MaskedBatch]:
        """The same rows with the same tokens hidden every time, spread over the part.

        Args:
            context: tokens of a row, the frame included; None: 128.
            n_targets: so many rows as hide about this number of tokens; None: all, or `n_rows`.
            n_rows: so many rows; None: all.
        Raises:
            DataError: a row holds no text, or there is none.
        """
        rows = self.rows(SCORED_LEN if context is None else context)
        if rows.width < 2:
            raise DataError(f"context={context}: leaves no room for text beside the frame. Give at least 8.")
        if rows.stop < 2:
            raise DataError("there is nothing to score: the text has fewer than two tokens. Give a longer text.")
        if n_targets is not None:
            n_rows = max(round(n_targets / (self.setting.hiding.fraction * rows.width)), 1)
        return scored_batches(rows, self.setting.hiding, batch_size=batch_size, n_rows=n_rows)

    def rows(self, seq_len: int) -> Rows:
        """What makes rows of it."""
        setting = self.setting
        framing = setting.framing
        return Rows(
            self.corpus, framing.tokenizer.eos_id, framing.around, setting.lexicon,
            seq_len=seq_len, next_sentence=setting.next_sentence,
        )  # fmt: skip


@dataclass(frozen=True)
class MaskedData:
    """A text as tokens, split, with what is needed to hide some of them."""

    text: TextData
    setting: Setting

    @cached_property
    def train(self) -> MaskedPart:
        """The training part."""
        return MaskedPart(self.text.train, self.setting)

    @cached_property
    def val(self) -> MaskedPart:
        """The validation part."""
        return MaskedPart(self.text.val, self.setting)

    @property
    def tests(self) -> dict[str, MaskedPart]:
        """The test parts, by name."""
        return {name: MaskedPart(corpus, self.setting) for name, corpus in self.text.tests.items()}

    @property
    def parts(self) -> dict[str, MaskedPart]:
        """All of them, by name."""
        return {"train": self.train, "val": self.val, **self.tests}

    @property
    def counted(self) -> Corpus:
        """What is counted before the first update: the training part."""
        return self.text.train

    @property
    def tokenizer(self) -> Tokenizer:
        """Of the text."""
        return self.text.tokenizer

    @property
    def name(self) -> str:
        """What it is called."""
        return self.text.name

    @property
    def split(self) -> str:
        """How it was split, in a sentence."""
        return self.text.split

    @property
    def fingerprint(self) -> str:
        """The same data has the same."""
        return self.text.fingerprint

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        return self.text.about() | {"next_sentence": self.setting.next_sentence}

    def left_out(self, seq_len: int) -> str:
        """Nothing: what is longer than a row goes on in another."""
        return ""

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer."""
        return self.text.tokenizer_files()


def open_masked(
    config: MaskedConfig, *, cache_dir: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> MaskedData:
    """Read, split and tokenise a text, or open what was made of it before.

    Raises:
        DataError: as `open_text`; or the vocabulary has no token that hides others.
    """
    text = open_text(config.text, cache_dir=cache_dir, say=say)
    return MaskedData(text, _setting(config, text.tokenizer, text.train))


def encode_masked(config: MaskedConfig, tokenizer: Tokenizer, *, next_sentence: bool) -> MaskedPart:
    """All of a text as one part, for a model that is trained already.

    Args:
        next_sentence: make pairs where the text goes on long enough.
    Raises:
        DataError: the data cannot be read, is empty, or has a character the tokenizer lacks.
    """
    corpus = encode_text(config.text, tokenizer)
    return MaskedPart(corpus, _setting(config.replace(next_sentence=next_sentence), tokenizer, corpus))


def _setting(config: MaskedConfig, tokenizer: Tokenizer, train: Corpus) -> Setting:
    framing = Framing(tokenizer)
    mask_id, lexicon = framing.mask_id, Lexicon.of(framing)
    hiding = Hiding(lexicon, mask_id, framing.pad_id, config.mask_fraction, config.whole_word)
    ordered = has_order(train) if config.next_sentence is None else config.next_sentence
    return Setting(framing, lexicon, hiding, ordered)


def has_order(corpus: Corpus) -> bool:
    """Whether most of a text stands in documents long enough for one sentence to follow on another."""
    lengths = np.diff(corpus.document_starts, append=len(corpus.tokens))
    return bool(lengths[lengths >= ORDERED].sum() > len(corpus.tokens) / 2)
