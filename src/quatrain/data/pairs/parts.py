"""Which part a file belongs to, by its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath

from quatrain.data.part_names import part_of

__all__ = ["named_parts"]

ABBREVIATED = (("test", re.compile("test|tst")), ("val", re.compile("dev|valid")), ("train", re.compile("train")))
"""As in newstest2014, tst2013, newsdev2016."""


def named_parts(stems: Iterable[str]) -> dict[str, str | None]:
    """The part of each name; None where others say which part they are and this one does not.

    Test parts keep their names, so there may be several. Names that say nothing are the training part where no
    other is.

    Example:
        >>> named_parts(["train", "val", "test_2016_flickr", "newstest2014"])
        {'train': 'train', 'val': 'val', 'test_2016_flickr': 'test_2016_flickr', 'newstest2014': 'newstest2014'}
        >>> named_parts(["test/a", "test/b", "corpus"])
        {'test/a': 'test/a', 'test/b': 'test/b', 'corpus': 'train'}
    """
    parts = {stem: _part(stem) for stem in dict.fromkeys(stems)}
    rest = None if "train" in parts.values() else "train"
    tests = {stem: _test_name(stem) for stem, part in parts.items() if part == "test"}
    counts = Counter(tests.values())
    names = {stem: name if counts[name] == 1 else stem for stem, name in tests.items()}
    return {stem: names.get(stem, part or rest) for stem, part in parts.items()}


def _part(stem: str) -> str | None:
    whole_word = part_of(stem)
    if whole_word is not None:
        return whole_word
    last = PurePosixPath(stem).name
    return next((part for part, pattern in ABBREVIATED if pattern.search(last)), None)


def _test_name(stem: str) -> str:
    """The component of the name that says it is a test, the nearest first."""
    components = PurePosixPath(stem).parts
    return next((component for component in reversed(components) if part_of(component)), components[-1])
