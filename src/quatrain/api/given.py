"""What a person gives a run in Python: an example for each argument, or several of them as the only one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any

import numpy as np

from quatrain.data.readers import HALF_PAIR
from quatrain.errors import DataError

__all__ = ["example_lists", "half_pair_in", "listed", "said_of", "text_given", "texts_given"]

NEEDED = {
    1: "Give a string for each example, or one list of strings",
    2: "Give a tuple of two strings for each example, or one list of such tuples",
    None: "Give a string or a tuple of two strings for each example, or one list of them",
}
"""What to give, by the texts of an example."""
SHOWN = 40
"""Characters of what was given that an error shows."""


def example_lists(given: Sequence[Any], is_one: Callable[[Any], bool]) -> list[Any]:
    """The examples that were given: each argument is one, but that the only one may hold several.

    Args:
        given: the arguments.
        is_one: whether a list, a tuple, an array or a column is one example by itself.
    """
    several = listed(given[0]) if len(given) == 1 else None
    return [*given] if several is None or is_one(given[0]) else several


def listed(value: Any) -> list[Any] | None:
    """What stands in a list, a tuple, an array, or a column of pandas or polars; None: it is none of these.

    Example:
        >>> listed(("one", "other")), listed("one")
        (['one', 'other'], None)
    """
    if isinstance(value, list | tuple):
        return [*value]
    if isinstance(value, np.ndarray):
        return [*value] if value.ndim else None
    is_column = hasattr(value, "to_list") and not isinstance(value, type)
    return [*value.to_list()] if is_column else None


def texts_given(given: Sequence[Any], n_texts: int | None = 1, columns: Sequence[str] = ()) -> list[Any]:
    """Texts, or pairs of them as tuples, as they were given.

    A list of strings is several texts. A tuple of two strings is a pair where pairs are read; where nothing else is, so
    is a list of two.

    Args:
        n_texts: of an example: 1, 2 for pairs; None: both are read.
        columns: of a table, where an example stood in training.
    Raises:
        DataError: something is no text; the message says which example, and what to give.
    """
    pairs: dict[int | None, tuple[type, ...]] = {1: (), 2: (list, tuple), None: (tuple,)}

    def is_pair(value: Any) -> bool:
        sides = listed(value) if isinstance(value, pairs[n_texts]) else None
        return sides is not None and len(sides) == 2 and all(isinstance(side, str) for side in sides)

    examples = example_lists(given, is_pair)
    return [_checked(example, number, n_texts, columns) for number, example in enumerate(examples, 1)]


def text_given(value: Any) -> str:
    """A text that was given alone.

    Raises:
        DataError: it is none.
    """
    if not isinstance(value, str):
        several = listed(value) or []
        is_texts = bool(several) and all(isinstance(one, str) for one in several)
        advice = "Give its strings one by one" if is_texts else _advice(value, 1, ())
        raise DataError(f"{said_of(value)} is no text. {advice.replace(NEEDED[1], 'Give a string')}.")
    return value


def said_of(value: Any) -> str:
    """How an error calls what was given.

    Example:
        >>> said_of(float("nan")), said_of(None), said_of([1])
        ('a float (nan)', 'None', 'a list ([1])')
    """
    if value is None:
        return "None"
    name = type(value).__name__
    shown = "" if hasattr(value, "columns") else repr(value)
    is_short = bool(shown) and len(shown) <= SHOWN and not shown.startswith("<")
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}" + (f" ({shown})" if is_short else "")


def half_pair_in(text: str) -> str:
    """Why a text could stand in no file; empty where it could."""
    found = HALF_PAIR.search(text)
    if found is None:
        return ""
    return (
        f"character {found.group()!r} at position {found.start()} is half of a surrogate pair, which no text can hold. "
        "Remove it from the text."
    )


def _checked(example: Any, number: int, n_texts: int | None, columns: Sequence[str]) -> Any:
    """An example as a string, or as a tuple of two.

    Raises:
        DataError: it is something else.
    """
    sides = (example,) if isinstance(example, str) else tuple(listed(example) or ())
    able = (1, 2) if n_texts is None else (n_texts,)
    if not sides or not all(isinstance(side, str) for side in sides):
        wrong = example if len(sides) < 2 else next(side for side in sides if not isinstance(side, str))
        raise DataError(f"example {number}: {said_of(wrong)} is no text. {_advice(example, n_texts, columns)}.")
    if len(sides) not in able:
        needed = {1: "one text", 2: "a pair of texts", None: "a text or a pair of texts"}[n_texts]
        found = f"{len(sides)} texts stand" if len(sides) > 1 else f"{said_of(sides[0])} stands"
        raise DataError(f"example {number}: {found} where {needed} is needed. {NEEDED[n_texts]}.")
    for side in sides:
        if reason := half_pair_in(side):
            raise DataError(f"example {number}: {reason}")
    return sides[0] if len(sides) == 1 else sides


def _advice(example: Any, n_texts: int | None, columns: Sequence[str]) -> str:
    """What to give instead; of a table its columns, of a file what it holds, of what only runs through them a list."""
    if hasattr(example, "columns") and hasattr(example, "__getitem__"):
        known = [name for name in columns if name in example.columns]
        names = known or [name for name in example.columns if any(isinstance(cell, str) for cell in example[name])]
        asked = [f"table[{name!r}]" for name in (names or ["NAME"])[: n_texts or 1]]
        return f"Give its column: {asked[0]}" if len(asked) == 1 else f"Give its columns: list(zip({', '.join(asked)}))"
    if isinstance(example, PathLike):
        return "Give what the file holds: its read_text()"
    if hasattr(example, "__next__"):
        return f"Make a list of it: list(...). {NEEDED[n_texts]}"
    return NEEDED[n_texts]
