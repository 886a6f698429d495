"""The honest comparison beside every language model: an n-gram on the same tokens."""

from __future__ import annotations

from typing import Any, TypeVar

from quatrain.data import Corpus, Tokenizer
from quatrain.models import NGramConfig
from quatrain.training.evaluation import Scored, evaluate
from quatrain.training.learnable import Countable

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


def observe(model: ModelT, counted: Countable | None, seed: int) -> ModelT:
    """The model, after it has counted what it counts: an n-gram everything, a forecaster scales, others their start."""
    if counted is not None:
        counted.observed_by(model, seed)
    return model
