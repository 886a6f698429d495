"""Rows: pairs in document order or of places far apart, documents that do not meet, batches by step alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from quatrain.data import MaskedConfig, MaskedData, MaskedPart, Tokenizer, TokenizerConfig, open_masked
from quatrain.data.framing import Framing
from quatrain.errors import DataError
from quatrain.models import IGNORE
from quatrain.models.masked_lm import FOLLOWS, RANDOM

from .conftest import Open, sentences


def whole(data: MaskedData, step: int = 0, seq_len: int = 48, n: int = 64) -> list[tuple[np.ndarray, np.ndarray, int]]:
    """Rows of a batch with nothing hidden: (tokens, segments, follows)."""
    batch = data.train.batches(seed=0, batch_size=n, seq_len=seq_len).at(step)
    tokens = torch.where(batch.targets == IGNORE, batch.inputs[0], batch.targets).numpy()
    real = np.ones_like(tokens, bool) if batch.inputs[1] is None else batch.inputs[1].numpy()
    segments = batch.inputs[2].numpy()
    rows = zip(tokens, segments, batch.follows.tolist(), real, strict=True)
    return [(row[is_real], segment[is_real], follows) for row, segment, follows, is_real in rows]


def halves(data: MaskedData, tokens: np.ndarray) -> list[list[int]]:
    """The texts between the tokens of the frame."""
    special = data.setting.framing.special_ids
    texts: list[list[int]] = [[]]
    for token in tokens.tolist():
        if token in special:
            texts.append([])
        else:
            texts[-1].append(token)
    return [text for text in texts if text]


def stands_in(stream: np.ndarray, text: list[int]) -> bool:
    views = np.lib.stride_tricks.sliding_window_view(stream, len(text))
    return bool((views == text).all(axis=1).any())


def test_half_of_the_pairs_follow_and_half_do_not(open_texts: Open) -> None:
    data = open_texts(*(sentences(300, seed) for seed in range(4)))
    assert data.setting.next_sentence
    rows = [row for step in range(6) for row in whole(data, step)]
    follows = np.array([row[2] for row in rows])
    assert (follows == IGNORE).mean() < 0.05  # windows over the end of a document
    asked = follows[follows != IGNORE]
    assert (asked == RANDOM).mean() == pytest.approx(0.5, abs=0.1)
    assert FOLLOWS in asked


def test_a_second_text_that_follows_goes_on_where_the_first_ends(open_texts: Open) -> None:
    data = open_texts(*(sentences(300, seed) for seed in range(4)))
    n_random_together = n_random = 0
    for tokens, segments, follows in whole(data):
        if follows == IGNORE:
            continue
        first, second = halves(data, tokens)
        together = stands_in(data.text.train.tokens, first + second)
        if follows == FOLLOWS:
            assert together
        else:
            n_random, n_random_together = n_random + 1, n_random_together + together
        assert segments.tolist() == [0] * (len(first) + 2) + [1] * (len(second) + 1)
    assert n_random > 10
    assert n_random_together == 0


def test_second_texts_start_at_sentences(open_texts: Open) -> None:
    data = open_texts(*(sentences(300, seed) for seed in range(4)))
    tokenizer = data.tokenizer
    for tokens, _, follows in whole(data, seq_len=128):
        if follows != IGNORE:
            first, second = halves(data, tokens)
            assert follows == RANDOM or tokenizer.decode(first).rstrip().endswith(".")
            assert not tokenizer.token_text(second[0]).startswith("##")


def test_where_there_is_one_document_the_other_place_is_far_away(open_texts: Open) -> None:
    data = open_texts(sentences(800, seed=1))
    for tokens, _, follows in whole(data):
        if follows == RANDOM and len(tokens) == 48:
            first, second = halves(data, tokens)
            assert not stands_in(data.text.train.tokens, first + second)


def test_a_tenth_of_the_pairs_are_short(open_texts: Open) -> None:
    data = open_texts(*(sentences(400, seed) for seed in range(4)))
    lengths = [len(tokens) for step in range(8) for tokens, _, follows in whole(data, step) if follows != IGNORE]
    assert np.mean(np.array(lengths) < 46) == pytest.approx(0.1, abs=0.05)
    assert max(lengths) == 48


def test_short_documents_share_a_row_and_do_not_meet(tmp_path: Path) -> None:
    table = tmp_path / "sentences.tsv"
    lines = [line for line in sentences(300, seed=5).replace(". ", ".\n").splitlines() if line]
    table.write_text("sentence\tlabel\n" + "".join(f"{line}\t1\n" for line in lines), encoding="utf-8")
    data = open_masked(MaskedConfig(path=str(table), tokenizer=TokenizerConfig(name="wordpiece", vocab_size=90)))
    assert not data.setting.next_sentence  # a sentence alone has no order
    batch = data.train.batches(seed=0, batch_size=8, seq_len=64).at(0)
    tokens, documents = batch.inputs[0], batch.inputs[3]
    assert documents is not None
    cls = data.tokenizer.backend.token_to_id("[CLS]")
    real = torch.ones_like(tokens, dtype=torch.bool) if batch.inputs[1] is None else batch.inputs[1]
    assert torch.equal((tokens == cls).cumsum(dim=1)[real], documents[real])  # each has a frame of its own
    assert documents.max() > 3
    assert (batch.follows == IGNORE).all()
    assert batch.pair_weight == 0.0


def test_a_folder_may_hold_texts_and_tables(tmp_path: Path) -> None:
    folder = tmp_path / "both"
    folder.mkdir()
    (folder / "wiki.train.tokens").write_text(sentences(400, seed=1), encoding="utf-8")
    (folder / "wiki.valid.tokens").write_text(sentences(40, seed=2), encoding="utf-8")
    (folder / "sst.train.tsv").write_text("sentence\tlabel\na fine film\t1\nno wit at all\t0\n", encoding="utf-8")
    data = open_masked(MaskedConfig(path=str(folder), tokenizer=TokenizerConfig(name="wordpiece", vocab_size=90)))
    assert len(data.text.train.document_starts) == 3
    assert data.setting.next_sentence  # most of the text has an order
    assert "train 3, val 1" in data.split


def test_a_batch_depends_on_seed_and_step_alone(open_texts: Open) -> None:
    data = open_texts(sentences(300, seed=1))
    one, same, other = (data.train.batches(seed=seed, batch_size=4, seq_len=32) for seed in (0, 0, 1))
    one.at(7)
    assert torch.equal(one.at(3).inputs[0], same.at(3).inputs[0])
    assert torch.equal(one.at(3).targets, same.at(3).targets)
    assert not torch.equal(one.at(3).inputs[0], other.at(3).inputs[0])
    per_epoch = one.windows_per_epoch
    assert one.epoch_of(per_epoch) == 4.0


def test_what_is_hidden_changes_from_epoch_to_epoch(open_texts: Open) -> None:
    data = open_texts(sentences(40, seed=1), next_sentence=False)
    batches = data.train.batches(seed=0, batch_size=1, seq_len=32)
    hidden = {tuple((batches.at(step).targets != IGNORE).flatten().tolist()) for step in range(3)}
    assert len(hidden) == 3


def test_scores_hide_the_same_tokens_every_time_and_show_none_of_them(open_texts: Open) -> None:
    data = open_texts(sentences(100, seed=1))
    for one, other in zip(data.val.scored(context=32), data.val.scored(context=32), strict=True):
        assert torch.equal(one.inputs[0], other.inputs[0])
        assert torch.equal(one.targets, other.targets)
        assert (one.inputs[0][one.targets != IGNORE] == data.setting.framing.mask_id).all()


def test_scores_read_all_of_a_part_or_rows_spread_over_it(open_texts: Open) -> None:
    data = open_texts(sentences(100, seed=1), next_sentence=False)
    everything = list(data.val.scored(context=32))
    some = list(data.val.scored(context=32, n_targets=20))
    assert sum(batch.n_targets for batch in everything) == pytest.approx(data.val.n_targets, rel=0.25)
    assert 12 <= sum(batch.n_targets for batch in some) <= 30


def test_parts_of_a_batch_keep_the_weight_of_pairs(open_texts: Open) -> None:
    batch = open_texts(sentences(300, seed=1)).train.batches(seed=0, batch_size=6, seq_len=32).at(0)
    parts = batch.split(4)
    assert [part.n_rows for part in parts] == [4, 2]
    assert sum(part.n_targets for part in parts) == batch.n_targets
    assert {part.pair_weight for part in parts} == {batch.pair_weight}
    assert batch.pair_weight == batch.n_targets / int((batch.follows != IGNORE).sum())


def test_a_text_shorter_than_a_row_is_refused(open_texts: Open) -> None:
    data = open_texts("a few words only.", val="and a few more.")
    with pytest.raises(DataError, match=r"one row of seq_len=64 holds 62 beside its frame.*--set train\.seq_len="):
        data.train.batches(seed=0, batch_size=2, seq_len=64)


def test_rows_without_room_are_refused(open_texts: Open) -> None:
    data = open_texts(sentences(100, seed=1))
    with pytest.raises(DataError, match="leaves no room for text beside the frame"):
        data.val.scored(context=3)


def test_a_vocabulary_without_a_mask_is_refused(tmp_path: Path) -> None:
    (tmp_path / "poem.txt").write_text(sentences(40, seed=3), encoding="utf-8")
    tokenizer = Tokenizer.train([sentences(40, seed=3)], TokenizerConfig(name="char"))
    tokenizer.save(tmp_path / "tokenizer.json")
    taken = TokenizerConfig(path=str(tmp_path / "tokenizer.json"))
    with pytest.raises(DataError, match="no token that hides others"):
        open_masked(MaskedConfig(path=str(tmp_path / "poem.txt"), tokenizer=taken))


@pytest.mark.parametrize("name", ["char", "byte", "bpe", "unigram", "wordpiece", "word"])
def test_every_kind_of_vocabulary_can_be_masked(tmp_path: Path, name: str) -> None:
    (tmp_path / "poem.txt").write_text(sentences(80, seed=3), encoding="utf-8")
    size = {"bpe": 300, "unigram": 50, "wordpiece": 60}.get(name)
    data = open_masked(
        MaskedConfig(path=str(tmp_path / "poem.txt"), tokenizer=TokenizerConfig(name=name, vocab_size=size))
    )
    batch = data.train.batches(seed=0, batch_size=4, seq_len=40).at(0)
    assert batch.n_targets > 4
    tokens = torch.where(batch.targets == IGNORE, batch.inputs[0], batch.targets)[0].tolist()
    assert stands_in(data.text.train.tokens, halves(data, np.array(tokens))[0])


def test_texts_in_the_middle_of_a_document_can_be_the_last_of_a_part(open_texts: Open) -> None:
    data = open_texts(sentences(60, seed=1))
    corpus = data.text.train
    open_ended = MaskedPart(
        type(corpus)(corpus.tokens[:-1], corpus.document_starts, corpus.n_bytes, corpus.n_chars), data.setting
    )
    assert open_ended.rows(32).stop == len(corpus.tokens) - 1


def test_framing_of_ids_is_framing_of_texts(open_texts: Open) -> None:
    framing: Framing = open_texts(sentences(60, seed=1)).setting.framing
    (pair,) = framing.frame(["the small"], ["grey boats"])
    a, b = (framing.tokenizer.encode_array(text) for text in ("the small", "grey boats"))
    around = framing.around
    assert [*around.before, *a, *around.between, *b, *around.after_pair] == pair.tokens.tolist()
    lengths = [len(around.before), len(a), len(around.between), len(b), len(around.after_pair)]
    assert np.repeat(around.segments, lengths).tolist() == pair.segments.tolist()
    (alone,) = framing.frame(["the small"])
    assert [*around.before, *a, *around.after] == alone.tokens.tolist()
