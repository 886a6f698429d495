"""Cutting a long text into pieces at places that a rule allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

__all__ = ["AFTER_WORDS", "ANYWHERE", "cut_pieces"]

ANYWHERE = re.compile(r"(?=[\s\S])")
"""Before any character."""
AFTER_WORDS = re.compile(r"(?<=[^\W_])(?=[ \n])")
"""Between a letter or digit and the space or newline after it."""


def cut_pieces(texts: Iterable[str], size: int, places: re.Pattern[str]) -> Iterator[str]:
    """The same text in pieces of at least `size` characters (the last may be shorter).

    Args:
        texts: stretches of one text, in order.
        places: matches, with no width, wherever a piece may end. Where it matches nowhere the text is held
            until it does.

    Example:
        >>> list(cut_pieces(["to be or ", "not to be"], 4, AFTER_WORDS))
        ['to be', ' or not', ' to be']
    """
    held, searched = "", 0
    for text in texts:
        held += text
        start = 0
        while cut := places.search(held, max(start + size, searched)):
            yield held[start : cut.start()]
            start = cut.start()
        held = held[start:]
        searched = max(len(held) - 1, 0)
    if held:
        yield held
