"""The body of a model can be taken out of it and put under another head."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.layers.embedding import NGramEmbeddingConfig
from quatrain.layers.heads import HeadConfig, SampledHeadConfig
from quatrain.mixers import AttentionConfig
from quatrain.models import (
    CausalLMConfig,
    Classifier,
    ClassifierConfig,
    EmbedderConfig,
    MaskedLMConfig,
    ModelConfig,
    NGramConfig,
    TaggerConfig,
)
from quatrain.models.backbones import LanguageBodyConfig, TextEncoderConfig
from quatrain.models.body import body_config, body_weights
from quatrain.runs import weights_of

TOKENS = torch.tensor([[1, 4, 2, 6, 0], [3, 3, 5, 1, 2]])

BODY = TextEncoderConfig(vocab_size=7, d_model=6, max_seq_len=9, mixer=AttentionConfig(n_heads=3, causal=False))
LANGUAGE = CausalLMConfig(vocab_size=7, d_model=6, n_layers=2, max_seq_len=9, mixer=AttentionConfig(n_heads=3))


@pytest.mark.parametrize(
    "config",
    [
        LANGUAGE,
        LANGUAGE.replace(tied=False, head=HeadConfig(bias=True)),
        LANGUAGE.replace(embedding=NGramEmbeddingConfig(n_rows=11), embedding_norm=True),
        LANGUAGE.replace(head=SampledHeadConfig()),
    ],
    ids=["tied", "untied", "ngram", "sampled"],
)
def test_a_classifier_takes_the_body_of_a_language_model(config: CausalLMConfig) -> None:
    source = config.build()
    body = body_config(config)
    assert isinstance(body, LanguageBodyConfig)
    classifier = ClassifierConfig(backbone=body, n_classes=3).build()
    _take(classifier, body_weights(config, weights_of(source)))
    torch.testing.assert_close(classifier.backbone(TOKENS).vectors, source.features(TOKENS), rtol=0, atol=0)


def test_a_classifier_takes_the_body_of_another() -> None:
    config = ClassifierConfig(backbone=BODY, n_classes=3, hidden=True)
    source, classifier = config.build(), ClassifierConfig(backbone=body_config(config), n_classes=5).build()
    _take(classifier, body_weights(config, weights_of(source)))
    mine, theirs = classifier.backbone(TOKENS).vectors, source.backbone(TOKENS).vectors
    torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


@pytest.mark.parametrize(
    "config",
    [
        EmbedderConfig(backbone=BODY, pooler=True),
        MaskedLMConfig(backbone=BODY, next_sentence=True),
        TaggerConfig(backbone=BODY, tags=("O", "B-x")),
    ],
    ids=lambda config: config.kind,
)
def test_a_classifier_takes_the_body_of_whatever_stands_on_one(config: ModelConfig) -> None:
    source, classifier = config.build(), ClassifierConfig(backbone=body_config(config), n_classes=5).build()
    _take(classifier, body_weights(config, weights_of(source)))
    mine, theirs = classifier.backbone(TOKENS).vectors, source.backbone(TOKENS).vectors
    torch.testing.assert_close(mine, theirs, rtol=0, atol=0)


def test_an_embedder_gives_the_vectors_of_its_body_and_padding_changes_nothing() -> None:
    config = EmbedderConfig(backbone=BODY, pooler=True)
    assert EmbedderConfig.from_dict({k: v for k, v in config.to_dict().items() if k != "kind"}) == config
    model = config.build().eval()
    alone = model(TOKENS[:, :3]).vectors
    padded = model(TOKENS, torch.arange(5).expand(2, 5) < 3).vectors[:, :3]
    torch.testing.assert_close(padded, alone)
    assert model.flops(4) == model.backbone.flops(4)
    assert model.max_seq_len == 9


def test_a_model_without_a_body_says_which_have_one() -> None:
    with pytest.raises(ConfigError, match=r"kind 'ngram' has no body .* Models that have one: decoder language"):
        body_config(NGramConfig(vocab_size=5))


def _take(model: Classifier, weights: dict[str, torch.Tensor]) -> None:
    """Fill the body of a model: all of it, and with nothing left over."""
    outcome = model.load_state_dict(weights, strict=False)
    assert not outcome.unexpected_keys
    assert not [name for name in outcome.missing_keys if name.startswith("backbone.")]
