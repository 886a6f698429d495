"""The honest comparison beside every language model: an n-gram on the same tokens."""

from __future__ import annotations

import numpy as np
import torch

from quatrain.data import Corpus, Tokenizer
from quatrain.models import SequenceModel

MOST_TOKENS = 20_000_000
"""What is counted is counted on at most so many tokens, from the start of the text."""
SMALL_UNITS = frozenset({"char", "byte"})


def default_order(tokenizer: Tokenizer) -> int:
    """7 for characters and bytes, 5 for larger tokens."""
    return 7 if tokenizer.name in SMALL_UNITS else 5


def observe(model: SequenceModel, corpus: Corpus, seed: int) -> SequenceModel:
    """The model, after it has counted what it counts: an n-gram everything, others their start."""
    tokens = torch.from_numpy(np.asarray(corpus.tokens[:MOST_TOKENS]).astype(np.int64))
    starts = torch.from_numpy(corpus.document_starts[corpus.document_starts < len(tokens)])
    model.observe(tokens, starts, torch.Generator().manual_seed(seed))
    return model
