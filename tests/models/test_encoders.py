"""Words for encoders stand for what the papers and the page say."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.models.encoders import ENCODERS, encoder_of
from quatrain.models.presets import SEQUENCE_MIXERS

SIZES = {
    "bert-tiny": (128, 2),
    "bert-mini": (256, 4),
    "bert-small": (512, 4),
    "bert-medium": (512, 8),
    "bert-base": (768, 12),
}


def n_parameters(config: object) -> int:
    with torch.device("meta"):
        return sum(weight.numel() for weight in config.build().parameters())


@pytest.mark.parametrize("word", SIZES)
def test_the_sizes_of_bert_are_the_published_ones(word: str) -> None:
    config = encoder_of(word)(30_522, 8, 1, 1, 512)
    assert (config.d_model, config.n_layers) == SIZES[word]
    assert config.d_model // config.mixer.n_heads == 64


def test_the_base_model_has_as_many_parameters_as_published() -> None:
    pooler = 768 * 768 + 768
    assert n_parameters(encoder_of("bert-base")(30_522, 0, 0, 0, 512)) + pooler == 109_482_240


@pytest.mark.parametrize("word", [*ENCODERS, *SEQUENCE_MIXERS, "hyena+attention"])
def test_every_word_builds_an_encoder_of_this_vocabulary_and_length(word: str) -> None:
    config = encoder_of(word)(31, 12, 2, 3, 16)
    with torch.device("meta"):
        encoder = config.build()
    assert (encoder.vocab_size, encoder.max_seq_len) == (31, 16)


@pytest.mark.parametrize("word", ["encoder", *sorted({*SEQUENCE_MIXERS} - {"mlp"})])
def test_the_last_token_matters_to_the_first(word: str) -> None:
    torch.manual_seed(0)
    encoder = encoder_of(word)(31, 12, 2, 3, 4).replace(zero_init=False).build().eval()
    one, other = torch.tensor([[1, 2, 3, 4]]), torch.tensor([[1, 2, 3, 9]])
    assert not torch.allclose(encoder(one).vectors[0, 0], encoder(other).vectors[0, 0])


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no model is called 'bert-tinny'\. Did you mean 'bert-tiny'"):
        encoder_of("bert-tinny")
