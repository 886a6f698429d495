"""A window a row, without a header: the label, then the numbers, as the UCR archive has it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from quatrain.data.cells import number_of
from quatrain.data.decoding import decoded_lines
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.labelled_series.read import UNLABELLED, Window

__all__ = ["cells_of", "class_of", "is_row", "read_rows", "trimmed"]

FEWEST_NUMBERS = 2
"""Numbers that a window has at least."""
NAME = "values"
"""What the column of a window is called that comes without a name."""


def read_rows(
    file: FoundFile, encoding: str, on_fault: OnFault, n_numbers: int | None = None
) -> Iterator[Window | Fault]:
    """The windows of a file, in order, or what is wrong in their place.

    Args:
        on_fault: hears what is wrong with the file as a whole.
        n_numbers: in a window; a row of so many has no label. None: every row has one.
    """
    for line, text in enumerate(decoded_lines(file.stream, file.source, encoding, on_fault), start=1):
        cells = cells_of(text)
        if not cells:
            continue
        label: str | None = UNLABELLED
        if len(cells) != n_numbers:
            label, cells = class_of(cells[0]), cells[1:]
        numbers = [number_of(cell) for cell in cells]
        wrong = next((place for place, number in enumerate(numbers) if number is None), None)
        if label is None:
            problem = "it has no label: the first value is missing or a broken number"
            yield Fault(file.source, problem, "Write a word or a whole number, or take the row out.", line)
        elif wrong is not None:
            problem = f"{cells[wrong].strip()!r} stands where a number is needed"
            yield Fault(file.source, problem, "Mend it, or write ? where a number is not known.", line)
        elif len(window := trimmed(np.array(numbers, np.float64).reshape(-1, 1))) < FEWEST_NUMBERS:
            problem = f"the window has fewer than {FEWEST_NUMBERS} numbers"
            yield Fault(file.source, problem, "Write a label and then the numbers, or take the row out.", line)
        else:
            yield Window(window, f"{file.source}, line {line}", label)


def cells_of(line: str) -> list[str]:
    """What stands in a row, between tabs, commas or spaces; nothing of a blank line.

    Example:
        >>> cells_of("1\\t0.5\\t?"), cells_of("up, 1,2"), cells_of("  1.0e+00   2.5  ")
        (['1', '0.5', '?'], ['up', ' 1', '2'], ['1.0e+00', '2.5'])
    """
    line = line.strip("\r\n")
    if not line.strip():
        return []
    return next((line.split(mark) for mark in "\t,;" if mark in line), None) or re.split(r"\s+", line.strip())


def class_of(cell: str) -> str | None:
    """The name of a class; whole numbers lose what stands behind their point, None stands for what is no name.

    Example:
        >>> class_of("1.0000000e+00"), class_of(" left hand "), class_of("-1"), class_of("0.5"), class_of("?")
        ('1', 'left hand', '-1', None, None)
    """
    number = number_of(cell)
    if number is None:
        return " ".join(cell.split())
    return str(int(number)) if not math.isnan(number) and number.is_integer() else None


def is_row(line: str, *, is_whole: bool = True) -> bool:
    """Whether a line is a window: several numbers, behind whatever label.

    Args:
        is_whole: False where the line goes on behind what is seen of it.
    """
    cells = cells_of(line) if is_whole else cells_of(line)[:-1]
    return len(cells) > FEWEST_NUMBERS and all(number_of(cell) is not None for cell in cells[1:])


def trimmed(window: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, "fewer columns"]:
    """A window without the rows at its end of which no number is known: the archive fills shorter ones up so."""
    known = np.flatnonzero(~np.isnan(window).all(axis=1))
    return window[: known[-1] + 1] if len(known) else window[:0]
