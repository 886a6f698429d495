"""Words and sentences as the tokens of each kind of vocabulary tell them."""

from __future__ import annotations

import pytest

from quatrain.data import Tokenizer, TokenizerConfig
from quatrain.data.framing import Framing
from quatrain.data.masked import Lexicon

TEXT = 'He ran home. "Where?" she asked\nNobody knew unlovable things!'
FIRST = ["He", "Where", "she", "Nobody"]


def lexicon_of(name: str) -> tuple[Tokenizer, Lexicon]:
    size = {"bpe": 300, "unigram": 40, "wordpiece": 60}.get(name)
    tokenizer = Tokenizer.train([TEXT], TokenizerConfig(name=name, vocab_size=size, framed=True))
    return tokenizer, Lexicon.of(Framing(tokenizer))


@pytest.mark.parametrize("name", ["char", "byte", "bpe", "wordpiece"])
def test_sentences_start_at_the_first_letter_after_an_end(name: str) -> None:
    tokenizer, lexicon = lexicon_of(name)
    tokens = tokenizer.encode_array("\n" + TEXT)
    starts = lexicon.sentence_starts(tokens).nonzero()[0].tolist()
    found = ["".join(tokenizer.decode(tokens[start:].tolist()).split()) for start in starts]
    assert [next(first for first in FIRST if rest.startswith(first)) for rest in found] == FIRST


@pytest.mark.parametrize("name", ["char", "byte", "bpe", "wordpiece", "unigram"])
def test_pieces_of_a_word_stay_together(name: str) -> None:
    tokenizer, lexicon = lexicon_of(name)
    tokens = tokenizer.encode_array("knew unlovable things!")
    starts = lexicon.word_starts(tokens)
    texts = [tokenizer.token_text(token) for token in tokens.tolist()]
    whole = [text for text, start in zip(texts, starts, strict=True) if start and any(map(str.isalnum, text))]
    assert len(whole) == 3, texts
    assert starts[0]


def test_words_are_words() -> None:
    tokenizer, lexicon = lexicon_of("word")
    assert lexicon.word_starts(tokenizer.encode_array("He ran home.")).all()


def test_tokens_of_the_frame_stand_for_no_text() -> None:
    tokenizer, lexicon = lexicon_of("wordpiece")
    special = {tokenizer.backend.token_to_id(token) for token in ("[PAD]", "[CLS]", "[SEP]", "[MASK]")}
    assert not special & {*lexicon.plain.tolist()}
    assert len(lexicon.plain) == tokenizer.vocab_size - len(special) - 1  # and the end of text
