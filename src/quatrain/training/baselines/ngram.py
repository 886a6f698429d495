"""The honest comparison beside every language model: an n-gram on the same tokens."""

from __future__ import annotations

from quatrain.data import Corpus, Tokenizer
from quatrain.models import NGramConfig
from quatrain.training.baselines import Baseline
from quatrain.training.evaluation import evaluate
from quatrain.training.learnable import observe

SMALL_UNITS = frozenset({"char", "byte"})


def count_ngram(tokenizer: Tokenizer, counted: Corpus, order: int | None = None) -> Baseline:
    """Count the n-gram of a training text; order None: the default."""
    order = order or default_order(tokenizer)
    ngram = NGramConfig(vocab_size=tokenizer.vocab_size, order=order, start_token=tokenizer.eos_id)
    model = observe(ngram.build(), counted, seed=0)
    return Baseline("ngram", f"ngram (order {order})", lambda corpus: evaluate(model, corpus))


def default_order(tokenizer: Tokenizer) -> int:
    """7 for characters and bytes, 5 for larger tokens."""
    return 7 if tokenizer.name in SMALL_UNITS else 5
