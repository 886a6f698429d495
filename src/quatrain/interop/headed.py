"""Families made of a body and of a head on it: a `model_type` has one for each head."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from quatrain.interop.classes import numbered, read_classes, write_classes
from quatrain.interop.family import Family
from quatrain.interop.kind import Kind
from quatrain.interop.maps import KeyMap
from quatrain.interop.settings import Settings
from quatrain.layers.pooling import FirstPoolingConfig
from quatrain.layers.tag_heads import WordByWordConfig
from quatrain.models import ClassifierConfig, EmbedderConfig, MaskedLMConfig, TaggerConfig

POOLER = "add_pooling_layer"
"""A word of ours in config.json for what their files tell by their weights alone."""


@dataclass(frozen=True, kw_only=True)
class BodyWords:
    """How a `model_type` calls what its models have in common."""

    model_type: str
    prefix: str
    """What the names of the body's weights start with under a head; nothing where it is bare."""
    key_map: Callable[[str, Any], KeyMap]
    """(prefix, body's config) to the names of its weights."""
    read: Callable[[Settings], Any]
    """Their settings to the body's config."""
    write: Callable[[Any], dict[str, Any]]
    """The body's config, settled, to their settings."""
    end: str = ""
    """The token that ends a text where their files name none."""
    pad_id: int | None = None
    """The only token that can pad; None: any."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """What stands on a body."""

    architecture: str
    """The class that has it."""
    kind: Kind[Any]
    key_map: KeyMap = field(default_factory=dict)
    """Names of its weights."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """Tensors that files may store although they are another one: its name."""
    ignored_weights: tuple[str, ...] = ()
    """Patterns of stored tensors that have no part in it."""
    read: Callable[[Settings, Any], Any]
    """Their settings and the body's config to the model's."""
    write: Callable[[Any], dict[str, Any]] = lambda _: {}
    """The model's config, settled, to settings beyond those of the body."""
    is_bare: bool = False
    """Whether it is none, and names start without a prefix."""


def family(body: BodyWords, head: Head) -> Family[Any]:
    """The family of models of this head on this body."""
    prefix = "" if head.is_bare else body.prefix
    return Family(
        model_type=body.model_type,
        architecture=head.architecture,
        kind=head.kind,
        prefix=prefix,
        key_map=lambda config: {**body.key_map(prefix, config.backbone), **head.key_map},
        copies=lambda _: head.copies,
        ignored_weights=("*position_ids", "*token_type_ids", *head.ignored_weights),
        read=lambda settings: _read(settings, body, head),
        write=lambda config: body.write(config.backbone) | head.write(config),
        end=body.end,
        pad_id=body.pad_id,
    )


def _read(settings: Settings, body: BodyWords, head: Head) -> Any:
    config = head.read(settings, body.read(settings))
    settings.optional("tie_word_embeddings", bool)  # of a head that has no table of tokens it says nothing
    return config


def read_bare(settings: Settings, body: Any) -> EmbedderConfig:
    """No head, perhaps a pooler."""
    is_stored = settings.weights is None or "pooler.dense.weight" in settings.weights
    return EmbedderConfig(backbone=body, pooler=settings.take(POOLER, bool, is_stored), init_std=body.init_std)


def write_bare(config: EmbedderConfig) -> dict[str, Any]:
    """Whether there is a pooler."""
    return {POOLER: config.pooler}


def read_masked(settings: Settings, body: Any) -> MaskedLMConfig:
    """A layer, the activation and the norm of the body, and its table."""
    settings.insist("tie_word_embeddings", True)
    return MaskedLMConfig(backbone=body, activation=body.ffn.activation, norm=body.norm, init_std=body.init_std)


def read_classifier(settings: Settings, body: Any) -> ClassifierConfig:
    """The first vector, a layer with tanh, the classes."""
    n_classes, classes = read_classes(settings)
    return ClassifierConfig(
        backbone=body, n_classes=n_classes, classes=classes, pooling=FirstPoolingConfig(), hidden=True,
        init_std=body.init_std,
    )  # fmt: skip


def write_classifier(config: ClassifierConfig) -> dict[str, Any]:
    """The names of the classes."""
    return write_classes(config.classes or numbered(config.n_classes))


def read_tagger(settings: Settings, body: Any) -> TaggerConfig:
    """Tags of each word by itself."""
    n_tags, tags = read_classes(settings)
    return TaggerConfig(
        backbone=body, tags=tags or numbered(n_tags), head=WordByWordConfig(), dropout=0.0, init_std=body.init_std
    )


def write_tagger(config: TaggerConfig) -> dict[str, Any]:
    """The names of the tags."""
    return write_classes(config.tags)
