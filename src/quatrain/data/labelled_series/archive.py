"""`.ts` files of the UEA and UCR archives: a window a line, its columns between colons, its label at the end.

The format: https://www.aeon-toolkit.org/en/stable/api_reference/file_specifications/ts.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from quatrain.data.cells import number_of
from quatrain.data.decoding import decoded_lines
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.labelled_series.read import UNLABELLED, Window
from quatrain.data.labelled_series.rows import class_of, trimmed

__all__ = ["read_archive"]

YES = frozenset({"true", "yes", "1"})


@dataclass
class _Header:
    """What the lines above the data say."""

    is_timed: bool = False
    has_labels: bool = True
    is_regression: bool = False

    def hear(self, line: str) -> None:
        """Take in one of them, such as `@classLabel true 1 2`."""
        tag, *values = line.lower().split()
        is_so = bool(values) and values[0] in YES
        match tag:
            case "@timestamps":
                self.is_timed = is_so
            case "@classlabel":
                self.has_labels = is_so
            case "@targetlabel":
                self.is_regression = is_so


def read_archive(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[Window | Fault]:
    """The windows of a file, in order, or what is wrong in their place; of a file without labels `UNLABELLED`.

    Args:
        on_fault: hears what is wrong with the file as a whole.
    """
    for line, text, header in _data(file, encoding, on_fault):
        columns = text.split(":")
        label = class_of(columns.pop()) if header.has_labels else UNLABELLED
        window = _window(columns) if columns else ""
        if label is None or not columns:
            problem = "it has no label behind its last colon"
            yield Fault(file.source, problem, "Write numbers, a colon, and the label; or @classLabel false.", line)
        elif isinstance(window, str):
            yield Fault(file.source, window, "Mend the line, or take it out.", line)
        else:
            yield Window(window, f"{file.source}, line {line}", label)


def _data(file: FoundFile, encoding: str, on_fault: OnFault) -> Iterator[tuple[int, str, _Header]]:
    """The lines below `@data`, with their numbers, and what stands above."""
    header, is_data = _Header(), False
    for line, text in enumerate(decoded_lines(file.stream, file.source, encoding, on_fault), start=1):
        text = text.strip()
        if not text or text.startswith(("#", "%")):
            continue
        if is_data:
            yield line, text, header
        elif text.lower() == "@data":
            is_data = True
            advice = "Write numbers alone, evenly spaced in time." if header.is_timed else "Labels must be classes."
            if header.is_timed or header.is_regression:
                problem = "it has time stamps" if header.is_timed else "it is for regression"
                on_fault(Fault(file.source, problem, advice, line))
                return
        else:
            header.hear(text)
    if not is_data:
        on_fault(Fault(file.source, "there is no line @data", "A .ts file has a header, @data, and then windows."))


def _window(columns: list[str]) -> np.ndarray | str:
    """Rows of columns, the shorter ones filled up with what is not known; or what is wrong."""
    cells = [column.split(",") for column in columns]
    numbers = [[number_of(cell) for cell in column] for column in cells]
    for place, column in enumerate(numbers):
        if None in column:
            return f"{cells[place][column.index(None)].strip()!r} stands where a number is needed"
    n_rows = max(map(len, numbers), default=0)
    filled = [[*column, *[np.nan] * (n_rows - len(column))] for column in numbers]
    window = trimmed(np.array(filled, np.float64).T)
    return window if len(window) > 1 else "the window has fewer than 2 rows of numbers"
