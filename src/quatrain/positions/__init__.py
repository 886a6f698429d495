"""Where order enters a model: added to its input, or inside attention, where it turns or biases the scores.

Positions are absolute indices from 0, (T,) where all rows agree or (B, T); -1 marks padding, whose encoding
means nothing.
"""

from quatrain.positions.attention import (
    ATTENTION_POSITIONS,
    Alibi,
    AlibiConfig,
    AttentionPosition,
    AttentionPositionConfig,
    NoAttention,
    NoAttentionConfig,
    RelativeOneHot,
    RelativeOneHotConfig,
    Rotary,
    RotaryConfig,
    T5Relative,
    T5RelativeConfig,
)
from quatrain.positions.grid import GridSinusoidal, GridSinusoidalConfig
from quatrain.positions.input import (
    InputPosition,
    InputPositionConfig,
    Learned,
    LearnedConfig,
    LectureSinusoidal,
    LectureSinusoidalConfig,
    NoInput,
    NoInputConfig,
    OneHot,
    OneHotConfig,
    Sinusoidal,
    SinusoidalConfig,
)

INPUT_POSITIONS: dict[str, type[InputPositionConfig]] = {
    "none": NoInputConfig,
    "sinusoidal": SinusoidalConfig,
    "lecture": LectureSinusoidalConfig,
    "onehot": OneHotConfig,
    "learned": LearnedConfig,
    "grid": GridSinusoidalConfig,
}
"""Words for files."""

__all__ = [
    "ATTENTION_POSITIONS",
    "INPUT_POSITIONS",
    "Alibi",
    "AlibiConfig",
    "AttentionPosition",
    "AttentionPositionConfig",
    "GridSinusoidal",
    "GridSinusoidalConfig",
    "InputPosition",
    "InputPositionConfig",
    "Learned",
    "LearnedConfig",
    "LectureSinusoidal",
    "LectureSinusoidalConfig",
    "NoAttention",
    "NoAttentionConfig",
    "NoInput",
    "NoInputConfig",
    "OneHot",
    "OneHotConfig",
    "RelativeOneHot",
    "RelativeOneHotConfig",
    "Rotary",
    "RotaryConfig",
    "Sinusoidal",
    "SinusoidalConfig",
    "T5Relative",
    "T5RelativeConfig",
]
