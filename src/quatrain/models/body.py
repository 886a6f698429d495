"""The body of a trained model, without what it was asked: what one model can hand on to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from quatrain.errors import ConfigError
from quatrain.models._base import ModelConfig
from quatrain.models.backbones import BackboneConfig, LanguageBodyConfig
from quatrain.models.causal_lm import CausalLMConfig

WeightT = TypeVar("WeightT")

BODY = "backbone."
"""What the names of a body's weights start with, in every model that has one."""


def body_config(config: ModelConfig) -> BackboneConfig:
    """What reads the examples of a model: its backbone, or a decoder language model without its head.

    Raises:
        ConfigError: the model has no body that another could take over.
    """
    if isinstance(config, CausalLMConfig):
        return LanguageBodyConfig(lm=config)
    body = getattr(config, "backbone", None)
    if not isinstance(body, BackboneConfig):
        raise ConfigError(
            f"a model of kind {config.kind!r} has no body that another model could start from. Models that have one: "
            "decoder language models, masked language models, classifiers, taggers, and encoders that were imported."
        )
    return body


def body_weights(config: ModelConfig, weights: Mapping[str, WeightT]) -> dict[str, WeightT]:
    """The weights of a model's body, under the names they have in a model whose `backbone` is `body_config(config)`.

    Args:
        config: of the model.
        weights: all of the model's, as its run folder keeps them, or their shapes.

    Raises:
        ConfigError: as `body_config`.
    """
    body_config(config)  # refuses a model without one
    if isinstance(config, CausalLMConfig):
        return {f"{BODY}lm.{name}": weight for name, weight in weights.items() if not name.startswith("lm_head.")}
    return {name: weight for name, weight in weights.items() if name.startswith(BODY)}
