"""Assemblies, one file a family; `MODELS` is the table of words for files."""

from quatrain.models._base import (
    IGNORE,
    ConditionalModel,
    ExampleModel,
    LanguageModelConfig,
    ModelConfig,
    SequenceModel,
)
from quatrain.models.causal_lm import CausalLM, CausalLMConfig
from quatrain.models.classifier import Classifier, ClassifierConfig
from quatrain.models.embedder import Embedder, EmbedderConfig
from quatrain.models.encoder_decoder import DecoderConfig, EncoderConfig, EncoderDecoder, EncoderDecoderConfig
from quatrain.models.feedforward_lm import FeedForwardLM, FeedForwardLMConfig
from quatrain.models.forecaster import Forecaster, ForecasterConfig
from quatrain.models.masked_lm import MaskedLM, MaskedLMConfig
from quatrain.models.mixture import Mixture, MixtureConfig
from quatrain.models.ngram import NGram, NGramConfig
from quatrain.models.tagger import Tagger, TaggerConfig

MODELS: dict[str, type[ModelConfig]] = {
    "causal_lm": CausalLMConfig,
    "feedforward_lm": FeedForwardLMConfig,
    "ngram": NGramConfig,
    "mixture": MixtureConfig,
    "encoder_decoder": EncoderDecoderConfig,
    "classifier": ClassifierConfig,
    "embedder": EmbedderConfig,
    "masked_lm": MaskedLMConfig,
    "forecaster": ForecasterConfig,
    "tagger": TaggerConfig,
}

__all__ = [
    "IGNORE",
    "MODELS",
    "CausalLM",
    "CausalLMConfig",
    "Classifier",
    "ClassifierConfig",
    "ConditionalModel",
    "DecoderConfig",
    "Embedder",
    "EmbedderConfig",
    "EncoderConfig",
    "EncoderDecoder",
    "EncoderDecoderConfig",
    "ExampleModel",
    "FeedForwardLM",
    "FeedForwardLMConfig",
    "Forecaster",
    "ForecasterConfig",
    "LanguageModelConfig",
    "MaskedLM",
    "MaskedLMConfig",
    "Mixture",
    "MixtureConfig",
    "ModelConfig",
    "NGram",
    "NGramConfig",
    "SequenceModel",
    "Tagger",
    "TaggerConfig",
]
