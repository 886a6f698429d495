"""What of a model's config is width, and what is depth, whatever family it is of."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from quatrain.models import (
    CausalLMConfig,
    ClassifierConfig,
    EncoderDecoderConfig,
    FeedForwardLMConfig,
    ForecasterConfig,
    MaskedLMConfig,
    ModelConfig,
    TaggerConfig,
)
from quatrain.models.backbones import ConvNetConfig, FCNConfig, LinearSeriesConfig, SeriesEncoderConfig
from quatrain.models.backbones._stacked import StackedConfig

SOLVED_FOR = ("d_model", "d_ff", "d_hidden", "widths")
"""Settings that are widths."""
BOTH, ONE, NONE = ("d_model", "d_ff"), ("d_model",), ()
"""The widths of a model of blocks, of one without feed-forward layers, and of one of linear maps alone."""


@singledispatch
def widths_of(part: Any) -> tuple[str, ...]:
    """The widths that a model, or a part of one, may be given."""
    return BOTH


@widths_of.register(ClassifierConfig)
@widths_of.register(TaggerConfig)
@widths_of.register(MaskedLMConfig)
@widths_of.register(ForecasterConfig)
def _(model: Any) -> tuple[str, ...]:
    return widths_of(model.backbone)


@widths_of.register
def _(backbone: StackedConfig) -> tuple[str, ...]:
    return BOTH if backbone.n_layers else ONE


@widths_of.register(ConvNetConfig)
@widths_of.register(FCNConfig)
def _(backbone: Any) -> tuple[str, ...]:
    return ONE


@widths_of.register
def _(backbone: LinearSeriesConfig) -> tuple[str, ...]:
    return NONE


@singledispatch
def widened(part: Any, d_ff: int) -> Any:
    """A model, or a part of one, with another width inside a position, and nothing else changed."""
    raise TypeError(f"{type(part).__name__} has no widths that could be solved for")


@widened.register
def _(model: CausalLMConfig, d_ff: int) -> ModelConfig:
    return model.replace(ffn=model.ffn.replace(d_ff=d_ff))


@widened.register
def _(model: FeedForwardLMConfig, d_ff: int) -> ModelConfig:
    return model.replace(d_hidden=d_ff)


@widened.register
def _(model: EncoderDecoderConfig, d_ff: int) -> ModelConfig:
    encoder, decoder = (
        stack.replace(ffn=stack.ffn.replace(d_ff=d_ff))  # the same on both sides
        for stack in (model.encoder, model.decoder)
    )
    return model.replace(encoder=encoder, decoder=decoder)


@widened.register(ClassifierConfig)
@widened.register(TaggerConfig)
@widened.register(MaskedLMConfig)
@widened.register(ForecasterConfig)
def _(model: Any, d_ff: int) -> ModelConfig:
    whole: ModelConfig = model.replace(backbone=widened(model.backbone, d_ff))
    return whole


@widened.register(StackedConfig)
@widened.register(SeriesEncoderConfig)
def _(backbone: Any, d_ff: int) -> Any:
    return backbone.replace(ffn=backbone.ffn.replace(d_ff=d_ff))


@widened.register(ConvNetConfig)
@widened.register(FCNConfig)
@widened.register(LinearSeriesConfig)
def _(backbone: Any, d_ff: int) -> Any:
    return backbone  # has no feed-forward layer


@singledispatch
def depths(part: Any) -> dict[str, int]:
    """Layers, by the names of their settings."""
    return {"n_layers": part.n_layers}


@depths.register
def _(model: EncoderDecoderConfig) -> dict[str, int]:
    return {"encoder.n_layers": model.encoder.n_layers, "decoder.n_layers": model.decoder.n_layers}


@depths.register(ClassifierConfig)
@depths.register(TaggerConfig)
@depths.register(MaskedLMConfig)
@depths.register(ForecasterConfig)
def _(model: Any) -> dict[str, int]:
    return depths(model.backbone)


@depths.register
def _(backbone: ConvNetConfig) -> dict[str, int]:
    return {"n_stages": len(backbone.widths) - 1, "n_blocks": backbone.n_blocks}


@depths.register
def _(backbone: FCNConfig) -> dict[str, int]:
    return {"n_layers": len(backbone.widths)}


@depths.register
def _(backbone: LinearSeriesConfig) -> dict[str, int]:
    return {}
