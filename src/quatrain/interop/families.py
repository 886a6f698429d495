"""The families, and which of them can hold a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.errors import ConversionError, suggest
from quatrain.interop.bert import BERTS, ROBERTAS
from quatrain.interop.distilbert import DISTILBERTS
from quatrain.interop.encoders import CLASSIFIER, EMBEDDER, MASKED, PRETRAINING, TAGGER
from quatrain.interop.family import Family
from quatrain.interop.gpt2 import GPT2
from quatrain.interop.kind import Kind
from quatrain.interop.language import LANGUAGE
from quatrain.interop.llama import LLAMA, MISTRAL, QWEN3
from quatrain.interop.marian import MARIAN, PEGASUS
from quatrain.interop.pictures import PICTURE_CLASSIFIER, PICTURE_EMBEDDER
from quatrain.interop.t5 import T5
from quatrain.interop.translation import TRANSLATION
from quatrain.interop.vit import VITS
from quatrain.models import ModelConfig

ALL: tuple[Family[Any], ...] = (
    *(GPT2, LLAMA, MISTRAL, QWEN3),
    *(MARIAN, PEGASUS, T5),
    *(*ROBERTAS, *BERTS, *DISTILBERTS),
    *VITS,
)

FAMILIES: dict[str, Family[Any]] = {family.architecture: family for family in ALL}
"""Their class -> family; an export takes the first that can hold the model."""

PICTURES: tuple[Kind[Any], ...] = (PICTURE_EMBEDDER, PICTURE_CLASSIFIER)
"""The kinds of models that read pictures."""
KINDS: tuple[Kind[Any], ...] = (
    LANGUAGE,
    TRANSLATION,
    EMBEDDER,
    MASKED,
    PRETRAINING,
    CLASSIFIER,
    TAGGER,
    *PICTURES,
)


def family_of(settings: dict[str, Any], source: str) -> Family[Any]:
    """The family of a config.json.

    Raises:
        ConversionError: it is unknown, brings code of its own, or has a head that none of ours is like.
    """
    word = str(settings.get("model_type"))
    alike = [family for family in FAMILIES.values() if family.model_type == word]
    if not alike or "auto_map" in settings:
        own = "which brings code of its own" if "auto_map" in settings else "which cannot be imported"
        known = dict.fromkeys(family.model_type for family in FAMILIES.values())
        raise ConversionError(f"{source}: describes a model of type {word!r}, {own}. {suggest(word, known)}")
    named = settings.get("architectures") or [alike[0].architecture]
    found = next((family for family in alike if family.architecture in named), None)
    if found is None and len(alike) > 1:
        known = {family.architecture: None for family in alike}
        raise ConversionError(
            f"{source}: describes a {named[0]}, whose head has no counterpart here. {suggest(str(named[0]), known)} "
            "To import the body alone: AutoModel.from_pretrained(FOLDER).save_pretrained(OTHER_FOLDER)."
        )
    return found or alike[0]


def expressible(config: ModelConfig, pad_id: int | None = None) -> tuple[Family[Any], Any]:
    """The family that can hold a model, and the model's config as the family spells it.

    Args:
        pad_id: the token that pads; None: the model reads no tokens, or it does not matter.

    Raises:
        ConversionError: none can; names what stands in the way and the presets that can be exported.
    """
    near = [kind for kind in KINDS if isinstance(config, kind.config_type)]
    kind = next((kind for kind in near if kind.holds(config)), None)
    if kind is None or kind.stranger(config):
        strange = _bodied(config) if kind is None else repr(kind.stranger(config))
        advice = _advice(kind) if kind else _advice_beside(config, near)
        raise ConversionError(f"No Hugging Face family can hold a model of kind {strange}. {advice}")
    plain = kind.settled(config)
    obstacles = {family.architecture: family.obstacles(plain, pad_id) for family in _families(kind)}
    nearest = min(obstacles, key=lambda word: len(obstacles[word]))
    if obstacles[nearest]:
        raise ConversionError(
            f"No Hugging Face family can hold this model; nearest is {FAMILIES[nearest].model_type}, but "
            f"{'; '.join(obstacles[nearest])}. {_advice(kind)}"
        )
    family = FAMILIES[nearest]
    return family, family.respelt(plain)


def _bodied(config: ModelConfig) -> str:
    """The kind of a model, and of what it stands on."""
    body = getattr(config, "backbone", None)
    return repr(config.kind) if body is None else f"{config.kind!r} on {body.kind}"


def _families(kind: Kind[Any]) -> list[Family[Any]]:
    return [family for family in FAMILIES.values() if family.kind is kind]


def _advice_beside(config: ModelConfig, near: Sequence[Kind[Any]]) -> str:
    """What to do with a model that no kind holds, by what it reads.

    Args:
        near: the kinds of models that are asked the same.
    """
    reads = getattr(getattr(config, "backbone", None), "reads", "text")
    if reads == "series":
        return "None of them reads series: use the run where Quatrain is installed, by quatrain predict or qt.open_run."
    like = next((kind for kind in near if (kind in PICTURES) == (reads == "images")), LANGUAGE)
    return _advice(like)


def _advice(kind: Kind[Any]) -> str:
    able = [
        word
        for word, config in kind.presets().items()
        if kind.holds(config)
        and not kind.stranger(config)
        and any(not family.obstacles(kind.settled(config)) for family in _families(kind))
    ]
    presets = f"Presets that can be exported: {', '.join(able)}. " if able else ""
    return f"{presets}Try: {kind.train}."
