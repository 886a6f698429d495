"""Windows of series for a classifier."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from quatrain.api.examples._base import ExampleReader, Unreadable, asked
from quatrain.api.given import example_lists, listed
from quatrain.data import LabelledSeriesConfig, WindowData, WindowExamples, encode_windows, open_windows
from quatrain.data.examples import ExamplePart
from quatrain.data.faults import Fault
from quatrain.data.labelled_series import LabelledWindows, Scale, Window, shaped, unlabelled_windows
from quatrain.errors import DataError
from quatrain.models.backbones import SeriesBackboneConfig

__all__ = ["SeriesReader"]


class SeriesReader(ExampleReader):
    """A window is an array (rows, columns), or (rows,) where there is one column."""

    reading: ClassVar[tuple[str, ...]] = (
        *("time_column", "date_order", "decimal", "group_column", "columns", "encoding", "missing", "sort"),
    )

    @cached_property
    def backbone(self) -> SeriesBackboneConfig:
        """What reads them, and in which shape."""
        return self._backbone(SeriesBackboneConfig)

    def given(self, arguments: Sequence[Any]) -> list[Any]:
        """Three dimensions are several windows, and so are two of which the second is as long as a window of one
        column."""
        return example_lists(arguments, self._is_window)

    def part(self, examples: Sequence[Any]) -> WindowExamples:
        """Arrays of numbers, or windows of a file.

        Raises:
            DataError: one is no array of numbers, has another shape than the model reads, or a number is missing.
        """
        windows = [_window(example) for example in examples]
        numbers, places = [window.numbers for window in windows], [window.place for window in windows]
        values = self._shaped(LabelledWindows("", numbers, [""] * len(windows), places))
        shown = ["" if place == UNPLACED else place for place in places]
        return WindowExamples.unlabelled(values, self.classes, shown, self._scale)

    def examples(self, files: Sequence[str]) -> Iterator[Any]:
        """The windows of each file, in the form of the run's data or another; `-` is stdin."""
        for file in files:
            stdin = sys.stdin.buffer if file == "-" else None
            for found in unlabelled_windows(self._unlabelled(file), self._n_numbers, stdin):
                yield Unreadable(str(found)) if isinstance(found, Fault) else found

    def about(self, example: Any) -> dict[str, str]:
        """The file of a window, and its lines there, if it stands in any."""
        place = _window(example).place
        return {} if place == UNPLACED else {"place": place}

    def own(self) -> WindowData:
        """The data of the recipe."""
        return open_windows(self._config_of(LabelledSeriesConfig))

    def other(self, data: str, settings: Sequence[str]) -> dict[str, ExamplePart]:
        """Labelled windows, of the shape that the model reads."""
        config = asked(self._config_of(LabelledSeriesConfig, path=data), settings)
        return dict(encode_windows(config, self.classes, self._shape, self._scale))

    def hint(self) -> str:
        """A file."""
        return "FILE"

    def _unlabelled(self, path: str) -> LabelledSeriesConfig:
        return self._config_of(LabelledSeriesConfig, path=path)

    def _is_window(self, value: Any) -> bool:
        """Whether a list or an array is one window."""
        if isinstance(value, np.ndarray) and value.dtype != object:
            numbers = value
        else:
            try:
                numbers = np.asarray(listed(value), np.float64)
            except (TypeError, ValueError):
                return False  # of several lengths, or no numbers
        n_rows, n_columns = self._shape
        is_row_each = numbers.ndim == 2 and n_columns == 1 < n_rows == numbers.shape[1]
        return numbers.size > 0 and numbers.ndim < 3 and not is_row_each

    @property
    def _shape(self) -> tuple[int, int]:
        return self.backbone.input_len, self.backbone.n_columns

    @property
    def _n_numbers(self) -> int | None:
        """Numbers of a row without a label."""
        return self.backbone.input_len if self.backbone.n_columns == 1 else None

    @property
    def _scale(self) -> Scale:
        return Scale(self.backbone.mean, self.backbone.std)

    def _shaped(self, windows: LabelledWindows) -> np.ndarray:
        config = self._config_of(LabelledSeriesConfig) if self.recipe else LabelledSeriesConfig(path="")
        return shaped(windows, self._shape, stretch=config.length is not None, missing=config.missing)


UNPLACED = "the window"
"""What a window is called that comes from no file."""


def _window(example: Any) -> Window:
    """A window, whatever it is given as."""
    if isinstance(example, Window):
        return example
    try:
        numbers = np.asarray(example, np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(())
    if numbers.ndim == 1:
        numbers = numbers[:, None]
    if numbers.ndim != 2 or not numbers.size:
        raise DataError(
            f"{type(example).__name__}: no window. Give an array of numbers, (rows, columns) or (rows,) of one column."
        )
    return Window(np.where(np.isinf(numbers), np.nan, numbers), UNPLACED)
