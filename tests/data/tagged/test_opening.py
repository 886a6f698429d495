"""Tagged sentences as a model reads them: parts, windows, batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from quatrain.data import TaggedConfig, TokenizerConfig, check_tagged, encode_tagged, open_tagged
from quatrain.data.tagged import Sentence, TaggedPart, Units
from quatrain.data.tagged.units import LETTERS
from quatrain.data.tagged.windows import cut_windows
from quatrain.errors import DataError
from quatrain.models import IGNORE

PIECES = TokenizerConfig(name="wordpiece", vocab_size=60)
MORE = "likes O\nNew B-place\nYork I-place\n\nBob B-person\nleft O\n"


@pytest.fixture(params=["words", "pieces"])
def units(request: pytest.FixtureRequest, folder: str) -> Units:
    config = TaggedConfig(path=folder)
    return open_tagged(config if request.param == "words" else config.replace(tokenizer=PIECES)).units


def test_the_parts_of_a_folder(folder: str) -> None:
    data = open_tagged(TaggedConfig(path=folder))
    assert {name: len(part.sentences) for name, part in data.parts.items()} == {"train": 40, "val": 10, "test": 10}
    assert data.train.tags == ("O", "B-person", "I-person", "B-place", "I-place")
    assert data.split == "As given: sentences of train 40, val 10, test 10."
    assert (data.reads, data.tokenizer.name) == ("words", "word")
    about = data.about()
    assert about["entities"]["val"] == {"person": 10, "place": 10}
    assert about["words"]["train"] == data.train.n_targets == sum(len(s.words) for s in data.train.sentences)
    assert data.counted.n_targets == data.train.n_targets - 1


def test_fewer_sentences_are_learned_from_and_seeds_draw_others(folder: str) -> None:
    config = TaggedConfig(path=folder, n_labels=12)
    whole, some = open_tagged(TaggedConfig(path=folder)), open_tagged(config)
    words = [sentence.words for sentence in some.train.sentences]
    order = iter([sentence.words for sentence in whole.train.sentences])
    assert len(words) == some.about()["n_labels"] == 12
    assert all(sentence in order for sentence in words)  # a part of all, in their order
    assert [s.words for s in open_tagged(config.replace(label_seed=1)).train.sentences] != words
    assert len(some.val.sentences) == 10
    assert open_tagged(config.replace(n_labels=500)).fingerprint == whole.fingerprint


def test_pieces_are_framed_and_tags_stand_at_their_first(folder: str) -> None:
    data = open_tagged(TaggedConfig(path=folder, tokenizer=PIECES))
    assert data.reads == "text"
    (windows, firsts, batch), *_ = data.val.in_order()
    tokens, mask, segments = batch.inputs
    assert segments is None
    assert mask[0].all()
    assert data.tokenizer.token_text(int(tokens[0, 0])) == "[CLS]"
    assert torch.equal(firsts, batch.targets != IGNORE)
    for window, row, tags in zip(windows, firsts, batch.targets, strict=True):
        sentence = data.val.sentences[window.sentence]
        assert [data.val.tags[tag] for tag in tags[row].tolist()] == list(sentence.tags)


def test_words_come_with_their_spelling_as_it_is(folder: str) -> None:
    data = open_tagged(TaggedConfig(path=folder))
    part = TaggedPart([Sentence(("ANN", "x" * 99, ""), ())], data.train.tags, data.units)
    ((_, firsts, batch),) = part.in_order()
    tokens, _, spellings = batch.inputs
    assert tokens[0, 0] == data.tokenizer.backend.token_to_id("ann")
    assert tokens[0, 1] == tokens[0, 2] == data.tokenizer.backend.token_to_id("<unk>")
    assert bytes(spellings[0, 0].tolist()).rstrip(b"\0") == b"ANN"
    assert spellings.shape[2] == LETTERS
    assert not spellings[0, 2].any()
    assert firsts.all()
    assert (batch.targets == IGNORE).all()


@pytest.mark.parametrize("max_seq_len", [5, 6, 9, 30])
def test_every_word_of_a_long_sentence_is_answered_once(units: Units, max_seq_len: int) -> None:
    words = ["Ann", "left", "Old", "Town", "."] * 7
    windows = cut_windows(units, [["Bob"], words], max_seq_len)
    answers = [[None] * len(sentence) for sentence in (["Bob"], words)]
    for window in windows:
        assert len(window.encoded.tokens) <= max_seq_len
        n = int((window.encoded.firsts >= 0).sum())
        before = list(answers[window.sentence])
        window.fill(answers[window.sentence], [f"{window.start + i}" for i in range(n)])
        changed = [i for i, (a, b) in enumerate(zip(before, answers[window.sentence], strict=True)) if a != b]
        assert all(before[i] is None for i in changed), "no word is answered twice"
    assert answers == [["0"], [str(place) for place in range(len(words))]]


def test_windows_overlap_so_that_no_word_stands_at_an_edge_inside(folder: str) -> None:
    units = open_tagged(TaggedConfig(path=folder)).units
    first, second, *_ = cut_windows(units, [["Ann"] * 20], 8)
    assert (first.kept, second.start, second.kept) == (slice(0, 7), 6, slice(1, 7))


def test_words_of_which_a_tokenizer_makes_nothing_keep_their_place(units: Units) -> None:
    (encoded,) = units.encode([["Ann", "", "left"]])
    assert len(encoded.firsts) == 3
    assert encoded.firsts[2] > encoded.firsts[0] >= 0


def test_batches_depend_on_seed_and_step_alone_and_visit_every_sentence(folder: str) -> None:
    part = open_tagged(TaggedConfig(path=folder)).train
    one, other = (part.batches(seed=3, batch_size=7, seq_len=16) for _ in range(2))
    assert torch.equal(one.at(4).targets, other.at(4).targets)
    rows = np.concatenate([one.rows(step) for step in range(one.batches_per_epoch)])
    assert sorted(rows.tolist()) == list(range(40))
    assert sum(one.at(step).n_targets for step in range(one.batches_per_epoch)) == part.n_targets


def test_long_sentences_of_training_are_said(folder: str) -> None:
    data = open_tagged(TaggedConfig(path=folder))
    n = sum(len(sentence.words) > 4 for sentence in data.train.sentences)
    assert data.left_out(4) == f"{n} sentences of more than 4 tokens are read in windows that overlap."
    assert 0 < n < 40
    assert data.left_out(5) == ""


def test_types_seen_only_in_test_are_said_and_count_as_missed(folder: str) -> None:
    (Path(folder) / "test.conll").write_text("Acme B-firm\nleft O\nBob B-person\n", encoding="utf-8")
    data = open_tagged(TaggedConfig(path=folder))
    note = "test has entities of types that training lacks: firm (1); they count as missed."
    assert data.notes == (note,)
    ((_, firsts, batch),) = data.tests["test"].in_order()
    assert firsts.tolist() == [[True, True, True]]
    assert batch.targets.tolist() == [[IGNORE, 0, 1]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"test.conll": MORE, "dev.conll": MORE}, "there is no sentence to train on; parts .*: val 2, test 2"),
        ({"a.conll": "Bob B-person\n\n" * 3}, "the 3 sentences of the training part are all the same"),
        (
            {"train.conll": "left O\n", "dev.conll": MORE},
            "there is no entity in the training part, so nothing can be learned",
        ),
    ],
)
def test_what_cannot_be_trained_on_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    path = tmp_path if len(files) > 1 else tmp_path / next(iter(files))
    with pytest.raises(DataError, match=message):
        open_tagged(TaggedConfig(path=str(path)))


def test_equal_sentences_never_fall_into_two_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("\n".join(f"w{i % 7} O\nBob B-person\n" for i in range(70)), encoding="utf-8")
    data = open_tagged(TaggedConfig(path=str(path), val_fraction=0.3))
    assert not {s.words for s in data.train.sentences} & {s.words for s in data.val.sentences}
    assert data.split == "20 of 70 sentences, chosen by a hash of their words, validate."


def test_a_vocabulary_of_pieces_holds_no_words(folder: str) -> None:
    with pytest.raises(DataError, match=r"data\.units=words needs a vocabulary of words, and this is .* 'bpe'"):
        open_tagged(TaggedConfig(path=folder, units="words", tokenizer=TokenizerConfig(name="bpe")))


def test_other_data_is_read_for_a_model_that_is_there(folder: str, tmp_path: Path) -> None:
    data = open_tagged(TaggedConfig(path=folder))
    (tmp_path / "a.conll").write_text(MORE, encoding="utf-8")
    parts = encode_tagged(TaggedConfig(path=str(tmp_path / "a.conll")), data.train.tags, data.units)
    assert {name: part.n_targets for name, part in parts.items()} == {"train": 5}


def test_the_fingerprint_is_that_of_words_and_tags(folder: str) -> None:
    before = open_tagged(TaggedConfig(path=folder)).fingerprint
    assert open_tagged(TaggedConfig(path=folder)).fingerprint == before
    path = Path(folder) / "train.conll"
    path.write_text(path.read_text().replace("B-person", "O", 1), encoding="utf-8")
    assert open_tagged(TaggedConfig(path=folder)).fingerprint != before


def test_a_check_tells_counts_leaks_and_what_training_lacks(folder: str) -> None:
    train, dev = Path(folder) / "train.conll", Path(folder) / "dev.conll"
    train.write_text("Ann B-person\nleft O\n\nAnn O\nleft O\n\n" + "Rome B-place\n\n" * 2, encoding="utf-8")
    dev.write_text("Rome B-place\n\nAnn B-person\nsaw O\nOslo B-place\n", encoding="utf-8")
    report = check_tagged(TaggedConfig(path=folder), seq_len=1)
    assert report.is_usable
    assert report.entities["train"] == {"person": 1, "place": 2}
    assert (report.duplicates.count, report.contradictory.count, report.n_long) == (1 + 0, 2, 2)
    assert report.leaks["val"].count == 1
    assert (report.unseen["val"].entities, report.unseen["val"].words) == (1 / 3, 0.5)
    lines = "\n".join(report.lines())
    assert "note: 50.0% of val stand in training word for word: 1 (" in lines
    assert "its scores are partly of what it has seen" in lines
    assert "note: of val, training lacks 33.3% of the entities, 50.0% of the words" in lines
    assert "few entities of some types" in lines
    assert report.to_dict()["is_usable"]


def test_a_check_gathers_the_faults(folder: str) -> None:
    (Path(folder) / "train.conll").write_text("Ann\nleft O\nBob NNP\n", encoding="utf-8")
    report = check_tagged(TaggedConfig(path=folder))
    assert (report.n_faults, report.is_usable) == (2, False)
    assert [line for line in report.lines() if line.startswith("ERROR")][1].count("line 3: 'NNP' is no tag")
