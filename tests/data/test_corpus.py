"""From a path to streams of tokens: layout, splits, cache."""

import json
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quatrain.data import DataConfig, Tokenizer, TokenizerConfig, open_text, store
from quatrain.data.readers import Piece
from quatrain.data.split import plan_split, survey
from quatrain.errors import DataError

CHAR, BYTE = TokenizerConfig(name="char"), TokenizerConfig(name="byte")


@pytest.fixture
def opened(tmp_path):
    """Opens a path with a cache of its own."""

    def open_path(path, **settings):
        config = DataConfig(path=str(path), **({"tokenizer": CHAR} | settings))
        return open_text(config, cache_dir=tmp_path / "cache")

    return open_path


def write_rows(path, rows):
    path.write_text("".join(json.dumps({"text": row}) + "\n" for row in rows))
    return path


def text_of(data, corpus):
    return data.tokenizer.decode(corpus.tokens.tolist())


def test_one_text_is_cut_at_nine_tenths_in_file_order(tmp_path, opened):
    text = "".join(chr(97 + i % 23) for i in range(1005))
    (tmp_path / "poems.txt").write_text(text)
    data = opened(tmp_path / "poems.txt")
    assert text_of(data, data.train) == text[:904]
    assert text_of(data, data.val) == text[904:]
    assert (data.train.n_chars, data.train.n_bytes, data.val.n_chars, data.val.n_bytes) == (904, 904, 101, 101)
    assert data.split == "The first 904 characters train, the last 101 validate, in file order."
    assert (data.name, data.test, data.notes) == ("poems", None, ())


def test_a_document_cut_in_two_is_closed_only_at_its_end(tmp_path, opened):
    (tmp_path / "a.txt").write_text("abcdefghij")
    data = opened(tmp_path / "a.txt")
    assert data.train.tokens.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert data.val.tokens.tolist() == [0, 10, 0]
    assert data.train.document_starts.tolist() == data.val.document_starts.tolist() == [0]


def test_few_documents_are_cut_as_one_text(tmp_path, opened):
    data = opened(write_rows(tmp_path / "a.jsonl", ["aaaa", "bbb", "cccc", "ddddd", "eeee"]), val_fraction=0.5)
    a, b, c, d, e = range(1, 6)
    assert data.train.tokens.tolist() == [0, a, a, a, a, 0, b, b, b, 0, c, c, c]
    assert data.val.tokens.tolist() == [0, c, 0, d, d, d, d, d, 0, e, e, e, e, 0]
    assert data.train.document_starts.tolist() == [0, 5, 9]
    assert data.val.document_starts.tolist() == [0, 2, 8]


def test_a_cut_between_documents_closes_both_parts(tmp_path, opened):
    data = opened(write_rows(tmp_path / "a.jsonl", ["aaaa", "bbbb"]), val_fraction=0.5)
    assert data.train.tokens.tolist() == [0, 1, 1, 1, 1, 0]
    assert data.val.tokens.tolist() == [0, 2, 2, 2, 2, 0]


@given(st.lists(st.text("ab", min_size=1, max_size=9), min_size=1, max_size=60), st.floats(0.01, 0.99))
@settings(max_examples=150, deadline=None)
def test_a_split_loses_and_repeats_nothing(documents, val_fraction):
    pieces = [
        Piece(text, "", None, index == 0)
        for document in documents
        for index, text in enumerate([document[:4], document[4:]])
    ]
    if sum(map(len, documents)) < 2:
        return
    split = plan_split(survey(pieces), val_fraction)
    both = {part: ["".join(texts) for texts in split.documents(pieces, part)] for part in ("train", "val")}
    assert all(both.values())
    if len({*documents}) < 20:
        assert "".join(both["train"] + both["val"]) == "".join(documents)
        wanted = int(sum(map(len, documents)) * (1 - val_fraction))
        assert abs(len("".join(both["train"])) - wanted) <= 1
    else:
        assert Counter(both["train"]) + Counter(both["val"]) == Counter(documents)
        assert not {*both["train"]} & {*both["val"]}


def test_many_documents_are_kept_whole_and_chosen_by_their_content(tmp_path, opened):
    rows = [f"document {i} says {i * i}" for i in range(200)]
    one = opened(write_rows(tmp_path / "a.jsonl", rows))
    two = opened(write_rows(tmp_path / "b.jsonl", rows[::-1]))
    assert 0.08 < one.val.n_chars / (one.val.n_chars + one.train.n_chars) < 0.12
    assert sorted(text_of(one, one.val)) == sorted(text_of(two, two.val))
    assert "documents, chosen by a hash of their content, validate" in one.split


def test_one_huge_document_among_many_stays_in_training(tmp_path, opened):
    rows = ["x" * 5000, *(f"short {i}" for i in range(30))]
    data = opened(write_rows(tmp_path / "a.jsonl", rows))
    assert data.train.n_chars >= 5000
    assert data.val.n_chars > 0


def test_a_given_split_is_kept(tmp_path, opened):
    folder = tmp_path / "wiki"
    folder.mkdir()
    for part, text in {"train": "a b a b c", "valid": "a b z", "test": "c a q"}.items():
        (folder / f"wiki.{part}.tokens").write_text(text)
    data = opened(folder, tokenizer=TokenizerConfig(name="word"))
    assert data.split == "As given: documents of train 1, val 1, test 1."
    assert [text_of(data, c) for c in (data.train, data.val, data.test)] == [
        "a b a b <unk>",
        "a b <unk>",
        "<unk> a <unk>",
    ]
    assert opened(folder).tokenizer.vocab_size == 1 + len(set("a b c z q"))


def test_validation_is_cut_from_training_where_only_a_test_part_is_given(tmp_path, opened):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.txt").write_text("aaaaabbbbb")
    (tmp_path / "d" / "test.txt").write_text("ccc")
    data = opened(tmp_path / "d", val_fraction=0.5)
    assert [text_of(data, c) for c in (data.train, data.val, data.test)] == ["aaaaa", "bbbbb", "ccc"]
    assert data.split.endswith("The test part is as given.")


def test_the_same_content_has_the_same_fingerprint(tmp_path, opened):
    for name, text in {"a.txt": "some text", "b.txt": "some text", "c.txt": "some texT"}.items():
        (tmp_path / name).write_text(text)
    prints = [opened(tmp_path / name).fingerprint for name in ("a.txt", "b.txt", "c.txt")]
    assert prints[0] == prints[1] != prints[2]
    assert opened(tmp_path / "a.txt", val_fraction=0.2).fingerprint != prints[0]
    assert len(prints[0]) == 64


def test_tokens_are_made_once(tmp_path, opened, monkeypatch):
    (tmp_path / "a.txt").write_text("some text")
    first = opened(tmp_path / "a.txt")
    monkeypatch.setattr("quatrain.data.corpus.survey", None)
    second = opened(tmp_path / "a.txt")
    assert second.train.tokens.tolist() == first.train.tokens.tolist()
    assert (second.split, second.tokenizer.encode("some")) == (first.split, first.tokenizer.encode("some"))
    assert isinstance(second.train.tokens.base, np.memmap)


def test_damaged_tokens_are_made_again(tmp_path):
    (tmp_path / "a.txt").write_text("some text")
    config = DataConfig(path=str(tmp_path / "a.txt"), tokenizer=BYTE)
    said = []
    whole = open_text(config, cache_dir=tmp_path / "cache").train.tokens.tolist()
    (folder,) = (tmp_path / "cache").iterdir()
    (folder / "train.tokens").write_bytes(b"\0\0")
    again = open_text(config, cache_dir=tmp_path / "cache", say=said.append)
    assert again.train.tokens.tolist() == whole
    assert "are damaged (train.tokens holds 1 tokens, not 9); making them again." in said[0]
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]


def test_nothing_is_left_behind_where_making_fails(tmp_path, opened):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match="0xE9"):
        opened(tmp_path / "a.txt")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_says_what_to_do(tmp_path):
    (tmp_path / "a.txt").write_text("some text")
    (tmp_path / "cache").write_text("a file, not a folder")
    with pytest.raises(DataError, match=r"tokens cannot be kept here: .* set XDG_CACHE_HOME"):
        open_text(DataConfig(path=str(tmp_path / "a.txt")), cache_dir=tmp_path / "cache")


def test_the_cache_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "elsewhere"))
    (tmp_path / "a.txt").write_text("some text")
    open_text(DataConfig(path=str(tmp_path / "a.txt")))
    assert len(list((tmp_path / "elsewhere" / "quatrain").iterdir())) == 1


def test_a_trained_tokenizer_can_be_brought(tmp_path):
    (tmp_path / "a.txt").write_text("bad cab bad")
    tokenizer = Tokenizer.train(["zyx abcd "], CHAR)
    config, cache_dir = DataConfig(path=str(tmp_path / "a.txt")), tmp_path / "cache"
    data = open_text(config, tokenizer=tokenizer, cache_dir=cache_dir)
    assert data.train.tokens.tolist() == [0, *tokenizer.encode("bad cab b")]
    missing = Tokenizer.train(["abc "], CHAR)
    with pytest.raises(DataError, match="character 'd'"):
        open_text(config, tokenizer=missing, cache_dir=cache_dir)


def test_large_vocabularies_take_wider_tokens(tmp_path, opened):
    (tmp_path / "a.txt").write_text("".join(map(chr, range(0x10000, 0x10000 + 70_000))))
    data = opened(tmp_path / "a.txt")
    assert data.train.tokens.dtype == np.uint32
    assert data.train.tokens[-1] == 63_000


@pytest.mark.parametrize("kind", ["char", "bpe", "word"])
def test_streams_equal_the_text_encoded_at_once(tmp_path, opened, monkeypatch, kind):
    monkeypatch.setattr(store, "CHUNK", 16)
    monkeypatch.setattr(store, "BATCH", 64)
    text = "The crane, the heron; 12 eggs.\n\n  Été!\n" * 40
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    data = opened(tmp_path / "a.txt", tokenizer=TokenizerConfig(name=kind))
    cut = int(len(text) * 0.9)
    assert data.train.tokens[1:].tolist() == data.tokenizer.encode(text[:cut])
    assert data.val.tokens[1:-1].tolist() == data.tokenizer.encode(text[cut:])


def test_what_is_left_out_is_noted(tmp_path, opened):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.txt").write_text("some text")
    (tmp_path / "d" / "b.bin").write_bytes(b"\0")
    assert opened(tmp_path / "d").notes == (f"Skipped 1 (binary): {tmp_path / 'd' / 'b.bin'}.",)


def test_what_was_made_before_is_said(tmp_path):
    (tmp_path / "a.txt").write_text("some text")
    said = []
    for _ in range(2):
        open_text(DataConfig(path=str(tmp_path / "a.txt")), cache_dir=tmp_path / "cache", say=said.append)
    first, last = said[:3], said[3:]
    assert first[0] == "1 documents, 9 characters, 9 bytes."
    assert first[2] == "Tokenizer: char, 8 tokens."
    assert last[0].startswith("The tokens were made before and lie in")


def test_a_given_split_without_training_text_is_refused(tmp_path, opened):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.txt").write_text("")
    (tmp_path / "d" / "val.txt").write_text("text")
    with pytest.raises(DataError, match="the training part holds no text"):
        opened(tmp_path / "d")


def test_a_document_is_left_to_train_on_whatever_the_share():
    pieces = [Piece(f"{i:02}", "", None, True) for i in range(20)]
    split = plan_split(survey(pieces), 0.999)
    assert Counter(split.parts) == {"val": 19, "train": 1}


def test_one_character_cannot_be_split(tmp_path, opened):
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(DataError, match="too short to be split: it has 1 characters"):
        opened(tmp_path / "a.txt")
