"""Ids against Python's own code points and bytes, against `tokenizers`, and against `transformers`."""

import json
import random
import warnings
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quatrain.data import END_OF_TEXT, Tokenizer, TokenizerConfig
from quatrain.data._kinds import byte_letters
from quatrain.data.tokenizers import settle
from quatrain.errors import ConfigError, DataError

TEXT = "Héron, heron\tand  crane.\n\nThe crane's 12 eggs: <|endoftext|> été 日本 😀 <unk>\r\n  crane eggs\n" * 3
KINDS = ["char", "byte", "bpe", "unigram", "wordpiece", "word"]
SMALL = {"bpe": 300, "unigram": 60, "wordpiece": 60}
TOKENIZERS = {kind: Tokenizer.train([TEXT], TokenizerConfig(name=kind, vocab_size=SMALL.get(kind))) for kind in KINDS}
ANY_TEXT = st.text(st.one_of(st.sampled_from(TEXT), st.characters(exclude_categories=["Cs"])), max_size=60)
KNOWN_TEXT = st.text(st.sampled_from(sorted(set(TEXT))), max_size=60)


def test_characters_are_numbered_by_code_point_after_the_end_of_text():
    tokenizer = Tokenizer.train(["banana", "cab\n"], TokenizerConfig(name="char"))
    assert tokenizer.encode("abcn\n") == [2, 3, 4, 5, 1]
    assert (tokenizer.eos_id, tokenizer.vocab_size) == (0, 6)


def test_byte_b_is_token_b_plus_one():
    assert TOKENIZERS["byte"].encode("é\n") == [0xC3 + 1, 0xA9 + 1, 11]
    assert TOKENIZERS["byte"].vocab_size == 257


def test_byte_letters_are_those_of_the_library():
    from tokenizers.pre_tokenizers import ByteLevel

    splitter = ByteLevel(add_prefix_space=False, use_regex=False)
    assert sorted(byte_letters()) == sorted(ByteLevel.alphabet())
    for character in "a \n\x00é\xad\x7f日😀":
        letters = "".join(byte_letters()[value] for value in character.encode())
        assert splitter.pre_tokenize_str(character)[0][0] == letters


@given(ANY_TEXT)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", ["byte", "bpe"])
def test_any_text_comes_back_from_bytes(kind, text):
    tokenizer = TOKENIZERS[kind]
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(KNOWN_TEXT)
@settings(max_examples=60, deadline=None)
def test_known_characters_come_back(text):
    assert TOKENIZERS["char"].decode(TOKENIZERS["char"].encode(text)) == text


@given(KNOWN_TEXT)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", KINDS)
def test_the_fast_way_gives_the_ids_of_the_library(kind, text):
    tokenizer = TOKENIZERS[kind]
    fast = tokenizer.encode_array(text)
    assert fast.dtype == np.uint16
    assert fast.tolist() == tokenizer.backend.encode(text, add_special_tokens=False).ids


@given(st.lists(KNOWN_TEXT, max_size=5), st.integers(1, 20))
@settings(max_examples=80, deadline=None)
@pytest.mark.parametrize("kind", KINDS)
def test_cutting_a_text_does_not_change_its_ids(kind, stretches, size):
    tokenizer = TOKENIZERS[kind]
    pieces = list(tokenizer.safe_pieces(stretches, size))
    assert "".join(pieces) == "".join(stretches)
    assert [i for ids in tokenizer.encode_many(pieces) for i in ids] == tokenizer.encode("".join(stretches))


@pytest.mark.parametrize("kind", KINDS)
def test_long_texts_are_cut(kind):
    sizes = [len(piece) for piece in TOKENIZERS[kind].safe_pieces([TEXT, TEXT], 20)]
    assert len(sizes) >= 10
    assert all(20 <= size <= 80 for size in sizes[:-1])


@pytest.mark.parametrize("kind", KINDS)
def test_text_that_looks_like_the_end_of_text_stays_text(kind):
    tokenizer = TOKENIZERS[kind]
    ids = tokenizer.encode(f"crane {END_OF_TEXT}{END_OF_TEXT} crane")
    assert len(ids) > 2
    assert tokenizer.eos_id not in ids
    assert tokenizer.decode([tokenizer.eos_id, *tokenizer.encode("crane"), tokenizer.eos_id]) == "crane"


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_tokenizer_opens_everywhere_with_the_same_ids(kind, tmp_path):
    tokenizers = pytest.importorskip("tokenizers")
    transformers = pytest.importorskip("transformers")
    ours = TOKENIZERS[kind]
    ours.save(tmp_path / "tokenizer.json")
    text = "The crane's 12 eggs,\n\n  crane"
    ids = ours.encode(text)
    again = Tokenizer.load(tmp_path / "tokenizer.json")
    assert (again.name, again.vocab_size, again.encode(text)) == (kind, ours.vocab_size, ids)
    library = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert library.encode(text).ids == ids
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END_OF_TEXT})
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the other library's own
        theirs = [
            transformers.AutoTokenizer.from_pretrained(tmp_path),
            transformers.PreTrainedTokenizerFast(tokenizer_file=str(tmp_path / "tokenizer.json")),
        ]
    assert [tokenizer(text).input_ids for tokenizer in theirs] == [ids, ids]
    assert theirs[0].eos_token_id == 0
    assert len(theirs[0]) == ours.vocab_size


def test_words_are_ranked_by_count_and_newlines_are_words():
    tokenizer = Tokenizer.train([" b a  a \n b <unk> a\n c"], TokenizerConfig(name="word"))
    assert [tokenizer.token_text(i) for i in range(6)] == [END_OF_TEXT, "<unk>", "a", "\n", "b", "c"]
    assert tokenizer.encode("a <unk>\nzebra") == [2, 1, 3, 1]
    assert tokenizer.decode([2, 4, 3, 3, 1]) == "a b\n\n<unk>"


def test_words_seen_once_are_unknown_where_the_text_has_no_unknown_of_its_own():
    tokenizer = Tokenizer.train(["a b a b once"], TokenizerConfig(name="word"))
    assert tokenizer.vocab_size == 4
    assert tokenizer.encode("once a") == [1, 2]


def test_vocab_size_bounds_the_words():
    tokenizer = Tokenizer.train(["a a a b b b c c"], TokenizerConfig(name="word", vocab_size=4))
    assert tokenizer.encode("a b c") == [2, 3, 1]


def test_pairs_merge_in_the_order_of_their_count():
    tokenizer = Tokenizer.train(["ababab ab", "abab"], TokenizerConfig(name="bpe", vocab_size=258))
    assert tokenizer.token_text(257) == "ab"
    assert len(tokenizer.encode("abab")) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_lowercase_is_part_of_the_saved_tokenizer(kind, tmp_path):
    config = TokenizerConfig(name=kind, vocab_size=SMALL.get(kind), lowercase=True)
    Tokenizer.train([TEXT], config).save(tmp_path / "tokenizer.json")
    tokenizer = Tokenizer.load(tmp_path / "tokenizer.json")
    assert tokenizer.encode("CRANE Été") == tokenizer.encode("crane été")
    assert tokenizer.decode(tokenizer.encode("CRANE")).strip() == "crane"


def test_parts_of_a_character_are_shown_as_bytes():
    first, second = TOKENIZERS["byte"].encode("é")
    assert TOKENIZERS["byte"].token_text(first) == "<0xC3>"
    assert TOKENIZERS["byte"].token_text(second) == "<0xA9>"
    assert TOKENIZERS["byte"].token_text(0) == END_OF_TEXT
    with pytest.raises(DataError, match="there is no token 257; the vocabulary has 257 tokens"):
        TOKENIZERS["byte"].token_text(257)


def test_an_unknown_character_is_named_with_its_place():
    with pytest.raises(DataError, match=r"'ß' \(U\+00DF\) at position 2 .*--set data.tokenizer.name=byte"):
        TOKENIZERS["char"].encode("stßß")
    beyond = chr(max(map(ord, TEXT)) + 5)
    with pytest.raises(DataError, match="at position 0"):
        TOKENIZERS["char"].encode(beyond)


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_surrogate_pair_is_refused(kind):
    with pytest.raises(DataError, match="position 1"):
        TOKENIZERS[kind].encode("a\ud800")


@pytest.mark.parametrize(
    ("n_bytes", "n_distinct", "name", "vocab_size"),
    [
        (1_115_394, 65, "char", None),
        (2_000_000, 255, "char", None),
        (2_000_000, 256, "bpe", 2048),
        (2_000_001, 65, "bpe", 2048),
        (10_000, 4000, "bpe", 512),
        (100_000_000, 65, "bpe", 16_384),
        (2_000_000_000, 65, "bpe", 32_768),
    ],
)
def test_auto_follows_the_rule(n_bytes, n_distinct, name, vocab_size):
    settled = settle(TokenizerConfig(), n_bytes=n_bytes, n_distinct=n_distinct)
    assert (settled.name, settled.vocab_size) == (name, vocab_size)


def test_derived_vocabularies_grow_with_the_text():
    config = TokenizerConfig(name="unigram")
    sizes = [settle(config, n_bytes=4**i, n_distinct=9).vocab_size for i in range(20)]
    assert all(a <= b for a, b in pairwise(sizes))
    assert (sizes[0], sizes[-1]) == (512, 32_768)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lowercase", [False, True])
def test_the_same_text_gives_the_same_tokenizer(kind, lowercase):
    letters = [chr(code) for code in range(33, 127)]
    texts = ["".join(letters[i * j % 94] for j in range(1, 9)) + f" word{i} Word{i % 7}" for i in range(300)]
    if kind == "unigram":  # of pieces that are equally likely the library keeps any
        draw = random.Random(0)
        texts = [
            " ".join(draw.choices(["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs", "rain"], k=7))
            for _ in range(300)
        ]
    size = {"bpe": 400, "unigram": 60, "wordpiece": 400}.get(kind)
    config = TokenizerConfig(name=kind, vocab_size=size, lowercase=lowercase, framed=True)
    first, *others = (Tokenizer.train(iter(texts), config).backend.to_str() for _ in range(4))
    assert all(other == first for other in others)


def test_a_size_for_characters_is_refused():
    with pytest.raises(ConfigError, match=r"vocab_size=9 cannot be chosen for a char tokenizer.*name=bpe"):
        TokenizerConfig.from_dict({"name": "char", "vocab_size": 9}, where="data")


def test_a_byte_pair_vocabulary_holds_every_byte():
    with pytest.raises(ConfigError, match=r"256 is too small .* at least 257: .*vocab_size=512"):
        Tokenizer.train(["abc"], TokenizerConfig(name="bpe", vocab_size=256))


def test_other_files_are_no_tokenizers(tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(DataError, match=r"this is not a tokenizer\.json"):
        Tokenizer.load(tmp_path / "tokenizer.json")
    with pytest.raises(DataError, match="no such file"):
        Tokenizer.load(tmp_path / "absent.json")
    TOKENIZERS["byte"].save(tmp_path / "ours.json")
    with pytest.raises(DataError, match=r"no token '</s>' .* <\|endoftext\|>"):
        Tokenizer.load(tmp_path / "ours.json", eos_token="</s>")
