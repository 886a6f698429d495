"""What moves information between positions; `MIXERS` is the table of words for files and commands."""

from typing import Annotated

from pydantic import BeforeValidator

from quatrain.config import one_of
from quatrain.mixers._base import AlignedMixer, Mixer, MixerConfig
from quatrain.mixers.attention import Attention, AttentionConfig
from quatrain.mixers.convolution import Convolution, ConvolutionConfig
from quatrain.mixers.cycle import CycleConfig, pattern
from quatrain.mixers.delta import GatedDelta, GatedDeltaConfig
from quatrain.mixers.hyena import Hyena, HyenaConfig
from quatrain.mixers.linear_attention import LinearAttention, LinearAttentionConfig
from quatrain.mixers.pointwise import Pointwise, PointwiseConfig
from quatrain.mixers.pooling import Pooling, PoolingConfig
from quatrain.mixers.recurrent import GRUConfig, LSTMConfig, Recurrent, RNNConfig

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
    "cycle": CycleConfig,
}

AnyMixer = Annotated[MixerConfig, one_of(lambda: MIXERS), BeforeValidator(pattern)]
"""A mixer as a setting: a config, a word, a table with `kind`, or a pattern of words."""

__all__ = [
    "MIXERS",
    "AlignedMixer",
    "AnyMixer",
    "Attention",
    "AttentionConfig",
    "Convolution",
    "ConvolutionConfig",
    "CycleConfig",
    "GRUConfig",
    "GatedDelta",
    "GatedDeltaConfig",
    "Hyena",
    "HyenaConfig",
    "LSTMConfig",
    "LinearAttention",
    "LinearAttentionConfig",
    "Mixer",
    "MixerConfig",
    "Pointwise",
    "PointwiseConfig",
    "Pooling",
    "PoolingConfig",
    "RNNConfig",
    "Recurrent",
]
