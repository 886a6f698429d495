"""The honest comparison beside every language model: an n-gram on the same tokens."""

from __future__ import annotations

import numpy as np

from quatrain.data import Corpus, Tokenizer
from quatrain.models import NGram, NGramConfig

MOST_TOKENS = 20_000_000
"""The baseline counts at most so many tokens, from the start of the text."""
SMALL_UNITS = frozenset({"char", "byte"})


def default_order(tokenizer: Tokenizer) -> int:
    """7 for characters and bytes, 5 for larger tokens."""
    return 7 if tokenizer.name in SMALL_UNITS else 5


def count(config: NGramConfig, corpus: Corpus) -> NGram:
    """An n-gram counted on a corpus, or on its first `MOST_TOKENS`."""
    model = config.build()
    tokens = np.asarray(corpus.tokens[:MOST_TOKENS])
    model.fit(tokens, corpus.document_starts[corpus.document_starts < len(tokens)])
    return model
