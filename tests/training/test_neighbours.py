"""The counted baseline beside a masked language model, held against counting by hand."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch

from quatrain.data import Corpus, MaskedBatch
from quatrain.models import IGNORE
from quatrain.training.baselines.neighbours import Neighbours, Unigram

VOCAB, EOS, MASK, CLS, SEP = 9, 0, 8, 6, 7
STREAM = [0, 1, 2, 3, 1, 2, 4, 1, 2, 3, 5, 2, 3, 0, 2, 3, 1, 4, 0]


@pytest.fixture
def counted() -> Neighbours:
    return Neighbours(Corpus(np.array(STREAM, np.uint16), np.array([0, 13]), 0, 0), VOCAB, EOS)


def by_hand(left: int | None, right: int | None) -> np.ndarray:
    """The equations, token by token, over dictionaries."""
    n = len(STREAM)
    frequency = {w: (STREAM.count(w) + 0.5) / (n + 0.5 * VOCAB) for w in range(VOCAB)}

    def smoothed(context: object, pairs: list[tuple[object, int]]) -> dict[int, float]:
        seen = Counter(w for c, w in pairs if c == context)
        total, kinds = sum(seen.values()), len(seen)
        weight = total / (total + kinds) if total else 0.0
        return {w: weight * (seen[w] / total if total else 0.0) + (1 - weight) * frequency[w] for w in range(VOCAB)}

    after = list(pairwise(STREAM))
    before = [(b, a) for a, b in after]
    p = dict(frequency)
    for context, pairs in ((left, after), (right, before)):
        if context is not None:
            given = smoothed(context, pairs)
            p = {w: p[w] * given[w] / frequency[w] for w in range(VOCAB)}
    total = sum(p.values())
    p = {w: value / total for w, value in p.items()}
    if left is not None and right is not None:
        between = Counter(w for a, w, b in zip(STREAM, STREAM[1:], STREAM[2:], strict=False) if (a, b) == (left, right))
        n_seen, kinds = sum(between.values()), len(between)
        weight = n_seen / (n_seen + kinds) if n_seen else 0.0
        p = {w: weight * (between[w] / n_seen if n_seen else 0.0) + (1 - weight) * p[w] for w in range(VOCAB)}
    return np.array([p[w] for w in range(VOCAB)])


@pytest.mark.parametrize(
    ("left", "right"), [(1, 3), (2, 1), (0, 3), (5, 5), (1, None), (None, 3), (None, None), (3, 0)]
)
def test_probabilities_are_those_counted_by_hand(counted: Neighbours, left: int | None, right: int | None) -> None:
    p = counted.probabilities(-1 if left is None else left, -1 if right is None else right)
    assert p.sum() == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(p, by_hand(left, right), rtol=1e-12)


def test_what_is_shown_beside_a_hidden_token_is_read_and_nothing_else(counted: Neighbours) -> None:
    shown = torch.tensor([[CLS, 1, MASK, 3, MASK, MASK, SEP]])
    targets = torch.tensor([[IGNORE, IGNORE, 2, IGNORE, 1, 4, IGNORE]])
    batch = MaskedBatch((shown, None, None, None), targets, torch.tensor([IGNORE]), 0.0)
    losses, hits = counted.guesses([batch], MASK, [EOS, CLS, SEP, MASK])
    expected = [by_hand(1, 3), by_hand(3, None), by_hand(None, EOS)]
    np.testing.assert_allclose(losses, [-np.log(p[w]) for p, w in zip(expected, [2, 1, 4], strict=True)], rtol=1e-12)
    assert hits.tolist() == [p.argmax() == w for p, w in zip(expected, [2, 1, 4], strict=True)]


def test_frequencies_alone_pay_the_entropy_of_the_text() -> None:
    unigram = Unigram(Corpus(np.array([1, 1, 1, 2], np.uint16), np.array([0]), 0, 0), 3)
    batch = MaskedBatch(
        (torch.tensor([[MASK, MASK]]), None, None, None), torch.tensor([[1, 2]]), torch.tensor([-100]), 0.0
    )
    losses, hits = unigram.guesses([batch])
    np.testing.assert_allclose(losses, -np.log([3.5 / 5.5, 1.5 / 5.5]))
    assert hits.tolist() == [1.0, 0.0]
