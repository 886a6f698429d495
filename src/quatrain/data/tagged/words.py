"""Cutting a text into words, where nobody has."""

from __future__ import annotations

import re

__all__ = ["cut_words"]

WORD = re.compile(r"https?://\S+|www\.\S+|[@#]?\w+(?:[-'’.&]\w+)*|[^\w\s]")
"""A link, a name on a network, a word with the signs inside it, or a sign."""


def cut_words(text: str) -> list[tuple[int, int]]:
    """Where each word of a text starts and ends.

    Example:
        >>> [text[a:b] for text in ["Ann O'Neil (@ann) won!"] for a, b in cut_words(text)]
        ['Ann', "O'Neil", '(', '@ann', ')', 'won', '!']
    """
    return [found.span() for found in WORD.finditer(text)]
