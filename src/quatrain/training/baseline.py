"""The honest comparison beside every language model: an n-gram on the same tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from quatrain.data import Corpus, TextData, Tokenizer
from quatrain.models import NGramConfig, SequenceModel
from quatrain.training.evaluation import Score, evaluate

MOST_TOKENS = 20_000_000
"""What is counted is counted on at most so many tokens, from the start of the text."""
SMALL_UNITS = frozenset({"char", "byte"})


@dataclass(frozen=True)
class Scored:
    """A model's score with the loss of every target, so that two models can be compared pair by pair."""

    name: str
    score: Score
    losses: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """Name and score, for JSON."""
        return {"name": self.name, **self.score.to_dict()}


def score_baseline(data: TextData, corpus: Corpus, order: int | None = None) -> Scored:
    """Count the n-gram of the training text and score it on a corpus; order None: the default."""
    order = order or default_order(data.tokenizer)
    ngram = NGramConfig(vocab_size=data.tokenizer.vocab_size, order=order, start_token=data.tokenizer.eos_id)
    model = observe(ngram.build(), data.train, seed=0)
    return Scored(f"ngram (order {order})", *evaluate(model, corpus))


def default_order(tokenizer: Tokenizer) -> int:
    """7 for characters and bytes, 5 for larger tokens."""
    return 7 if tokenizer.name in SMALL_UNITS else 5


def observe(model: SequenceModel, corpus: Corpus, seed: int) -> SequenceModel:
    """The model, after it has counted what it counts: an n-gram everything, others their start."""
    tokens = torch.from_numpy(np.asarray(corpus.tokens[:MOST_TOKENS]).astype(np.int64))
    starts = torch.from_numpy(corpus.document_starts[corpus.document_starts < len(tokens)])
    model.observe(tokens, starts, torch.Generator().manual_seed(seed))
    return model
