"""How much is hidden, what stands there instead, and that words can be hidden whole."""

from __future__ import annotations

import numpy as np
import pytest

from quatrain.data.masked.hiding import choose_tokens, choose_words, cover
from quatrain.models import IGNORE

from .conftest import Open, sentences

MASK = 99


def test_of_many_tokens_15_percent_are_hidden_80_10_10(open_texts: Open) -> None:
    data = open_texts(*(sentences(400, seed) for seed in range(3)))
    batches = data.train.batches(seed=0, batch_size=64, seq_len=128)
    n_text = n_hidden = n_masked = n_same = 0
    for step in range(16):
        batch = batches.at(step)
        tokens, targets = batch.inputs[0].numpy(), batch.targets.numpy()
        hidden = targets != IGNORE
        is_frame = np.isin(tokens, [*data.setting.framing.special_ids - {data.setting.framing.mask_id}])
        assert not (is_frame & hidden).any()
        n_text += int((~is_frame).sum())
        n_hidden += int(hidden.sum())
        n_masked += int((tokens[hidden] == data.setting.framing.mask_id).sum())
        n_same += int((tokens[hidden] == targets[hidden]).sum())
    assert n_text > 1e5
    assert n_hidden / n_text == pytest.approx(0.15, abs=0.003)
    assert n_masked / n_hidden == pytest.approx(0.8, abs=0.01)
    chance = 0.1 / len(data.setting.lexicon.plain)  # a swapped token may be the token itself
    assert n_same / n_hidden == pytest.approx(0.1 + chance, abs=0.01)


def test_a_short_text_hides_at_least_one_token() -> None:
    is_text = np.array([False, True, True, False])
    chosen = choose_tokens(is_text, 0.15, np.random.default_rng(0))
    assert len(chosen) == 1
    assert is_text[chosen].all()


def test_swapped_tokens_stand_for_text() -> None:
    covered = cover(np.full(5000, 7), MASK, np.array([3, 7, 11]), np.random.default_rng(0))
    assert set(covered.tolist()) == {3, 7, 11, MASK}


def test_words_are_hidden_whole() -> None:
    starts = np.array([True, True, False, False, True, True, False, True, True])
    is_text = np.array([False, *[True] * 7, False])
    words = [{1, 2, 3}, {4}, {5, 6}, {7}]
    for seed in range(50):
        hidden = {*choose_words(is_text, starts, 0.45, np.random.default_rng(seed)).tolist()}
        assert 1 <= len(hidden) <= 3
        assert hidden == set().union(*(word for word in words if word <= hidden))


def test_a_word_longer_than_the_share_is_hidden_where_there_is_no_other() -> None:
    is_text = np.array([False, True, True, True, False])
    starts = np.array([True, True, False, False, True])
    assert choose_words(is_text, starts, 0.15, np.random.default_rng(0)).tolist() == [1, 2, 3]


def test_whole_words_are_about_15_percent_too(open_texts: Open) -> None:
    data = open_texts(*(sentences(200, seed) for seed in range(3)), whole_word=True)
    batches = data.train.batches(seed=0, batch_size=64, seq_len=64)
    n_text = n_hidden = 0
    for step in range(4):
        batch = batches.at(step)
        hidden = batch.targets != IGNORE
        for shown, targets, is_hidden in zip(
            batch.inputs[0].numpy(), batch.targets.numpy(), hidden.numpy(), strict=True
        ):
            whole = np.where(is_hidden, targets, shown)
            starts = data.setting.lexicon.word_starts(whole)
            inside = np.flatnonzero(~starts)
            assert (is_hidden[inside] == is_hidden[inside - 1]).all(), "a word is hidden in part"
        n_text += int((~np.isin(batch.inputs[0].numpy(), [*data.setting.framing.special_ids]) | hidden.numpy()).sum())
        n_hidden += int(hidden.sum())
    assert n_hidden / n_text == pytest.approx(0.15, abs=0.01)
