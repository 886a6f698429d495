"""The honest comparison beside a translation: the target of the training source that is most like the source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quatrain.data import Corpus
from quatrain.data.pairs import Pairs
from quatrain.data.pairs.batch import lengths_of

NAME = "translation memory (the target of the most similar training source)"
MOST_PAIRS = 500_000
"""What is remembered: at most so many pairs, from the start of the training part."""


def recall(train: Pairs, part: Pairs) -> list[str]:
    """For each source of a part the target of the most similar source in training.

    Similar is what has a large cosine between bags of tokens, each weighed by its inverse document frequency
    (Spärck Jones 1972); of equally similar ones the first.
    """
    memory = train.first(MOST_PAIRS)
    nearest = _nearest(_bags(memory.source), _bags(part.source), int(memory.source.tokens.max()) + 1)
    return [memory.tgt_texts[index] for index in nearest]


Bags = tuple[np.ndarray, np.ndarray]
"""Of every token of a text, the document it stands in and the token; the ends of documents are left out."""


def _bags(corpus: Corpus) -> Bags:
    lengths = lengths_of(corpus) - 1
    documents = np.repeat(np.arange(len(lengths)), lengths)
    inside = np.ones(len(corpus.tokens) - 1, bool)
    inside[corpus.document_starts] = False
    return documents, np.asarray(corpus.tokens[:-1][inside]).astype(np.int64)


def _nearest(memory: Bags, wanted: Bags, vocab_size: int) -> Sequence[int]:
    documents, tokens = memory
    n_documents = int(documents.max()) + 1
    pairs, counts = np.unique(tokens * n_documents + documents, return_counts=True)  # sorted by token, then document
    of_token, of_document = np.divmod(pairs, n_documents)
    rarity = np.log(n_documents / np.maximum(np.bincount(of_token, minlength=vocab_size), 1))
    plain = counts * rarity[of_token]
    norms = np.sqrt(np.bincount(of_document, plain**2, minlength=n_documents))
    weights = plain / np.maximum(norms[of_document], 1e-12)
    bounds = np.searchsorted(of_token, np.arange(vocab_size + 1))
    n_wanted = int(wanted[0].max()) + 1
    starts = np.searchsorted(wanted[0], np.arange(n_wanted + 1))
    found = []
    for row in range(n_wanted):
        scores = np.zeros(n_documents)
        some, n_times = np.unique(wanted[1][starts[row] : starts[row + 1]], return_counts=True)
        for token, n in zip(some[some < vocab_size], n_times[some < vocab_size], strict=True):
            holders = slice(bounds[token], bounds[token + 1])
            scores[of_document[holders]] += n * rarity[token] * weights[holders]
        found.append(int(scores.argmax()))
    return found
