"""What moves information between positions; `MIXERS` is the table of words for files and commands."""

from typing import Annotated

from pydantic import BeforeValidator

from quatrain.config import one_of
from quatrain.mixers._base import AlignedMixer, CrossMixer, CrossMixerConfig, Memory, Mixer, MixerConfig
from quatrain.mixers.additive_attention import AdditiveAttention, AdditiveAttentionConfig
from quatrain.mixers.attention import Attention, AttentionConfig
from quatrain.mixers.both_ways import BothWays, BothWaysConfig
from quatrain.mixers.convolution import Convolution, ConvolutionConfig
from quatrain.mixers.cross_attention import CrossAttention, CrossAttentionConfig
from quatrain.mixers.cycle import CycleConfig, pattern
from quatrain.mixers.delta import GatedDelta, GatedDeltaConfig
from quatrain.mixers.fixed import FixedVector, FixedVectorConfig
from quatrain.mixers.hyena import Hyena, HyenaConfig
from quatrain.mixers.linear_attention import LinearAttention, LinearAttentionConfig
from quatrain.mixers.pointwise import Pointwise, PointwiseConfig
from quatrain.mixers.pooling import Pooling, PoolingConfig
from quatrain.mixers.recurrent import GRUConfig, LSTMConfig, Recurrent, RNNConfig
from quatrain.mixers.token_mlp import TokenMLP, TokenMLPConfig

MIXERS: dict[str, type[MixerConfig]] = {
    "attention": AttentionConfig,
    "rnn": RNNConfig,
    "lstm": LSTMConfig,
    "gru": GRUConfig,
    "conv": ConvolutionConfig,
    "pool": PoolingConfig,
    "hyena": HyenaConfig,
    "linear": LinearAttentionConfig,
    "delta": GatedDeltaConfig,
    "pointwise": PointwiseConfig,
    "token_mlp": TokenMLPConfig,
    "both_ways": BothWaysConfig,
    "cycle": CycleConfig,
}

CROSS_MIXERS: dict[str, type[CrossMixerConfig]] = {
    "attention": CrossAttentionConfig,
    "additive": AdditiveAttentionConfig,
    "fixed": FixedVectorConfig,
}
"""What moves information from a source to a target."""

AnyMixer = Annotated[MixerConfig, one_of(lambda: MIXERS), BeforeValidator(pattern)]
"""A mixer as a setting: a config, a word, a table with `kind`, or a pattern of words."""
AnyCrossMixer = Annotated[CrossMixerConfig, one_of(lambda: CROSS_MIXERS)]
"""A cross mixer as a setting: a config, a word, or a table with `kind`."""

__all__ = [
    "CROSS_MIXERS",
    "MIXERS",
    "AdditiveAttention",
    "AdditiveAttentionConfig",
    "AlignedMixer",
    "AnyCrossMixer",
    "AnyMixer",
    "Attention",
    "AttentionConfig",
    "BothWays",
    "BothWaysConfig",
    "Convolution",
    "ConvolutionConfig",
    "CrossAttention",
    "CrossAttentionConfig",
    "CrossMixer",
    "CrossMixerConfig",
    "CycleConfig",
    "FixedVector",
    "FixedVectorConfig",
    "GRUConfig",
    "GatedDelta",
    "GatedDeltaConfig",
    "Hyena",
    "HyenaConfig",
    "LSTMConfig",
    "LinearAttention",
    "LinearAttentionConfig",
    "Memory",
    "Mixer",
    "MixerConfig",
    "Pointwise",
    "PointwiseConfig",
    "Pooling",
    "PoolingConfig",
    "RNNConfig",
    "Recurrent",
    "TokenMLP",
    "TokenMLPConfig",
]
