"""Named forecasters: each a function from the numbers that matter to a complete config."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quatrain.layers.window_norm import InstanceNormConfig, LastNormConfig, WindowNormConfig
from quatrain.mixers import AttentionConfig, MixerConfig
from quatrain.models.backbones.series import LinearSeriesConfig, SeriesBackboneConfig, SeriesEncoderConfig
from quatrain.models.forecaster import ForecasterConfig
from quatrain.models.presets import mixers_of
from quatrain.positions import LearnedConfig, NoAttentionConfig


@dataclass(frozen=True)
class Window:
    """What is read and what is forecast."""

    columns: tuple[str, ...]
    targets: tuple[str, ...]
    input_len: int
    horizon: int
    is_returns: bool = False
    """Whether columns are changes, which have no level that a window could be freed of."""


ForecasterOf = Callable[[Window, int, int, int], ForecasterConfig]
"""(window, d_model, n_layers, n_heads) -> config."""


def dlinear(window: Window, *_: int) -> ForecasterConfig:
    """Trend and rest, a linear map each: Zeng et al. 2022."""
    return _forecaster(window, _linear(window, 25), InstanceNormConfig())


def nlinear(window: Window, *_: int) -> ForecasterConfig:
    """A linear map of the distances from the last value: Zeng et al. 2022."""
    return _forecaster(window, _linear(window, None), LastNormConfig())


def patch(window: Window, d_model: int, n_layers: int, n_heads: int) -> ForecasterConfig:
    """Attention over patches of each column: PatchTST of Nie et al. 2023."""
    patch_len = min(16, max(window.input_len // 4, 1))
    body = SeriesEncoderConfig(
        d_model=d_model,
        n_layers=n_layers,
        patch_len=patch_len,
        stride=max(patch_len // 2, 1),
        by_column=True,
        readout="all",
        mixer=AttentionConfig(n_heads=n_heads, causal=False, position=NoAttentionConfig()),
        position=LearnedConfig(),
        dropout=0.2,
        n_columns=len(window.columns),
        input_len=window.input_len,
    )
    return _forecaster(window, body, InstanceNormConfig(), dropout=0.2)


def moments(window: Window, mixer: MixerConfig, d_model: int, n_layers: int) -> ForecasterConfig:
    """Blocks over the moments of all columns together, whatever mixes in them."""
    body = SeriesEncoderConfig(
        n_columns=len(window.columns),
        input_len=window.input_len,
        d_model=d_model,
        n_layers=n_layers,
        mixer=mixer,
        dropout=0.1,
    )
    return _forecaster(window, body, InstanceNormConfig(), dropout=0.1)


FORECASTERS: dict[str, ForecasterOf] = {"dlinear": dlinear, "nlinear": nlinear, "patch": patch}
"""Words for `--model`, besides those for what mixes over moments."""


def forecaster_of(word: str) -> ForecasterOf:
    """What a word for `--model` stands for: a preset, or blocks over moments around a mixer or several.

    Raises:
        ConfigError: nothing is called that; the message names what is nearest.
    """
    if word in FORECASTERS:
        return FORECASTERS[word]
    mixers = mixers_of(word, FORECASTERS)
    return lambda window, d_model, n_layers, n_heads: moments(
        window, mixers(n_heads, window.input_len), d_model, n_layers
    )


def _linear(window: Window, width: int | None) -> LinearSeriesConfig:
    return LinearSeriesConfig(n_columns=len(window.columns), input_len=window.input_len, width=width)


def _forecaster(
    window: Window, body: SeriesBackboneConfig, norm: WindowNormConfig, *, dropout: float = 0.0
) -> ForecasterConfig:
    return ForecasterConfig(
        backbone=body,
        columns=window.columns,
        targets=window.targets,
        horizon=window.horizon,
        norm=WindowNormConfig() if window.is_returns else norm,
        dropout=dropout,
    )
