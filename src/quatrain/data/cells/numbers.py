"""What stands in a column: numbers, what is missing, and words by mistake."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from quatrain.data.faults import Fault, OnFault

__all__ = ["Column", "Mark", "example_of_either", "mark_of", "number_of", "numbers_of", "units_of"]

Mark = Literal[".", ","]
"""What stands before the decimals."""

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", ".", "?"})
"""What stands for a number that is not known, in lower case."""
NUMERIC = 0.5
"""Share of numbers among what stands in a column from which a word in it is a mistake."""
DRESSED = re.compile(
    r"(?P<sign>[+-]?)\s*[$€£¥₹]?\s*(?P<digits>[+-]?[\d.,' \u00a0\u202f]*\d)\s*(?P<unit>[$€£¥₹%]|[KMB])?"
)
"""A number with the sign of a currency, of per cent, or with a letter for thousands, millions or billions."""
UNIT = re.compile(r"[$€£¥₹%]")
THOUSANDS = {"K": 1e3, "M": 1e6, "B": 1e9}
WRITTEN: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:[,' \u00a0\u202f]\d{3})+|\d+)?(?:\.\d+)?"),
    ",": re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:[.' \u00a0\u202f]\d{3})+|\d+)?(?:,\d+)?"),
}
"""Digits, perhaps in groups of three, and decimals."""
EITHER: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?(?:0|[1-9]\d{0,2}(?:\.\d{3})?)"),
    ",": re.compile(r"[+-]?(?:0|[1-9]\d{0,2}(?:,\d{3})?)"),
}
"""1.475 or 1,475, which could be thousands or decimals, or a whole number that tells nothing of it."""
BETWEEN_GROUPS: dict[Mark, str] = {".": ",' \u00a0\u202f", ",": ".' \u00a0\u202f"}


@dataclass(frozen=True)
class Column:
    """What stands in a column."""

    values: Float[np.ndarray, " n"]
    """NaN where there is no number."""
    words: Mapping[int, str]
    """What is neither a number nor missing, by row."""
    n_numbers: int
    mark: Mark = "."
    """What stood before the decimals."""

    @property
    def is_numeric(self) -> bool:
        """Whether it is a column of numbers, if with a few mistakes."""
        return self.n_numbers > 0 and self.n_numbers >= NUMERIC * (self.n_numbers + len(self.words))

    def tell_words(
        self, name: str, lines: np.ndarray, source: str, on_fault: OnFault, *, filling: str, is_needed: bool = False
    ) -> None:
        """Tell of every word with its line.

        Args:
            filling: the value of `data.missing` that fills empty cells.
            is_needed: whether a trained model reads the column.
        """
        otherwise = "." if is_needed else "; or leave the column out with --set data.columns=..."
        advice = f"Mend it; or leave the cell empty and type --set data.missing={filling}{otherwise}"
        for row, word in self.words.items():
            on_fault(Fault(source, f"{word!r} stands in column {name}, which holds numbers", advice, int(lines[row])))


def numbers_of(cells: Sequence[Any], mark: Mark | None = None) -> Column:
    """The cells of a column, numbers taken from what is written, in the one way that leaves the fewest words.

    Args:
        mark: what stands before decimals elsewhere in the table; None: nothing tells it.
    """
    plain = _column(cells, number_of, ".")
    if not plain.words and mark != ",":
        return plain
    likely: tuple[Mark, Mark] = (",", ".") if mark == "," else (".", ",")
    marked = [_column(cells, partial(_marked, mark=each), each) for each in likely]
    ways = (*marked, plain) if mark == "," else (plain, *marked)
    return min(ways, key=lambda column: len(column.words))


def mark_of(cells: Iterable[Any], otherwise: Mark | None = None) -> Mark | None:
    """What stands before decimals in a table: 1.234,5 has a comma, 1,234.5 a point, and 1,234 could have either.
    None where nothing tells it.

    Args:
        otherwise: where it could be either.

    Example:
        >>> mark_of(["12", "0,5"]), mark_of(["$1,234.50"]), mark_of(["1,234"]), mark_of(["1,234"], ",")
        (',', '.', None, ',')
        >>> mark_of(["987", "1.234"]), mark_of(["987", "1.234"], ","), mark_of(["0.5", "1.234"], ",")
        (None, ',', '.')
    """
    texts = [cell for cell in cells if isinstance(cell, str)]
    telling = "," if otherwise is None else ".,"
    if not any(mark in text for text in texts for mark in telling):
        return None
    found = [[_marked(text, mark) is not None for mark in (".", ",")] for text in texts]
    only_point, only_comma = found.count([True, False]), found.count([False, True])
    if only_point == only_comma:
        return otherwise
    return "." if only_point > only_comma else ","


def example_of_either(cells: Iterable[Any]) -> str | None:
    """A number whose point or comma could stand before thousands or before decimals, as in every cell of the column.

    Example:
        >>> example_of_either(["987", "$1.475", ""]), example_of_either(["1.475", "0.5"]), example_of_either(["987"])
        ('1.475', None, None)
    """
    able, found = dict(EITHER), dict[Mark, str]()
    for cell in cells:
        if not isinstance(cell, str) or _is_missing(cell):
            continue
        number = _undressed(cell)
        able = {mark: either for mark, either in able.items() if either.fullmatch(number)}
        if not able:
            return None
        found |= {mark: number for mark in able if mark in number and mark not in found}
    return next((found[mark] for mark in able if mark in found), None)


def units_of(cells: Iterable[Any]) -> list[str]:
    """The units in a column that do not go together: several currencies, or per cent in some of the cells only.

    Example:
        >>> units_of(["$3", "€4"]), units_of(["3%", "4"]), units_of(["$3", "4"]), units_of(["3%", "4%"])
        (['$', '€'], ['%', ''], [], [])
    """
    texts = [cell for cell in cells if isinstance(cell, str)]
    if not any(map(UNIT.search, texts)):
        return []
    texts = [text for text in texts if not _is_missing(text) and _undressed(text)]
    found = list(dict.fromkeys("".join(UNIT.findall(text)) for text in texts))
    is_mixed = len([unit for unit in found if unit]) > 1 or ("%" in found and len(found) > 1)
    return found if is_mixed else []


def _column(cells: Sequence[Any], parse: Callable[[Any], float | None], mark: Mark) -> Column:
    if parse is number_of and (numbers := _all_numbers(cells)) is not None:
        return Column(numbers, {}, int(np.isfinite(numbers).sum()), mark)
    values, words = np.full(len(cells), np.nan), {}
    for place, cell in enumerate(cells):
        number = parse(cell)
        if number is None:
            words[place] = str(cell)
        else:
            values[place] = number
    return Column(values, words, int(np.isfinite(values).sum()), mark)


def _all_numbers(cells: Sequence[Any]) -> Float[np.ndarray, " n"] | None:
    """A column without words or gaps, as most are, at once; None where it is another."""
    try:
        numbers = np.array([float(cell) for cell in cells], np.float64)
    except (TypeError, ValueError):
        return None
    return None if np.isinf(numbers).any() else numbers


def _marked(value: Any, mark: Mark) -> float | None:
    """As `number_of`, of numbers in groups, with a currency, and with a point or a comma before the decimals."""
    number = number_of(value) if mark == "." or not isinstance(value, str) or _is_missing(value) else None
    if number is not None or not isinstance(value, str):
        return number
    dressed = DRESSED.fullmatch(value.strip())
    digits = _undressed(value)
    if not dressed or not WRITTEN[mark].fullmatch(digits):
        return None
    for between in BETWEEN_GROUPS[mark]:
        digits = digits.replace(between, "")
    return float(digits.replace(",", ".")) * THOUSANDS.get(dressed["unit"], 1)


def _undressed(text: str) -> str:
    """The sign and digits of a number; nothing where it is none."""
    dressed = DRESSED.fullmatch(text.strip())
    return dressed["sign"] + dressed["digits"] if dressed else ""


def number_of(value: Any) -> float | None:
    """NaN where it is missing, None where it is something else."""
    if value is None or _is_missing(value):
        return math.nan
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return None if math.isinf(number) else number


def _is_missing(value: Any) -> bool:
    return isinstance(value, str) and value.strip().lower() in MISSING
