"""What moves information between positions; `MIXERS` is the table of words for files and commands."""

from quatrain.mixers._base import Mixer, MixerConfig
from quatrain.mixers.attention import Attention, AttentionConfig

MIXERS: dict[str, type[MixerConfig]] = {"attention": AttentionConfig}

__all__ = ["MIXERS", "Attention", "AttentionConfig", "Mixer", "MixerConfig"]
