"""From files to tokens in parts."""

import numpy as np
import pytest

from quatrain.config import Config, override
from quatrain.data import AnyDataConfig, DataConfig, PairsConfig, TokenizerConfig, open_pairs
from quatrain.data.pairs import encode_pairs
from quatrain.data.pairs.vocabulary import settle_pairs
from quatrain.errors import ConfigError, DataError


def opened(path, **settings):
    said = []
    return open_pairs(PairsConfig(path=str(path), **settings), say=said.append), said


def test_what_is_read_can_be_decoded_again(tmp_path, sentences, write_sides):
    data, said = opened(write_sides(tmp_path / "d", "all", sentences(300)))
    assert data.sides == ("en", "de")
    assert data.name == "d"
    for part in (data.train, data.val):
        for i in range(len(part)):
            assert data.src_tokenizer.decode(part.src(i)) == part.src_texts[i]
            assert data.tokenizer.decode(part.tgt(i)) == part.tgt_texts[i]
    assert data.tokenizer is data.src_tokenizer
    assert said[-1] == f"Tokenizer of both sides: bpe, {data.tokenizer.vocab_size:,} tokens."
    assert data.counted is data.train.target
    assert data.counted.document_starts.tolist() == np.flatnonzero(data.counted.tokens == 0)[:-1].tolist()


def test_sides_may_have_vocabularies_of_their_own(tmp_path, sentences, write_sides):
    data, said = opened(
        write_sides(tmp_path / "d", "all", sentences(300)),
        shared_vocabulary=False,
        tokenizer=TokenizerConfig(name="word"),
    )
    assert "Hund" in data.tokenizer.backend.get_vocab()
    assert "Hund" not in data.src_tokenizer.backend.get_vocab()
    assert "dog" in data.src_tokenizer.backend.get_vocab()
    assert said[-1].startswith("Tokenizers: source word, ")


def test_a_vocabulary_is_learned_from_the_training_part_alone(tmp_path, sentences, write_sides):
    write_sides(tmp_path / "d", "train", sentences(100))
    write_sides(tmp_path / "d", "val", [("zyzzyva", "zyzzyva")] * 50)
    data, _ = opened(tmp_path / "d", tokenizer=TokenizerConfig(name="word"))
    assert "zyzzyva" not in data.tokenizer.backend.get_vocab()


# ---- the split


def test_equal_sources_never_fall_into_two_parts(tmp_path, sentences, write_sides):
    pairs = [(f"source {i % 150}", f"target {i}") for i in range(600)]
    data, _ = opened(write_sides(tmp_path / "d", "all", pairs))
    assert not {*data.train.src_texts} & {*data.val.src_texts}
    assert len(data.train) + len(data.val) == 600
    assert 40 <= len(data.val) <= 60
    assert data.split == f"{len(data.val)} of 600 pairs, chosen by a hash of their source, validate."


def test_the_split_hangs_on_the_sources_alone(tmp_path, sentences, write_sides):
    pairs = sentences(400)
    one, _ = opened(write_sides(tmp_path / "a", "all", pairs))
    two, _ = opened(write_sides(tmp_path / "b", "all", [(src, tgt + "!") for src, tgt in reversed(pairs)]))
    assert {*one.val.src_texts} == {*two.val.src_texts}


def test_no_more_than_two_thousand_pairs_are_kept(tmp_path, write_sides):
    pairs = [(f"{i} in", f"{i} out") for i in range(25_000)]
    data, _ = opened(write_sides(tmp_path / "d", "all", pairs), tokenizer=TokenizerConfig(name="byte"))
    assert len(data.val) == 2000


def test_given_parts_stay_as_they_are_and_a_test_part_alone_leaves_validation_to_us(tmp_path, sentences, write_sides):
    write_sides(tmp_path / "d", "train", sentences(200))
    write_sides(tmp_path / "d", "test_2016", sentences(20, 1))
    write_sides(tmp_path / "d", "test_2017", sentences(30, 2))
    data, _ = opened(tmp_path / "d")
    assert {name: len(part) for name, part in data.tests.items()} == {"test_2016": 20, "test_2017": 30}
    assert len(data.train) + len(data.val) == 200
    assert data.split.endswith("validate. As given: test_2016 20, test_2017 30.")
    write_sides(tmp_path / "d", "dev", sentences(10, 3))
    data, _ = opened(tmp_path / "d")
    assert data.split == "As given: pairs of train 200, val 10, test_2016 20, test_2017 30."
    assert list(data.parts) == ["train", "val", "test_2016", "test_2017"]


def test_too_little_to_split_and_no_training_part_are_refused(tmp_path, sentences, write_sides):
    with pytest.raises(DataError, match="the 3 pairs have a single source"):
        opened(write_sides(tmp_path / "d", "all", [("a", "x"), ("a", "y"), ("a", "z")]))
    write_sides(tmp_path / "e", "val", sentences(5))
    with pytest.raises(DataError, match=r"e: there is no pair to train on; parts and pairs: val 5, test 5\."):
        opened(write_sides(tmp_path / "e", "test", sentences(5)))


# ---- empty sides


def test_pairs_with_an_empty_side_are_left_out_aloud(tmp_path, sentences, write_sides):
    pairs = sentences(50)
    pairs[6] = (pairs[6][0], "")
    pairs[9] = ("   ", pairs[9][1])
    write_sides(tmp_path / "d", "train", pairs)
    write_sides(tmp_path / "d", "val", [("", "nichts"), *sentences(4, 1)])
    data, said = opened(tmp_path / "d")
    assert (len(data.train), len(data.val), data.n_left_out) == (48, 4, 2)
    assert said[1:3] == [
        "train: 2 pairs have an empty side and stay out of training and scores: "
        f"{tmp_path / 'd' / 'train.de'}, line 7, {tmp_path / 'd' / 'train.en'}, line 10.",
        f"val: 1 pair has an empty side and stays out of training and scores: {tmp_path / 'd' / 'val.en'}, line 1.",
    ]
    assert data.notes[1:3] == tuple(said[1:3])


# ---- characters and sizes


def test_an_unknown_character_is_named_with_its_file_and_line(tmp_path, sentences, write_sides):
    data, _ = opened(write_sides(tmp_path / "d", "all", sentences(50)), tokenizer=TokenizerConfig(name="char"))
    other = write_sides(tmp_path / "e", "exam", [("a dog", "ein Hund"), ("a dog", "ein Hünd")])
    config = PairsConfig(path=str(other))
    with pytest.raises(DataError, match=r"exam\.de, line 2: character 'ü' \(U\+00FC\) at position 5 is not among"):
        encode_pairs(config, (data.src_tokenizer, data.tokenizer))


def test_a_trained_vocabulary_writes_other_pairs(tmp_path, sentences, write_sides):
    data, _ = opened(write_sides(tmp_path / "d", "all", sentences(200)))
    write_sides(tmp_path / "e", "test_a", sentences(7, 5))
    write_sides(tmp_path / "e", "test_b", sentences(8, 6))
    said = []
    parts = encode_pairs(PairsConfig(path=str(tmp_path / "e")), (data.src_tokenizer, data.tokenizer), said.append)
    assert {name: len(part) for name, part in parts.items()} == {"test_a": 7, "test_b": 8}
    assert data.tokenizer.decode(parts["test_b"].tgt(3)) == sentences(8, 6)[3][1]
    assert said == ["From en to de. For the other way round: --set data.source=de --set data.target=en."]
    again, _ = opened(tmp_path / "d", shared_vocabulary=True)
    same = open_pairs(PairsConfig(path=str(tmp_path / "d")), tokenizers=(data.src_tokenizer, data.tokenizer))
    assert same.tokenizer is data.tokenizer
    assert same.fingerprint == again.fingerprint == data.fingerprint


def test_the_fingerprint_knows_texts_and_direction_but_not_places(tmp_path, sentences, write_sides):
    pairs = sentences(60)
    one, _ = opened(write_sides(tmp_path / "a", "all", pairs))
    moved, _ = opened(write_sides(tmp_path / "b", "other", pairs))
    turned, _ = opened(tmp_path / "a", source="de", target="en")
    changed, _ = opened(write_sides(tmp_path / "c", "all", [*pairs[:-1], ("the end", "das Ende")]))
    assert one.fingerprint == moved.fingerprint
    assert len({data.fingerprint for data in (one, turned, changed)}) == 3


@pytest.mark.parametrize(
    ("n_bytes", "mean_chars", "n_distinct", "expected"),
    [
        (900_000, 16, 160, ("char", None)),
        (900_000, 16, 300, ("bpe", 3400)),
        (3_900_000, 65, 120, ("bpe", 4900)),
        (1_300_000_000, 120, 3000, ("bpe", 20_900)),
        (2_000, 60, 40, ("bpe", 512)),
    ],
)
def test_auto_takes_characters_for_short_texts_and_pieces_by_the_size(n_bytes, mean_chars, n_distinct, expected):
    settled = settle_pairs(TokenizerConfig(), n_bytes=n_bytes, mean_chars=mean_chars, n_distinct=n_distinct)
    assert (settled.name, settled.vocab_size) == expected


def test_a_size_asked_for_is_kept():
    settled = settle_pairs(TokenizerConfig(vocab_size=700), n_bytes=100, mean_chars=5, n_distinct=20)
    assert (settled.name, settled.vocab_size) == ("bpe", 700)


# ---- the config


class Recipe(Config):
    data: AnyDataConfig


def test_pairs_are_a_kind_of_data():
    values = {"kind": "pairs", "path": "a.en", "target_path": "a.de", "tokenizer": {"name": "bpe"}}
    recipe = Recipe.from_dict({"data": values})
    assert recipe.data == PairsConfig(path="a.en", target_path="a.de", tokenizer=TokenizerConfig(name="bpe"))
    assert Recipe.from_dict(recipe.to_dict()) == recipe
    assert override(recipe, ["data.source=de"]).data.source == "de"
    assert isinstance(Recipe.from_dict({"data": {"path": "a"}}).data, DataConfig)
    with pytest.raises(ConfigError, match=r"data\.sauce: no setting has this name. Did you mean 'source'\?"):
        Recipe.from_dict({"data": {**values, "sauce": "en"}})


def test_one_side_twice_is_refused():
    with pytest.raises(ConfigError, match="source and target are both 'en': name two different sides"):
        PairsConfig(path="a", source="en", target="en")
