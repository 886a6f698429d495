"""Assemblies, one file a family; `MODELS` is the table of words for files."""

from quatrain.models._base import IGNORE, ModelConfig, SequenceModel
from quatrain.models.causal_lm import CausalLM, CausalLMConfig

MODELS: dict[str, type[ModelConfig]] = {"causal_lm": CausalLMConfig}

__all__ = ["IGNORE", "MODELS", "CausalLM", "CausalLMConfig", "ModelConfig", "SequenceModel"]
