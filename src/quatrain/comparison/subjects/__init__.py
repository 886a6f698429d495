"""What is compared on: texts, examples of every sort, a series, or a task with known answers, behind one face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quatrain.comparison.subjects._base import Subject
from quatrain.comparison.subjects._examples import BASELINE, ExampleSubject
from quatrain.comparison.subjects.classes import ClassSubject
from quatrain.comparison.subjects.images import ImageSubject
from quatrain.comparison.subjects.labelled import LabelledSubject
from quatrain.comparison.subjects.labelled_series import LabelledSeriesSubject
from quatrain.comparison.subjects.masked import MaskedSubject
from quatrain.comparison.subjects.pairs import PairSubject
from quatrain.comparison.subjects.series import SeriesSubject
from quatrain.comparison.subjects.tagged import TaggedSubject
from quatrain.comparison.subjects.task import TaskSubject
from quatrain.comparison.subjects.text import TextSubject
from quatrain.config import Config
from quatrain.data import (
    DataConfig,
    ImagesConfig,
    LabelledConfig,
    LabelledSeriesConfig,
    MaskedConfig,
    PairsConfig,
    SeriesConfig,
    TaggedConfig,
    Task,
    open_data,
)
from quatrain.errors import ConfigError

__all__ = [
    "BASELINE",
    "SUBJECTS",
    "ClassSubject",
    "ExampleSubject",
    "ImageSubject",
    "LabelledSeriesSubject",
    "LabelledSubject",
    "MaskedSubject",
    "PairSubject",
    "SeriesSubject",
    "Subject",
    "TaggedSubject",
    "TaskSubject",
    "TextSubject",
    "open_subject",
    "subject_of",
]

SUBJECTS: dict[type[Config], type[Subject]] = {
    DataConfig: TextSubject,
    PairsConfig: PairSubject,
    Task: TaskSubject,
    LabelledConfig: LabelledSubject,
    LabelledSeriesConfig: LabelledSeriesSubject,
    ImagesConfig: ImageSubject,
    TaggedConfig: TaggedSubject,
    MaskedConfig: MaskedSubject,
    SeriesConfig: SeriesSubject,
}
"""What names the data -> what is compared on."""


def subject_of(config: Any) -> type[Subject]:
    """The kind of subject that some data is.

    Raises:
        ConfigError: models are not compared on such data.
    """
    found = next((subject for kind, subject in SUBJECTS.items() if isinstance(config, kind)), None)
    if found is None:
        raise ConfigError(
            f"models are not compared on {config.kind} data. Train them on it one by one, each with --model WORD and "
            "the same time, and set their scores side by side."
        )
    return found


def open_subject(config: Any, say: Callable[[str], None] = lambda _: None) -> Subject:
    """Read the data, or draw the examples.

    Raises:
        DataError: it cannot be read, or there is too little of it.
    """
    return subject_of(config)(config, open_data(config, say))
