"""Texts as a model reads them: framed, cut, in batches of about one length."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from quatrain.data import Framing, LabelledConfig, TextExamples, open_labelled
from quatrain.data.by_length import POOL, BatchesByLength
from quatrain.errors import DataError


@pytest.fixture
def part(write: Any, rows: Any) -> TextExamples:
    long = [("one two three four five six seven eight nine ten " * 3, "pos"), ("a", "neg")]
    data = open_labelled(LabelledConfig(path=str(write("a.csv", [*rows, *long]))))
    return TextExamples.unlabelled([text for text, _ in [*rows, *long]], None, data.classes, Framing(data.tokenizer))


def test_a_batch_holds_framed_texts_padded_on_the_right(part: TextExamples) -> None:
    batch = part.framed.batch(np.array([0, 1, 17]), np.array([1, 0, 1]))
    tokens, mask, segments = batch.inputs
    assert segments is None
    assert tokens.shape == (3, 5)
    assert mask.sum(dim=1).tolist() == [5, 5, 3]
    framing = part.framing
    for row, text in enumerate([part.texts[0], part.texts[1], part.texts[17]]):
        assert tokens[row][mask[row]].tolist() == framing.frame([text])[0].tokens.tolist()
        assert (tokens[row][~mask[row]] == framing.pad_id).all()


def test_rows_of_one_length_need_no_mask(part: TextExamples) -> None:
    rows = np.flatnonzero(part.framed.lengths == 4)
    assert part.framed.batch(rows, rows).inputs[1] is None


def test_too_long_a_text_loses_its_end_and_keeps_its_frame(part: TextExamples) -> None:
    cut = part.cut(6)
    assert cut.lengths.max() == 6
    row = int(part.framed.lengths.argmax())
    whole = part.framed.tokens[part.framed.starts[row] : part.framed.starts[row + 1]]
    kept = cut.tokens[cut.starts[row] : cut.starts[row + 1]]
    assert kept.tolist() == [*whole[:5], whole[-1]]
    others = np.flatnonzero(part.framed.lengths <= 6)
    assert np.array_equal(cut.lengths[others], part.framed.lengths[others])
    assert part.cut(6) is cut
    assert part.cut(99) is part.framed


def test_of_a_pair_the_longer_text_is_cut() -> None:
    data_rows = [("a b c d e f", "g h"), ("a b", "g h")]
    texts, seconds = map(list, zip(*data_rows, strict=True))
    framing = Framing(_words(" ".join(texts + seconds)))
    pairs = TextExamples.unlabelled(texts, seconds, ("x", "y"), framing)
    tokens, mask, segments = pairs.cut(8).batch(np.array([0, 1]), np.array([0, 0])).inputs
    assert tokens.shape == (2, 8)
    assert segments[0].tolist() == [0] * 5 + [1] * 3
    assert mask[1].sum() == 7


def test_in_order_gives_every_example_once_with_its_place(part: TextExamples) -> None:
    seen = np.concatenate([rows for rows, _ in part.in_order()])
    assert sorted(seen) == list(range(part.n_targets))
    some = np.array([3, 17, 5])
    assert sorted(np.concatenate([rows for rows, _ in part.in_order(some)])) == [3, 5, 17]
    lengths = [batch.inputs[0].shape[1] for _, batch in part.in_order(None, 6)]
    assert max(lengths) == 6


@pytest.mark.parametrize("batch_size", [1, 7, 64])
def test_every_epoch_visits_every_example_once(batch_size: int) -> None:
    lengths = np.random.default_rng(0).integers(1, 40, size=POOL * 3 + 11)
    batches = BatchesByLength(lengths, lambda rows: rows, seed=3, batch_size=batch_size)
    n = batches.batches_per_epoch
    for epoch in (0, 2):
        seen = np.concatenate([batches.at(epoch * n + i) for i in range(n)])
        assert sorted(seen) == list(range(len(lengths)))
    assert batches.epoch_of(2 * n) == 2.0


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    lengths = np.arange(1, 101)

    def make(seed: int) -> BatchesByLength[np.ndarray]:
        return BatchesByLength(lengths, lambda rows: rows, seed=seed, batch_size=8)

    one, two = make(0), make(0)
    for _ in range(40):
        one.at(0)
    assert np.array_equal(one.at(29), two.at(29))
    assert not np.array_equal(make(0).at(0), make(1).at(0))
    assert not np.array_equal(one.at(0), one.at(one.batches_per_epoch))


def test_batches_pad_little() -> None:
    lengths = np.random.default_rng(0).geometric(0.1, size=4000)
    batches = BatchesByLength(lengths, lambda rows: lengths[rows], seed=0, batch_size=16)
    found = [batches.at(step) for step in range(batches.batches_per_epoch)]
    padded = sum(len(batch) * batch.max() for batch in found)
    assert padded < 1.1 * lengths.sum()


def test_nothing_to_learn_from_is_refused() -> None:
    with pytest.raises(DataError, match="no example to learn from"):
        BatchesByLength(np.zeros(0, np.int64), lambda rows: rows, seed=0, batch_size=2)


def test_a_batch_can_be_split_into_micro_batches(part: TextExamples) -> None:
    batch = part.batches(seed=0, batch_size=7, seq_len=8).at(0)
    pieces = batch.split(3)
    assert [piece.n_rows for piece in pieces] == [3, 3, 1]
    assert torch.equal(torch.cat([piece.inputs[0] for piece in pieces]), batch.inputs[0])


def _words(text: str) -> Any:
    from quatrain.data import Tokenizer, TokenizerConfig

    return Tokenizer.train([text, text], TokenizerConfig(name="word", framed=True))
