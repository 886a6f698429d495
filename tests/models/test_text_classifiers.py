"""Words for classifiers of texts."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from quatrain.errors import ConfigError
from quatrain.mixers import BothWaysConfig
from quatrain.models import ClassifierConfig
from quatrain.models.backbones import TextEncoderConfig
from quatrain.models.text_classifiers import text_classifier


def config(word: str) -> ClassifierConfig:
    return text_classifier(word)(11, ("a", "b"), 8, 1, 2, 16)


def test_a_mixer_that_hides_the_future_is_read_both_ways_or_shown_everything() -> None:
    assert not config("transformer").backbone.mixer.causal
    assert isinstance(config("hyena").backbone.mixer, BothWaysConfig)


def test_a_dan_is_the_mean_of_the_vectors_and_a_feed_forward_network() -> None:
    model = config("dan").build().eval()
    tokens = torch.tensor([[1, 5, 3], [2, 2, 9]])
    mean = model.backbone.embedding.table.weight[tokens].mean(dim=1) + model.backbone.segments.weight[0]
    hidden = nn.functional.relu(model.hidden(mean))
    torch.testing.assert_close(model(tokens), model.head(hidden))


def test_an_unknown_word_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'transformer'"):
        text_classifier("transfomer")


def test_names_and_number_of_classes_go_together() -> None:
    backbone = TextEncoderConfig(vocab_size=5)
    with pytest.raises(ConfigError, match="classes names 3 classes, but n_classes=2"):
        ClassifierConfig(backbone=backbone, n_classes=2, classes=("a", "b", "c"))
    with pytest.raises(ConfigError, match="label_smoothing"):
        ClassifierConfig(backbone=backbone, n_classes=2, label_smoothing=1.0)
    with pytest.raises(ConfigError, match="token_dropout"):
        TextEncoderConfig(vocab_size=5, token_dropout=1.0)


def test_dropped_tokens_are_dropped_whole() -> None:
    encoder = TextEncoderConfig(
        vocab_size=9, d_model=4, n_layers=0, n_segments=0, norm_place="post", token_dropout=0.5
    ).build()
    torch.manual_seed(0)
    vectors = encoder.train()(torch.randint(0, 9, (20, 10))).vectors
    is_zero = vectors == 0
    assert torch.equal(is_zero.any(dim=-1), is_zero.all(dim=-1))
    assert 0.3 < is_zero.all(dim=-1).float().mean() < 0.7
