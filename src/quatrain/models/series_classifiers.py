"""Named classifiers of windows of series: each a function from windows and the numbers that matter to a config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quatrain.layers.feedforward import MLPConfig
from quatrain.layers.norms import LayerNormConfig
from quatrain.mixers import AttentionConfig, MixerConfig
from quatrain.models.backbones import FCNConfig, SeriesBackboneConfig, SeriesEncoderConfig
from quatrain.models.classifier import ClassifierConfig
from quatrain.models.presets import mixers_of
from quatrain.positions import LearnedConfig, NoAttentionConfig, NoInputConfig, SinusoidalConfig

MOST_POSITIONS = 128
"""Moments, or patches, that a window is read as at most by blocks."""
WIDEST_KERNEL = 31
"""Rows that the first convolution sees at most; odd."""


@dataclass(frozen=True)
class Windows:
    """What a model must know of the windows it is for."""

    input_len: int
    """Rows of a window."""
    n_columns: int
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    """Of each column in the training part."""
    std: tuple[float, ...]
    """Their standard deviations."""

    @property
    def settings(self) -> dict[str, Any]:
        """What every backbone of series is told."""
        return {"input_len": self.input_len, "n_columns": self.n_columns, "mean": self.mean, "std": self.std}


@dataclass(frozen=True)
class SeriesSize:
    """The numbers that matter; of a convolutional network the widths are d_model, twice as much, and d_model."""

    d_model: int
    n_layers: int
    n_heads: int


SeriesClassifier = Callable[[Windows, SeriesSize], ClassifierConfig]


def fcn(windows: Windows, size: SeriesSize) -> ClassifierConfig:
    """Three convolutions over all rows, batch norms, the mean of all rows: Wang et al. 2017, with wider kernels."""
    widths = (size.d_model, 2 * size.d_model, size.d_model)
    backbone = FCNConfig(**windows.settings, widths=widths, kernels=kernels_of(windows.input_len))
    return _classifier(backbone, windows)


def kernels_of(input_len: int) -> tuple[int, int, int]:
    """The first sees an eighth of a window, the others half of the one before; of short windows 7, 5 and 3 rows.

    Example:
        >>> kernels_of(24), kernels_of(150), kernels_of(1000)
        ((7, 5, 3), (19, 9, 5), (31, 15, 7))
    """
    first = min(max(input_len // 8 | 1, 7), WIDEST_KERNEL)
    second = max(first // 2 | 1, 5)
    return first, second, max(second // 2 | 1, 3)


def patch(windows: Windows, size: SeriesSize) -> ClassifierConfig:
    """Attention over patches of all columns together, with learned places."""
    mixer = AttentionConfig(n_heads=size.n_heads, causal=False, position=NoAttentionConfig())
    patch_len = min(16, max(windows.input_len // 4, 1))
    body = around(mixer, windows, size, patch_len=patch_len, stride=max(patch_len // 2, 1))
    return _classifier(body.replace(position=LearnedConfig()), windows)


def around(
    mixer: MixerConfig, windows: Windows, size: SeriesSize, *, patch_len: int, stride: int
) -> SeriesEncoderConfig:
    """Blocks around any mixer that may look ahead, a vector for each position."""
    return SeriesEncoderConfig(
        **windows.settings,
        d_model=size.d_model,
        n_layers=size.n_layers,
        patch_len=patch_len,
        stride=stride,
        readout="each",
        mixer=mixer,
        ffn=MLPConfig(),
        norm=LayerNormConfig(),
        position=SinusoidalConfig() if mixer.needs_position else NoInputConfig(),
        dropout=0.1,
        init_std=0.5 * size.d_model**-0.5,
    )


SERIES_CLASSIFIERS: dict[str, SeriesClassifier] = {"fcn": fcn, "patch": patch}
"""Words for `--model`, besides those for what mixes over moments."""


def series_classifier(word: str) -> SeriesClassifier:
    """What a word for `--model` stands for: a whole model, or blocks over moments around a mixer or several.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    if word in SERIES_CLASSIFIERS:
        return SERIES_CLASSIFIERS[word]
    mixers = mixers_of(word, SERIES_CLASSIFIERS)

    def build(windows: Windows, size: SeriesSize) -> ClassifierConfig:
        patch_len = -(-windows.input_len // MOST_POSITIONS)
        n_positions = -(-windows.input_len // patch_len)
        mixer = mixers(size.n_heads, n_positions).ahead()
        return _classifier(around(mixer, windows, size, patch_len=patch_len, stride=patch_len), windows)

    return build


def _classifier(backbone: SeriesBackboneConfig, windows: Windows) -> ClassifierConfig:
    return ClassifierConfig(backbone=backbone, n_classes=len(windows.classes), classes=windows.classes)
