"""What of a model's config is width, and what is depth, whatever family it is of."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from quatrain.models import CausalLMConfig, EncoderDecoderConfig, FeedForwardLMConfig, ModelConfig

SOLVED_FOR = ("d_model", "d_ff", "d_hidden")
"""Settings that are widths."""


@singledispatch
def widened(model: Any, d_ff: int) -> ModelConfig:
    """The model with another width inside a position, and nothing else changed."""
    raise TypeError(f"{type(model).__name__} has no widths that could be solved for")


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


@singledispatch
def depths(model: Any) -> dict[str, int]:
    """Layers, by the names of their settings."""
    return {"n_layers": model.n_layers}


@depths.register
def _(model: EncoderDecoderConfig) -> dict[str, int]:
    return {"encoder.n_layers": model.encoder.n_layers, "decoder.n_layers": model.decoder.n_layers}
