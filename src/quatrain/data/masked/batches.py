"""Rows to batches: for training, a pure function of the step; for scores, the same tokens hidden every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from quatrain.data.masked.hiding import choose_tokens, choose_words, cover
from quatrain.data.masked.lexicon import Lexicon
from quatrain.data.masked.rows import Row, Rows
from quatrain.errors import DataError
from quatrain.models import IGNORE

__all__ = ["Hiding", "MaskedBatch", "MaskedBatches", "scored_batches"]


@dataclass(frozen=True)
class MaskedBatch:
    """What one forward pass reads: `model.backbone(*batch.inputs)`, and what is asked of it."""

    inputs: tuple[Tensor | None, ...]
    """Tokens (B, T) as they are shown, token_mask (B, T), segments (B, T), documents (B, T); None: one a row."""
    targets: Int[Tensor, "batch seq"]
    """The tokens that were hidden; `IGNORE` (-100) everywhere else."""
    follows: Int[Tensor, " batch"]
    """Whether the second text of a row follows: a class of `NextHead`, or `IGNORE` where there is no second."""
    pair_weight: float
    """What the loss of a pair counts beside that of a hidden token: as many tokens as there are for each pair in the
    whole batch, so that the mean over pairs is added to the mean over tokens, however the batch is split."""

    @property
    def n_targets(self) -> int:
        """Hidden tokens."""
        return int((self.targets != IGNORE).sum())

    @property
    def n_rows(self) -> int:
        """Rows."""
        return len(self.targets)

    def to(self, device: torch.device) -> MaskedBatch:
        """The same batch on a device."""
        inputs = tuple(None if part is None else part.to(device) for part in self.inputs)
        return replace(self, inputs=inputs, targets=self.targets.to(device), follows=self.follows.to(device))

    def split(self, n_rows: int) -> list[MaskedBatch]:
        """Parts of at most `n_rows` rows."""
        return [self._rows(slice(i, i + n_rows)) for i in range(0, self.n_rows, n_rows)]

    def _rows(self, rows: slice) -> MaskedBatch:
        inputs = tuple(None if part is None else part[rows] for part in self.inputs)
        return replace(self, inputs=inputs, targets=self.targets[rows], follows=self.follows[rows])


@dataclass(frozen=True)
class Hiding:
    """How tokens are hidden, and rows put side by side."""

    lexicon: Lexicon
    mask_id: int
    pad_id: int
    fraction: float
    """Share of the tokens of a row that is hidden."""
    whole_word: bool

    def batch(self, rows: Sequence[Row], generator: np.random.Generator, *, always: bool = False) -> MaskedBatch:
        """Rows of which tokens are hidden.

        Args:
            generator: chooses the tokens, and what stands there instead.
            always: the mask stands there, whatever is drawn: for scores, so that nothing that is asked is seen.
        """
        lengths = np.array([len(row.tokens) for row in rows])
        shape = (len(rows), int(lengths.max()))
        is_real = np.arange(shape[1]) < lengths[:, None]  # (B, T)
        tokens, targets = np.full(shape, self.pad_id), np.full(shape, IGNORE)
        segments, documents = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        for i, row in enumerate(rows):
            hidden = self._choose(row, generator)
            shown, asked = row.tokens.copy(), row.tokens[hidden]
            covered = cover(asked, self.mask_id, self.lexicon.plain, generator)
            shown[hidden] = self.mask_id if always else covered
            n = len(shown)
            tokens[i, :n], targets[i, hidden], segments[i, :n], documents[i, :n] = (
                shown, asked, row.segments, row.documents,
            )  # fmt: skip
        follows = np.array([row.follows for row in rows])
        n_pairs = int((follows != IGNORE).sum())
        n_hidden = int((targets != IGNORE).sum())
        return MaskedBatch(
            (
                torch.from_numpy(tokens),
                None if is_real.all() else torch.from_numpy(is_real),
                torch.from_numpy(segments),
                torch.from_numpy(documents) if documents.max() > 1 else None,
            ),
            torch.from_numpy(targets),
            torch.from_numpy(follows),
            n_hidden / n_pairs if n_pairs else 0.0,
        )

    def _choose(self, row: Row, generator: np.random.Generator) -> np.ndarray:
        is_text: Bool[np.ndarray, " seq"] = row.is_text
        if self.whole_word:
            return choose_words(is_text, self.lexicon.word_starts(row.tokens), self.fraction, generator)
        return choose_tokens(is_text, self.fraction, generator)


class MaskedBatches:
    """Training batches: `at(step)` depends on nothing but the text, the seed and the step.

    An epoch lays windows as long as a row side by side from an offset of its own, and visits them in an order of its
    own; what is hidden is drawn anew at every step (Liu et al. 2019, https://arxiv.org/abs/1907.11692, section 4.1).

    Args:
        rows: makes the rows.
        hiding: hides tokens in them.
        seed: of the offsets, the orders, and what is hidden.
        batch_size: rows.
    Raises:
        DataError: the text is shorter than one row.
    """

    def __init__(self, rows: Rows, hiding: Hiding, *, seed: int, batch_size: int) -> None:
        n_tokens = rows.stop
        if rows.width < 2 or n_tokens <= rows.width:
            raise DataError(
                f"the text has {n_tokens:,} tokens, but one row of seq_len={rows.seq_len} holds {rows.width:,} beside "
                f"its frame. Give a longer text, or rows of a length in between: --set train.seq_len="
                f"{max(min(rows.seq_len, n_tokens // 2), rows.seq_len - rows.width + 2)}."
            )
        self.rows, self.hiding, self.seed, self.batch_size = rows, hiding, seed, batch_size
        self.windows_per_epoch = max((n_tokens - rows.width) // rows.width, 1)
        self._starts = lru_cache(maxsize=2)(self._epoch_starts)

    def at(self, step: int) -> MaskedBatch:
        """The batch of a step, from 0."""
        generator = np.random.default_rng([self.seed, step, 1])
        first = step * self.batch_size
        places = [divmod(i, self.windows_per_epoch) for i in range(first, first + self.batch_size)]
        starts = [int(self._starts(epoch)[index]) for epoch, index in places]
        return self.hiding.batch([self.rows.at(start, generator) for start in starts], generator)

    def epoch_of(self, step: int) -> float:
        """Epochs gone before a step."""
        return step * self.batch_size / self.windows_per_epoch

    def _epoch_starts(self, epoch: int) -> np.ndarray:
        """(windows_per_epoch,) int64: where the windows of an epoch start, in the order of their visit."""
        generator = np.random.default_rng([self.seed, epoch])
        spare = self.rows.stop - self.windows_per_epoch * self.rows.width
        offset = int(generator.integers(spare))
        return generator.permutation(self.windows_per_epoch) * self.rows.width + offset


def scored_batches(rows: Rows, hiding: Hiding, *, batch_size: int, n_rows: int | None = None) -> Iterator[MaskedBatch]:
    """The whole text in rows side by side, the mask wherever a token is asked; the same for every model.

    Args:
        n_rows: so many rows, spread evenly; None: all.
    """
    starts = np.arange(0, max(rows.stop - 1, 1), rows.width)
    if n_rows is not None and n_rows < len(starts):
        starts = starts[np.linspace(0, len(starts) - 1, n_rows).round().astype(np.int64)]
    for first in range(0, len(starts), batch_size):
        some = starts[first : first + batch_size]
        generator = np.random.default_rng([int(some[0]), 2])
        yield hiding.batch([rows.at(int(start), generator) for start in some], generator, always=True)
