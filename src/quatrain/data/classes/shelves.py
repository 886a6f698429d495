"""Folders that name classes: the part and the class of every file in them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

from quatrain.data.readers import ABOUT_THE_DATA, part_of

__all__ = ["Shelf", "shelve"]

UNLABELLED = frozenset({"unsup", "unlabelled", "unlabeled"})
"""Folders of files without a class."""


class Shelf(NamedTuple):
    """Where a file stands: its part, and its class, which the folder around it names."""

    part: str
    label: str


def shelve(names: Iterable[str]) -> dict[str, Shelf]:
    """The part and class of every file that has one.

    Folders above that of the class name the part. Where some do, files in none of them belong nowhere.

    Example:
        >>> shelve(["a/train/pos/1.txt", "a/test/neg/7.txt", "a/train/urls.txt"])["a/train/pos/1.txt"]
        Shelf(part='train', label='pos')
    """
    shelves: dict[str, tuple[str | None, str]] = {}
    for name in names:
        *above, label = PurePosixPath(name).parent.parts or ("",)
        is_about = PurePosixPath(name).name.lower().startswith(ABOUT_THE_DATA)
        if label and label.lower() not in UNLABELLED and not is_about:
            shelves[name] = (part_of("/".join(above)), label)
    has_parts = any(part for part, _ in shelves.values())
    return {name: Shelf(part or "train", label) for name, (part, label) in shelves.items() if part or not has_parts}
