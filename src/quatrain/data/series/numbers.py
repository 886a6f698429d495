"""What stands in a column: numbers, what is missing, and words by mistake."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from quatrain.data.faults import Fault, OnFault
from quatrain.data.tables import Row

__all__ = ["Column", "number_of", "numbers_of"]

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", ".", "?"})
"""What stands for a number that is not known, in lower case."""
NUMERIC = 0.5
"""Share of numbers among what stands in a column from which a word in it is a mistake."""


@dataclass(frozen=True)
class Column:
    """What stands in a column."""

    values: Float[np.ndarray, " n"]
    """NaN where there is no number."""
    words: Mapping[int, str]
    """What is neither a number nor missing, by row."""
    n_numbers: int

    @property
    def is_numeric(self) -> bool:
        """Whether it is a column of numbers, if with a few mistakes."""
        return self.n_numbers > 0 and self.n_numbers >= NUMERIC * (self.n_numbers + len(self.words))

    def tell_words(self, name: str, lines: np.ndarray, source: str, on_fault: OnFault) -> None:
        """Tell of every word with its line."""
        advice = (
            "Mend it; or leave the cell empty and type --set data.missing=last; or leave the column out with "
            "--set data.columns=..."
        )
        for row, word in self.words.items():
            on_fault(Fault(source, f"{word!r} stands in column {name}, which holds numbers", advice, int(lines[row])))


def numbers_of(rows: Sequence[Row], name: str) -> Column:
    """A column of a table, numbers taken from what is written."""
    values, words = np.full(len(rows), np.nan), {}
    for place, (_, row) in enumerate(rows):
        number = number_of(row.get(name))
        if number is None:
            words[place] = str(row.get(name))
        else:
            values[place] = number
    return Column(values, words, int(np.isfinite(values).sum()))


def number_of(value: Any) -> float | None:
    """NaN where it is missing, None where it is something else."""
    if value is None or (isinstance(value, str) and value.strip().lower() in MISSING):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isinf(number) else number
