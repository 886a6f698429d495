"""Batches against a stream whose ids are their own positions."""

import itertools

import numpy as np
import pytest
import torch

from quatrain.data import Batches, Corpus, windows
from quatrain.errors import ConfigError, DataError


def counting(n_tokens, starts=(0,)):
    """Token i is the number i."""
    return Corpus(np.arange(n_tokens, dtype=np.uint16), np.array(starts, np.int64), n_tokens, n_tokens)


def test_targets_are_the_next_tokens():
    batch = Batches(counting(50), seed=3, batch_size=2, seq_len=7).at(0)
    assert batch.tokens.shape == batch.targets.shape == (2, 7)
    assert batch.tokens.dtype == batch.targets.dtype == torch.int64
    assert torch.equal(batch.targets, batch.tokens + 1)
    assert torch.equal(batch.tokens - batch.tokens[:, :1], torch.arange(7).expand(2, 7))
    assert batch.n_targets == 14


def test_a_batch_depends_on_seed_and_step_alone():
    corpus = counting(200)
    forward, backward = (Batches(corpus, seed=1, batch_size=3, seq_len=5) for _ in range(2))
    steps = list(range(60))
    one = {step: forward.at(step).tokens for step in steps}
    two = {step: backward.at(step).tokens for step in reversed(steps)}
    assert all(torch.equal(one[step], two[step]) for step in steps)
    other = Batches(corpus, seed=2, batch_size=3, seq_len=5)
    assert any(not torch.equal(one[step], other.at(step).tokens) for step in steps)


@pytest.mark.parametrize("batch_size", [1, 4, 7])
def test_an_epoch_visits_no_target_twice_and_skips_fewer_than_two_windows(batch_size):
    corpus, seq_len = counting(103), 6
    batches = Batches(corpus, seed=5, batch_size=batch_size, seq_len=seq_len)
    rows = [row for step in range(100) for row in batches.at(step).targets.tolist()]
    for epoch in range(3):
        first = epoch * batches.windows_per_epoch
        seen = list(itertools.chain(*rows[first : first + batches.windows_per_epoch]))
        assert len(seen) == len({*seen})
        assert corpus.n_targets - len(seen) < 2 * seq_len


def test_every_target_is_visited_in_some_epoch():
    batches = Batches(counting(40), seed=0, batch_size=1, seq_len=6)
    seen = {t for step in range(60 * batches.windows_per_epoch) for t in batches.at(step).targets[0].tolist()}
    assert seen == set(range(1, 40))


def test_epochs_differ_in_offset_and_order():
    batches = Batches(counting(200), seed=0, batch_size=1, seq_len=5)
    n = batches.windows_per_epoch
    epochs = [[int(batches.at(e * n + i).tokens[0, 0]) for i in range(n)] for e in range(4)]
    assert len({tuple(starts) for starts in epochs}) == 4
    assert len({min(starts) % 5 for starts in epochs}) > 1
    assert all(starts != sorted(starts) for starts in epochs)


def test_batches_run_on_through_the_end_of_an_epoch():
    batches = Batches(counting(31), seed=0, batch_size=4, seq_len=5)
    assert batches.windows_per_epoch == 5
    assert batches.at(1).tokens.shape == (4, 5)
    assert batches.epoch_of(5) == pytest.approx(4.0)


def test_a_corpus_of_exactly_one_window_is_enough():
    batch = Batches(counting(7), seed=0, batch_size=2, seq_len=6).at(9)
    assert batch.tokens.tolist() == [[0, 1, 2, 3, 4, 5]] * 2


def test_a_corpus_shorter_than_a_row_says_what_to_type():
    with pytest.raises(DataError, match=r"has 7 tokens, but one row of seq_len=7 needs 8.*train.seq_len=3"):
        Batches(counting(7), seed=0, batch_size=2, seq_len=7)


def test_one_document_needs_no_numbers():
    assert Batches(counting(50), seed=0, batch_size=2, seq_len=7).at(0).documents is None


def test_the_token_that_starts_a_document_belongs_to_it():
    starts = (0, 4, 5, 20)
    batches = Batches(counting(40, starts), seed=0, batch_size=3, seq_len=9)
    for step in range(12):
        batch = batches.at(step)
        for tokens, documents in zip(batch.tokens.tolist(), batch.documents.tolist(), strict=True):
            of_token = [sum(start <= token for start in starts) for token in tokens]
            assert documents == [number - of_token[0] + 1 for number in of_token]


@pytest.mark.parametrize(("n_tokens", "seq_len", "stride"), [(50, 8, 8), (50, 8, 3), (49, 7, 1), (5, 8, 8), (9, 8, 2)])
def test_windows_score_every_target_once_with_its_context(n_tokens, seq_len, stride):
    batches = list(windows(counting(n_tokens), seq_len=seq_len, stride=stride, batch_size=3))
    scored = []
    for batch in batches:
        for tokens, targets in zip(batch.tokens.tolist(), batch.targets.tolist(), strict=True):
            for position, target in enumerate(targets):
                if target != -100:
                    assert target == tokens[position] + 1
                    assert position + 1 >= min(target, seq_len - stride)
                    scored.append(target)
    assert scored == list(range(1, n_tokens))
    assert sum(batch.n_targets for batch in batches) == n_tokens - 1


def test_windows_number_documents_too():
    (batch,) = windows(counting(9, (0, 3)), seq_len=20, stride=5, batch_size=2)
    assert batch.documents.tolist() == [[1, 1, 1, 2, 2, 2, 2, 2]]


def test_windows_refuse_a_stride_that_leaves_gaps():
    with pytest.raises(ConfigError, match="stride=9 must lie between 1 and seq_len=8"):
        next(windows(counting(50), seq_len=8, stride=9, batch_size=1))
    with pytest.raises(DataError, match="nothing to score"):
        next(windows(counting(1), seq_len=8, stride=8, batch_size=1))
