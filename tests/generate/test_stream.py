import itertools

import pytest
import tokenizers
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from quatrain.errors import ConfigError
from quatrain.generate._continuation import Continuation
from quatrain.generate.config import SamplingConfig
from quatrain.generate.decode import generate, stream

from .toys import Bigram, Bytes, Leaky, Letters, Words, always


def pieces_of(tokenizer, prompt, tokens, stop=()):
    """What each token makes certain; the last piece comes when no token follows."""
    continuation = Continuation(tokenizer, prompt, stop)
    pieces = []
    for token in tokens:
        continuation.push(token)
        pieces.append(continuation.take())
        if continuation.is_stopped:
            return pieces
    continuation.close()
    return [*pieces, continuation.take()]


@given(st.text(max_size=60), st.text(max_size=20))
@settings(max_examples=100, deadline=None, database=None)
def test_pieces_join_to_the_text_and_never_split_a_character(text, prompt):
    pieces = pieces_of(Bytes(), Bytes().encode(prompt), Bytes().encode(text))
    assert "".join(pieces) == text
    if "\ufffd" not in text:
        assert not any("\ufffd" in piece for piece in pieces)


@given(st.binary(max_size=60))
@settings(max_examples=100, deadline=None, database=None)
def test_bytes_that_are_no_text_are_shown_as_a_decoder_shows_them(garbage):
    assert "".join(pieces_of(Bytes(), [], list(garbage))) == garbage.decode(errors="replace")


@given(st.text("abc", max_size=50), st.lists(st.text("abc", min_size=1, max_size=4), max_size=3))
@settings(max_examples=100, deadline=None, database=None)
def test_what_was_shown_never_holds_a_stop_string(text, stop):
    shown = "".join(pieces_of(Letters(), [], Letters().encode(text), stop))
    assert not any(string in shown for string in stop)
    assert text.startswith(shown)
    if not any(string in text for string in stop):
        assert shown == text


class Trained:
    """A tokenizer of the `tokenizers` library, trained on a few words and asked for few tokens."""

    eos_id = 0

    def __init__(self, model, trainer, pre_tokenizer, decoder):
        self.tokenizer = tokenizers.Tokenizer(model)
        self.tokenizer.pre_tokenizer, self.tokenizer.decoder = pre_tokenizer, decoder
        self.tokenizer.train_from_iterator(["the cat sat, the hat fell. naïve café €5 😀 cattish hats"] * 3, trainer)
        self.vocab_size = self.tokenizer.get_vocab_size()

    def encode(self, text):
        return self.tokenizer.encode(text).ids

    def decode(self, ids):
        return self.tokenizer.decode(ids)


def byte_level_bpe():
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=290, special_tokens=["<end>"], initial_alphabet=alphabet, show_progress=False
    )
    byte_level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    return Trained(tokenizers.models.BPE(), trainer, byte_level, tokenizers.decoders.ByteLevel())


def word_piece():
    trainer = tokenizers.trainers.WordPieceTrainer(
        vocab_size=45, special_tokens=["<end>", "[UNK]"], show_progress=False
    )
    model = tokenizers.models.WordPiece(unk_token="[UNK]")
    return Trained(model, trainer, tokenizers.pre_tokenizers.Whitespace(), tokenizers.decoders.WordPiece())


@pytest.mark.parametrize("tokenizer", [byte_level_bpe, word_piece], ids=lambda make: make.__name__)
def test_prompt_and_pieces_join_to_what_a_real_tokenizer_decodes(tokenizer):
    tokenizer = tokenizer()
    ids = tokenizer.encode("the cattish hat, 😀 fell. naïve café €5 " * 9)
    for n_prompt in range(1, 30):
        prompt = tokenizer.decode(ids[:n_prompt])
        if not prompt.endswith("\ufffd"):
            pieces = pieces_of(tokenizer, ids[:n_prompt], ids[n_prompt:])
            assert prompt + "".join(pieces) == tokenizer.decode(ids)
            assert len(pieces) > 40


def test_a_character_waits_for_its_last_byte():
    assert pieces_of(Bytes(), [], "a€b".encode()) == ["a", "", "", "€", "b", ""]


def test_a_character_that_is_never_finished_is_shown_at_the_end():
    assert pieces_of(Bytes(), [], "a€".encode()[:-1]) == ["a", "", "", "\ufffd"]


def test_the_start_of_a_stop_string_waits_until_it_turns_out_otherwise():
    tokens = Letters().encode("cabacabd")
    assert pieces_of(Letters(), [], tokens, ("abd",)) == ["c", "", "", "ab", "ac", "", "", ""]


def test_the_start_of_a_stop_string_is_shown_where_the_text_ends():
    assert pieces_of(Letters(), [], Letters().encode("cab"), ("abd",)) == ["c", "", "", "ab"]


def test_words_are_joined_to_the_prompt_and_to_each_other_in_a_long_text():
    tokens = [1 + i % 4 for i in range(100)]
    text = "".join(pieces_of(Words(), [2], tokens))
    assert "cat" + text == "cat " + Words().decode(tokens)


@pytest.mark.parametrize("stop", [(), ("ab", "k"), ("abcabc",)], ids=str)
@pytest.mark.parametrize("bound", [None, 5])
def test_a_stream_is_the_text_generate_writes(stop, bound):
    model = Leaky(max_seq_len=bound, sharpness=0.6)
    for seed in range(5):
        config = SamplingConfig(seed=seed, max_new_tokens=40, stop=stop)
        [[text]] = generate(model, Letters(), ["abc"], config)
        pieces = list(stream(model, Letters(), "abc", config))
        assert "".join(pieces) == text.text
        assert all(pieces)


def test_a_stream_gives_a_piece_before_the_next_token_is_computed():
    model = Leaky()
    pieces = stream(model, Letters(), "abc", SamplingConfig(seed=1, max_new_tokens=5))
    assert model.n_calls == 0
    next(pieces)
    assert model.n_calls == 1
    next(pieces)
    assert model.n_calls == 2


def test_a_stream_left_early_leaves_the_model_as_it_was():
    model = Bigram(torch.zeros(13, 13))
    assert len(list(itertools.islice(stream(model, Letters(), "", SamplingConfig(seed=1)), 2))) == 2
    assert model.training


def test_a_stream_passes_on_what_is_to_be_said():
    said = []
    list(stream(Leaky(max_seq_len=4), Letters(), "abcdef", SamplingConfig(seed=1, max_new_tokens=4), say=said.append))
    assert "A prompt has 7 tokens and this model reads 4: only the last 3 are used." in said


@pytest.mark.parametrize("values", [{"n": 2}, {"beam_size": 2}], ids=str)
def test_only_one_text_can_be_streamed(values):
    [(name, value)] = values.items()
    with pytest.raises(ConfigError, match=f"{name}: one text can be streamed, and {name}={value} needs all of them"):
        stream(Leaky(), Letters(), "a", SamplingConfig(**values))


def test_what_ends_a_text_is_not_streamed():
    model = always(2, 3, 0, vocab_size=13, start=1)
    assert list(stream(model, Letters(), "a", SamplingConfig(temperature=0.0))) == ["b", "c"]
