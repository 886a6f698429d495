"""Parallel text to batches: sentences and their translations, questions and answers, dates and their ISO form."""

from quatrain.data.pairs.batch import PairBatch
from quatrain.data.pairs.batches import PairBatches
from quatrain.data.pairs.check import PairReport, check_pairs
from quatrain.data.pairs.opening import PairData, encode_pairs, open_pairs
from quatrain.data.pairs.part import Pairs
from quatrain.data.pairs.reading import looks_parallel

__all__ = [
    "PairBatch",
    "PairBatches",
    "PairData",
    "PairReport",
    "Pairs",
    "check_pairs",
    "encode_pairs",
    "looks_parallel",
    "open_pairs",
]
