"""What a reader, a tokenizer and a split are asked to do, a file a sort of data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from quatrain.config import Config, one_of
from quatrain.data.config.images import AugmentConfig, ImagesConfig
from quatrain.data.config.labelled import LabelledConfig
from quatrain.data.config.labelled_series import LabelledSeriesConfig
from quatrain.data.config.pairs import PairsConfig
from quatrain.data.config.series import SeriesConfig
from quatrain.data.config.tagged import TaggedConfig
from quatrain.data.config.text import DataConfig, MaskedConfig
from quatrain.data.config.tokenizer import TokenizerConfig, TokenizerName
from quatrain.data.tasks import TASKS, Task

__all__ = [
    "AnyDataConfig",
    "AugmentConfig",
    "DataConfig",
    "ImagesConfig",
    "LabelledConfig",
    "LabelledSeriesConfig",
    "MaskedConfig",
    "PairsConfig",
    "SeriesConfig",
    "TaggedConfig",
    "TokenizerConfig",
    "TokenizerName",
]


def _by_kind(value: Any) -> Any:
    """A table with `kind` says what it is, one without it is a text."""
    if not isinstance(value, Mapping) or "kind" in value:
        return value
    return DataConfig.from_dict(value)


def _kinds() -> dict[str, type[Config]]:
    kinds: tuple[type[Config], ...] = (
        MaskedConfig,
        PairsConfig,
        LabelledConfig,
        SeriesConfig,
        LabelledSeriesConfig,
        ImagesConfig,
        TaggedConfig,
    )
    return {config.kind: config for config in kinds} | dict(TASKS)


AnyDataConfig = Annotated[
    DataConfig
    | MaskedConfig
    | PairsConfig
    | LabelledConfig
    | SeriesConfig
    | LabelledSeriesConfig
    | ImagesConfig
    | TaggedConfig
    | Task,
    one_of(_kinds),
    BeforeValidator(_by_kind),
]  # fmt: skip
"""What can be learned from: a text, one of which tokens are hidden, parallel text, labelled texts, pictures or
windows of series, tagged sentences, a series, or a task with known answers."""
