"""Hidden places of texts: how they are marked, and what a model thinks of them."""

from __future__ import annotations

import pytest
import torch

from quatrain.data import Tokenizer, TokenizerConfig
from quatrain.data.framing import Framing
from quatrain.errors import DataError
from quatrain.generate.filling import fill, hide
from quatrain.models import MaskedLM, MaskedLMConfig
from quatrain.models.encoders import encoder_of

TEXT = "the boats were drawn over the sand. gulls cried over grey boats!"


def framing_of(name: str) -> Framing:
    size = {"bpe": 300, "unigram": 50, "wordpiece": 80}.get(name)
    return Framing(Tokenizer.train([TEXT] * 3, TokenizerConfig(name=name, vocab_size=size, framed=True)))


@pytest.fixture
def framing() -> Framing:
    return framing_of("word")


@pytest.fixture
def model(framing: Framing) -> MaskedLM:
    torch.manual_seed(0)
    return MaskedLMConfig(backbone=encoder_of("encoder")(framing.tokenizer.vocab_size, 12, 1, 2, 12)).build().eval()


@pytest.mark.parametrize("name", ["char", "byte", "bpe", "unigram", "wordpiece", "word"])
def test_a_mark_hides_one_token_and_the_rest_stays_as_it_is(name: str) -> None:
    framing = framing_of(name)
    hidden = hide(framing, "the boats [MASK] drawn over the <mask>", None)
    assert [hidden.tokens[place] for place in hidden.places] == [framing.mask_id] * 2
    texts = [framing.tokenizer.decode([*hidden.tokens[1 : hidden.places[0]]])]
    texts.append(framing.tokenizer.decode([*hidden.tokens[hidden.places[0] + 1 : hidden.places[1]]]))
    assert [text.strip() for text in texts] == ["the boats", "drawn over the"]
    around = framing.around
    assert hidden.tokens[:1] + hidden.tokens[-1:] == (int(around.before[0]), int(around.after[0]))


def test_pieces_of_words_bring_their_own_space(framing: Framing) -> None:
    bpe = framing_of("bpe")
    assert bpe.tokenizer.decode([*hide(bpe, "the [MASK]", None).tokens[1:-2]]) == "the"
    char = framing_of("char")
    assert char.tokenizer.decode([*hide(char, "the [MASK]oats", None).tokens[1:5]]) == "the "


def test_the_likeliest_tokens_come_first_and_none_of_them_frames(model: MaskedLM, framing: Framing) -> None:
    filled = fill(model, framing, hide(framing, "the [MASK] were [MASK]", 12), 4)
    assert filled.prompt == "the [MASK] were [MASK]"
    assert not filled.failed
    assert [len(place) for place in filled.places] == [4, 4]
    for place in filled.places:
        chances = [guess.probability for guess in place]
        assert chances == sorted(chances, reverse=True)
        assert sum(chances) <= 1
    first, second = (place[0].text for place in filled.places)
    assert filled.text == f"the {first} were {second}"
    everything = fill(model, framing, hide(framing, "the [MASK]", 12), 10_000).places[0]
    special = {framing.tokenizer.token_text(token) for token in framing.special_ids}
    assert not special & {guess.text for guess in everything}
    assert sum(guess.probability for guess in everything) == pytest.approx(1.0, abs=1e-5)


def test_an_answer_is_read_by_people_and_programs(model: MaskedLM, framing: Framing) -> None:
    filled = fill(model, framing, hide(framing, "the [MASK] were", 12), 2)
    lines = str(filled).splitlines()
    assert lines[0] == filled.text
    assert lines[1].startswith("    1: ")
    assert filled.to_dict()["places"][0][0].keys() == {"text", "probability"}


def test_a_text_that_hides_nothing_is_refused(framing: Framing) -> None:
    with pytest.raises(DataError, match=r"nothing is hidden in 'the boats': write \[MASK\]"):
        hide(framing, "the boats", 12)


def test_a_text_longer_than_the_model_reads_is_refused(framing: Framing) -> None:
    with pytest.raises(DataError, match="has 15 tokens, and the model reads 12"):
        hide(framing, "the [MASK] " * 6 + "boats", 12)
