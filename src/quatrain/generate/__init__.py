"""Text from any sequence model, with or without a source: drawn, streamed, or searched for."""

from quatrain.generate.config import SamplingConfig
from quatrain.generate.decode import generate, stream
from quatrain.generate.generation import Generation
from quatrain.generate.translation import (
    Translation,
    TranslationConfig,
    Untranslatable,
    translate,
    translate_texts,
)

__all__ = [
    "Generation",
    "SamplingConfig",
    "Translation",
    "TranslationConfig",
    "Untranslatable",
    "generate",
    "stream",
    "translate",
    "translate_texts",
]
