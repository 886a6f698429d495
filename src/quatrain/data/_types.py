"""The values that data is made of once it is tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

if TYPE_CHECKING:
    from quatrain.data.batches import Batches

MOST_COUNTED = 20_000_000
"""What is counted is counted on at most so many tokens, from the start of the text."""


@dataclass(frozen=True)
class Corpus:
    """One part (train, val or test) as a stream of token ids, possibly memory-mapped."""

    tokens: np.ndarray
    """(N,) uint16 or uint32: `eos d1 eos d2 ... dn eos`."""
    document_starts: np.ndarray
    """(n_documents,) int64: offsets of the end-of-text tokens that start a document."""
    n_bytes: int
    """UTF-8 bytes of the text the tokens stand for."""
    n_chars: int
    """Characters of that text."""

    @property
    def n_targets(self) -> int:
        """Tokens that can be predicted: all but the first."""
        return max(len(self.tokens) - 1, 0)

    def batches(self, *, seed: int, batch_size: int, seq_len: int) -> Batches:
        """Training batches.

        Raises:
            DataError: the corpus is shorter than one row.
        """
        from quatrain.data.batches import Batches  # which is made of corpora

        return Batches(self, seed=seed, batch_size=batch_size, seq_len=seq_len)

    @property
    def counted(self) -> Int[np.ndarray, " n"]:
        """The tokens on which anything is counted, int64."""
        return np.asarray(self.tokens[:MOST_COUNTED]).astype(np.int64)

    def observed_by(self, model: Any, seed: int) -> None:
        """Let a model count what it counts in a text: an n-gram everything, others their start."""
        tokens = torch.from_numpy(self.counted)
        starts = torch.from_numpy(self.document_starts[self.document_starts < len(tokens)])
        model.observe(tokens, starts, torch.Generator().manual_seed(seed))


@dataclass(frozen=True)
class Batch:
    """What one forward pass reads."""

    tokens: Int[Tensor, "batch seq"]
    targets: Int[Tensor, "batch seq"]
    """The next tokens; `IGNORE` (-100) where nothing is scored."""
    documents: Int[Tensor, "batch seq"] | None
    """Which document each position belongs to (1, 2, ...); None where the rows hold one document each."""

    @property
    def n_targets(self) -> int:
        """Targets that count."""
        return int((self.targets != -100).sum())

    @property
    def n_rows(self) -> int:
        """Sequences."""
        return len(self.tokens)

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        documents = None if self.documents is None else self.documents.to(device)
        return Batch(self.tokens.to(device), self.targets.to(device), documents)

    def split(self, n_rows: int) -> list[Batch]:
        """Parts of at most `n_rows` sequences."""
        starts = range(0, len(self.tokens), n_rows)
        return [
            Batch(
                self.tokens[i : i + n_rows],
                self.targets[i : i + n_rows],
                None if self.documents is None else self.documents[i : i + n_rows],
            )
            for i in starts
        ]
