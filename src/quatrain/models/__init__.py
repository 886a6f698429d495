"""Assemblies, one file a family; `MODELS` is the table of words for files."""

from quatrain.models._base import IGNORE, ModelConfig, SequenceModel
from quatrain.models.causal_lm import CausalLM, CausalLMConfig
from quatrain.models.ngram import NGram, NGramConfig

MODELS: dict[str, type[ModelConfig]] = {"causal_lm": CausalLMConfig, "ngram": NGramConfig}

__all__ = [
    "IGNORE",
    "MODELS",
    "CausalLM",
    "CausalLMConfig",
    "ModelConfig",
    "NGram",
    "NGramConfig",
    "SequenceModel",
]
