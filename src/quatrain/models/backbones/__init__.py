"""What reads an example whole, one file a sort of data; `BACKBONES` is the table of words for files."""

from typing import Annotated

from quatrain.config import one_of
from quatrain.models.backbones._base import Backbone, BackboneConfig, Features
from quatrain.models.backbones.convnet import ConvNet, ConvNetConfig
from quatrain.models.backbones.fcn import FCN, FCNConfig
from quatrain.models.backbones.images import ImageBackbone, ImageBackboneConfig
from quatrain.models.backbones.language import LanguageBody, LanguageBodyConfig
from quatrain.models.backbones.series import (
    LinearSeries,
    LinearSeriesConfig,
    SeriesBackbone,
    SeriesBackboneConfig,
    SeriesEncoder,
    SeriesEncoderConfig,
)
from quatrain.models.backbones.text import TextEncoder, TextEncoderConfig
from quatrain.models.backbones.vit import ViT, ViTConfig
from quatrain.models.backbones.words import WordEncoder, WordEncoderConfig

BACKBONES: dict[str, type[BackboneConfig]] = {
    config.kind: config
    for config in (
        TextEncoderConfig,
        WordEncoderConfig,
        LanguageBodyConfig,
        ViTConfig,
        ConvNetConfig,
        LinearSeriesConfig,
        SeriesEncoderConfig,
        FCNConfig,
    )
}

AnyBackbone = Annotated[BackboneConfig, one_of(lambda: BACKBONES)]
"""A backbone in a config: an object, or a table with `kind`."""

__all__ = [
    "BACKBONES",
    "FCN",
    "AnyBackbone",
    "Backbone",
    "BackboneConfig",
    "ConvNet",
    "ConvNetConfig",
    "FCNConfig",
    "Features",
    "ImageBackbone",
    "ImageBackboneConfig",
    "LanguageBody",
    "LanguageBodyConfig",
    "LinearSeries",
    "LinearSeriesConfig",
    "SeriesBackbone",
    "SeriesBackboneConfig",
    "SeriesEncoder",
    "SeriesEncoderConfig",
    "TextEncoder",
    "TextEncoderConfig",
    "ViT",
    "ViTConfig",
    "WordEncoder",
    "WordEncoderConfig",
]
