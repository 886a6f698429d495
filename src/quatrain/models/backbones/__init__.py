"""What reads an example whole, one file a sort of data; `BACKBONES` is the table of words for files."""

from typing import Annotated

from quatrain.config import one_of
from quatrain.models.backbones._base import Backbone, BackboneConfig, Features
from quatrain.models.backbones.convnet import ConvNet, ConvNetConfig
from quatrain.models.backbones.images import ImageBackbone, ImageBackboneConfig
from quatrain.models.backbones.language import LanguageBody, LanguageBodyConfig
from quatrain.models.backbones.text import TextEncoder, TextEncoderConfig
from quatrain.models.backbones.vit import ViT, ViTConfig

BACKBONES: dict[str, type[BackboneConfig]] = {
    config.kind: config for config in (TextEncoderConfig, LanguageBodyConfig, ViTConfig, ConvNetConfig)
}

AnyBackbone = Annotated[BackboneConfig, one_of(lambda: BACKBONES)]
"""A backbone in a config: an object, or a table with `kind`."""

__all__ = [
    "BACKBONES",
    "AnyBackbone",
    "Backbone",
    "BackboneConfig",
    "ConvNet",
    "ConvNetConfig",
    "Features",
    "ImageBackbone",
    "ImageBackboneConfig",
    "LanguageBody",
    "LanguageBodyConfig",
    "TextEncoder",
    "TextEncoderConfig",
    "ViT",
    "ViTConfig",
]
