"""The laws of pairs and their batches, on pairs whose ids say where they come from."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from quatrain.data import Corpus, Tokenizer, TokenizerConfig
from quatrain.data.pairs import Pairs
from quatrain.data.pairs.batches import PairBatches
from quatrain.errors import DataError
from quatrain.models._base import IGNORE

BYTES = Tokenizer.train([], TokenizerConfig(name="byte"))
"""Any tokenizer: these laws are about ids."""


def stream(documents):
    """`0 d1 0 d2 ... dn 0`."""
    tokens = [0]
    starts = []
    for document in documents:
        starts.append(len(tokens) - 1)
        tokens += [*document, 0]
    return Corpus(np.array(tokens, np.uint16), np.array(starts, np.int64), len(tokens), len(tokens))


def pairs_of(lengths):
    """Pair i has so many tokens on each side, all of them i + 1 in the source and 1000 + i in the target."""
    src = [[i + 1] * n for i, (n, _) in enumerate(lengths)]
    tgt = [[1000 + i] * m for i, (_, m) in enumerate(lengths)]
    texts = [str(i) for i in range(len(lengths))]
    return Pairs("train", stream(src), stream(tgt), texts, texts, BYTES, BYTES)


def an_epoch(batches, epoch=0):
    n = batches.batches_per_epoch
    return [batches.at(step) for step in range(epoch * n, (epoch + 1) * n)]


def owners(batch):
    """Which pairs a batch holds, by its sources and by its targets."""
    by_source = (batch.src.amax(1) - 1).tolist()
    by_target = (batch.tgt.amax(1) - 1000).tolist()
    assert by_source == by_target
    return by_source


LENGTHS = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=60)


def test_a_batch_is_as_it_is_drawn_in_its_docstring():
    batch = pairs_of([(2, 3), (3, 1)]).batch(np.array([0, 1]))
    assert batch.src.tolist() == [[1, 1, 0, 0], [2, 2, 2, 0]]
    assert batch.src_mask.tolist() == [[True, True, True, False], [True] * 4]
    assert batch.tgt.tolist() == [[0, 1000, 1000, 1000], [0, 1001, 0, 0]]
    assert batch.targets.tolist() == [[1000, 1000, 1000, 0], [1001, 0, IGNORE, IGNORE]]
    assert {part.dtype for part in (batch.src, batch.tgt, batch.targets)} == {torch.int64}
    assert (batch.n_rows, batch.n_targets) == (2, 6)


def test_ids_of_a_pair_have_nothing_at_their_ends():
    pairs = pairs_of([(2, 3), (3, 1), (1, 4)])
    assert [pairs.src(i) for i in range(3)] == [[1, 1], [2, 2, 2], [3]]
    assert [pairs.tgt(i) for i in range(3)] == [[1000] * 3, [1001], [1002] * 4]
    assert pairs.n_targets == 3 + 1 + 1 + 1 + 4 + 1


@given(LENGTHS, st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_every_epoch_visits_every_pair_once(lengths, epoch):
    batches = pairs_of(lengths).batches(seed=7, batch_size=3, seq_len=13)
    seen = [pair for batch in an_epoch(batches, epoch) for pair in owners(batch)]
    assert sorted(seen) == list(range(len(lengths)))
    assert batches.n_left_out == 0


@given(LENGTHS, st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_no_batch_holds_more_than_its_budget(lengths, batch_size):
    batches = pairs_of(lengths).batches(seed=0, batch_size=batch_size, seq_len=13)
    assert all(max(batch.src.numel(), batch.tgt.numel()) <= batch_size * 13 for batch in an_epoch(batches))


@given(LENGTHS)
@settings(max_examples=30, deadline=None)
def test_a_batch_depends_on_seed_and_step_alone(lengths):
    pairs = pairs_of(lengths)
    one, two = (pairs.batches(seed=5, batch_size=2, seq_len=13) for _ in range(2))
    steps = range(3 * one.batches_per_epoch)
    forward = [one.at(step) for step in steps]
    backward = [two.at(step) for step in reversed(steps)][::-1]
    for a, b in zip(forward, backward, strict=True):
        assert all(torch.equal(x, y) for x, y in zip(vars(a).values(), vars(b).values(), strict=True))


def test_another_seed_and_another_epoch_bring_other_companions():
    lengths = [(5, 5)] * 40
    batches = pairs_of(lengths).batches(seed=0, batch_size=4, seq_len=6)
    other = pairs_of(lengths).batches(seed=1, batch_size=4, seq_len=6)
    groups = [
        {frozenset(owners(batch)) for batch in an_epoch(*which)} for which in ((batches, 0), (batches, 1), (other, 0))
    ]
    assert all(len(group) == 10 for group in groups)
    assert groups[0] != groups[1]
    assert groups[0] != groups[2]


def test_long_and_short_batches_come_in_no_order():
    generator = np.random.default_rng(0)
    batches = pairs_of(generator.integers(1, 30, (400, 2)).tolist()).batches(seed=0, batch_size=4, seq_len=31)
    widths = np.array([batch.src.shape[1] for batch in an_epoch(batches)])
    assert abs(np.corrcoef(widths, np.arange(len(widths)))[0, 1]) < 0.3


def test_pairs_of_about_one_length_stand_together():
    generator = np.random.default_rng(0)
    src = generator.integers(3, 40, 3000)
    lengths = np.stack([src, np.maximum(src + generator.integers(-3, 4, 3000), 1)], axis=1).tolist()
    batches = pairs_of(lengths).batches(seed=0, batch_size=20, seq_len=64)
    places = sum(batch.src.numel() + batch.tgt.numel() for batch in an_epoch(batches))
    real = sum(int(batch.src_mask.sum()) + batch.n_targets for batch in an_epoch(batches))
    assert 1 - real / places < 0.08


def test_a_pair_too_long_is_left_out_and_counted_never_cut():
    pairs = pairs_of([(3, 3), (9, 2), (2, 9), (8, 8)])
    batches = pairs.batches(seed=0, batch_size=2, seq_len=9)
    assert sorted(pair for batch in an_epoch(batches) for pair in owners(batch)) == [0, 3]
    assert batches.n_left_out == pairs.n_longer_than(9) == 2


def test_where_every_pair_is_too_long_the_shortest_is_named():
    with pytest.raises(DataError, match=r"none of the 2 pairs fits into seq_len=4 .* --set train.seq_len=6\."):
        pairs_of([(5, 3), (9, 9)]).batches(seed=0, batch_size=2, seq_len=4)


def test_epochs_are_counted_in_batches():
    batches = pairs_of([(4, 4)] * 10).batches(seed=0, batch_size=2, seq_len=5)
    assert batches.batches_per_epoch == 5
    assert [batches.epoch_of(step) for step in (0, 5, 12)] == [0, 1, 2.4]


@given(LENGTHS, st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_scoring_visits_every_pair_once_and_says_which(lengths, batch_tokens):
    pairs = pairs_of(lengths)
    seen = []
    for rows, batch in pairs.in_order(batch_tokens):
        assert owners(batch) == rows.tolist()
        assert batch.n_rows == 1 or max(batch.src.numel(), batch.tgt.numel()) <= batch_tokens
        seen += rows.tolist()
    assert sorted(seen) == list(range(len(pairs)))


def test_a_batch_splits_into_parts_that_together_are_it():
    batch = pairs_of([(2, 3), (3, 1), (1, 4), (2, 2), (5, 1)]).batch(np.arange(5))
    parts = batch.split(2)
    assert [part.n_rows for part in parts] == [2, 2, 1]
    assert sum(part.n_targets for part in parts) == batch.n_targets
    assert torch.equal(torch.cat([part.src for part in parts]), batch.src)
    assert torch.equal(batch.to(torch.device("cpu")).targets, batch.targets)


def test_the_first_pairs_are_a_part_of_their_own():
    few = pairs_of([(2, 3), (3, 1), (1, 4)]).first(2)
    assert (len(few), few.n_targets) == (2, 6)
    assert few.batch(np.array([1])).targets.tolist() == [[1001, 0]]
    assert len(few.first(0)) == 0


def test_a_million_pairs_are_ordered_in_seconds():
    generator = np.random.default_rng(0)
    n = 1_000_000
    starts = [np.cumsum([0, *(generator.integers(2, 40, n))]) for _ in range(2)]
    sides = [Corpus(np.zeros(s[-1] + 1, np.uint16), s[:-1], 1, 1) for s in starts]
    batches = PairBatches(*sides, seed=0, batch_size=64, seq_len=64)
    assert batches.n_left_out == 0
    rows = np.concatenate([batches.rows(step) for step in range(batches.batches_per_epoch)])
    assert len(rows) == n
    assert np.array_equal(np.sort(rows), np.arange(n))
