"""The families, and which of them can hold a model."""

from __future__ import annotations

from typing import Any

from quatrain.errors import ConversionError, suggest
from quatrain.interop.family import Family
from quatrain.interop.gpt2 import GPT2
from quatrain.interop.kind import Kind
from quatrain.interop.language import LANGUAGE
from quatrain.interop.llama import LLAMA, MISTRAL, QWEN3
from quatrain.interop.marian import MARIAN, PEGASUS
from quatrain.interop.t5 import T5
from quatrain.interop.translation import TRANSLATION
from quatrain.models import ModelConfig

FAMILIES: dict[str, Family[Any]] = {
    family.model_type: family for family in (GPT2, LLAMA, MISTRAL, QWEN3, MARIAN, PEGASUS, T5)
}
"""Their `model_type` -> family; an export takes the first that can hold the model."""

KINDS: tuple[Kind[Any], ...] = (LANGUAGE, TRANSLATION)


def family_of(settings: dict[str, Any], source: str) -> Family[Any]:
    """The family of a config.json.

    Raises:
        ConversionError: it is unknown, or brings code of its own.
    """
    word = str(settings.get("model_type"))
    if word not in FAMILIES or "auto_map" in settings:
        own = "which brings code of its own" if "auto_map" in settings else "which cannot be imported"
        raise ConversionError(f"{source}: describes a model of type {word!r}, {own}. {suggest(word, FAMILIES)}")
    return FAMILIES[word]


def expressible(config: ModelConfig) -> tuple[Family[Any], Any]:
    """The family that can hold a model, and the model's config as the family spells it.

    Raises:
        ConversionError: none can; names what stands in the way and the presets that can be exported.
    """
    kind = next((kind for kind in KINDS if isinstance(config, kind.config_type)), None)
    stranger = config.kind if kind is None else kind.stranger(config)
    if kind is None or stranger:
        raise ConversionError(
            f"No Hugging Face family can hold a model of kind {stranger!r}. {_advice(kind or LANGUAGE)}"
        )
    plain = kind.settled(config)
    obstacles = {family.model_type: family.obstacles(plain) for family in _families(kind)}
    nearest = min(obstacles, key=lambda word: len(obstacles[word]))
    if obstacles[nearest]:
        raise ConversionError(
            f"No Hugging Face family can hold this model; nearest is {nearest}, but "
            f"{'; '.join(obstacles[nearest])}. {_advice(kind)}"
        )
    family = FAMILIES[nearest]
    return family, family.respelt(plain)


def _families(kind: Kind[Any]) -> list[Family[Any]]:
    return [family for family in FAMILIES.values() if family.kind is kind]


def _advice(kind: Kind[Any]) -> str:
    able = [
        word
        for word, config in kind.presets().items()
        if not kind.stranger(config) and any(not family.obstacles(kind.settled(config)) for family in _families(kind))
    ]
    return f"Presets that can be exported: {', '.join(able)}. Try: {kind.train}."
