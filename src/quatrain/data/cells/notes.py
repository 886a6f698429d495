"""What was found out about columns of numbers, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quatrain.data.cells.numbers import Column, Mark, units_of

__all__ = ["about_numbers"]


def about_numbers(
    columns: Mapping[str, Column], cells: Mapping[str, Sequence[Any]], either: Mapping[str, str], decimal: Mark | None
) -> Iterator[str]:
    """Commas that stand before decimals; numbers that could be read otherwise, unless all other columns are read as
    they are, and what to type; units that differ.

    Args:
        cells: what stands in each of the columns.
        either: a number of each column in which the mark could stand before thousands or before decimals.
        decimal: what somebody said that stands before decimals.
    """
    commas = [name for name, column in columns.items() if column.mark == "," and name not in either]
    if commas:
        yield f"Read with a comma before the decimals: {', '.join(commas)}."
    others = [(column.mark, cells[name]) for name, column in columns.items() if name not in either]
    told = {mark for mark, found in others if any(isinstance(cell, str) and mark in cell for cell in found)}
    if decimal is None:
        yield from (
            _about_either(name, columns[name].mark, text)
            for name, text in either.items()
            if told != {"," if "," in text else "."} or columns[name].mark not in text
        )
    for name in columns:
        if units := units_of(cells[name]):
            shown = ", ".join(unit or "no unit" for unit in units)
            yield f"Units differ in {name} ({shown}), and its numbers are read as if they were the same."


def _about_either(name: str, mark: Mark, text: str) -> str:
    """How a number that could be thousands or decimals was read, and what to type for the other reading."""
    written, other = ("," if "," in text else "."), ("." if mark == "," else ",")
    whole, part = text.replace(written, ""), text.replace(written, ".")
    read, instead = (part, whole) if mark == written else (whole, part)
    return f"{text} in {name} is read as {read}; if it is {instead}: --set data.decimal={other}"
