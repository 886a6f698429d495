"""The honest comparison beside every language model: an n-gram on the same tokens."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch

from quatrain.data import Corpus, SeriesPart, Tokenizer
from quatrain.models import NGramConfig
from quatrain.training.evaluation import Scored, evaluate

MOST_TOKENS = 20_000_000
"""What is counted is counted on at most so many tokens, from the start of the text."""
ModelT = TypeVar("ModelT", bound=Any)
SMALL_UNITS = frozenset({"char", "byte"})


def score_baseline(tokenizer: Tokenizer, counted: Corpus, corpus: Corpus, order: int | None = None) -> Scored:
    """Count the n-gram of a training text and score it on a corpus; order None: the default."""
    order = order or default_order(tokenizer)
    ngram = NGramConfig(vocab_size=tokenizer.vocab_size, order=order, start_token=tokenizer.eos_id)
    model = observe(ngram.build(), counted, seed=0)
    return Scored(f"ngram (order {order})", *evaluate(model, corpus))


def default_order(tokenizer: Tokenizer) -> int:
    """7 for characters and bytes, 5 for larger tokens."""
    return 7 if tokenizer.name in SMALL_UNITS else 5


def observe(model: ModelT, counted: Corpus | SeriesPart | None, seed: int) -> ModelT:
    """The model, after it has counted what it counts: an n-gram everything, a forecaster scales, others their start."""
    if counted is None:
        return model
    if isinstance(counted, SeriesPart):
        model.take_scale(torch.from_numpy(counted.series.inputs[: counted.stop]))
        return model
    tokens = torch.from_numpy(np.asarray(counted.tokens[:MOST_TOKENS]).astype(np.int64))
    starts = torch.from_numpy(counted.document_starts[counted.document_starts < len(tokens)])
    model.observe(tokens, starts, torch.Generator().manual_seed(seed))
    return model
