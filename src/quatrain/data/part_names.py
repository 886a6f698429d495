"""Which part of the data a name means: a file by any of its words, a folder by its whole name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Literal

__all__ = ["PART_WORDS", "Part", "folder_part", "is_about_the_data", "part_folders", "part_of"]

Part = Literal["train", "val", "test"]

PART_WORDS: Mapping[str, Part] = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "test": "test",
    "t10k": "test",
    "testa": "val",
    "testb": "test",
}
"""The part that a word names."""
FOLDER_WORDS: Mapping[str, Part] = {
    **PART_WORDS,
    "training": "train",
    "testing": "test",
    "trainset": "train",
    "valset": "val",
    "devset": "val",
    "testset": "test",
}
"""The part that a word names in the name of a folder."""
COMPANIONS = frozenset({
    "clean", "data", "dataset", "documents", "examples", "files", "folder", "full", "image", "images", "img", "imgs",
    "labeled", "labelled", "large", "noisy", "other", "part", "photos", "pics", "pictures", "raw", "set", "small",
    "split", "text", "texts",
})  # fmt: skip
"""What may stand beside such a word in the name of a folder: test_images, training_set, train-clean-100."""
WORDS = re.compile(r"[^\W\d_]+")
ABOUT_THE_DATA = frozenset({"readme", "license", "licence", "copying", "sha256sums"})
TEXT_ENDINGS = frozenset({"", ".txt", ".md", ".rst"})


def is_about_the_data(name: str) -> bool:
    """Whether a file is called as those that tell of the data, and belong to no part.

    Example:
        >>> [is_about_the_data(name) for name in ("a/README", "LICENSE.md", "license_plate.png", "readme.png")]
        [True, True, False, False]
    """
    path = PurePosixPath(name.lower())
    return path.stem in ABOUT_THE_DATA and path.suffix in TEXT_ENDINGS


def part_of(name: str, folders: Mapping[str, Part] | None = None) -> Part | None:
    """The part that a word of the file's name means, or else the whole name of the nearest folder.

    Args:
        folders: the parts of folders, where it is known which stand beside one another.
    """
    path = PurePosixPath(name)
    for word in re.split(r"[\W_]+", path.name.lower()):
        if word in PART_WORDS:
            return PART_WORDS[word]
    parts = (folder_part(folder) or (folders or {}).get(folder) for folder in reversed(path.parent.parts))
    return next((part for part in parts if part), None)


def folder_part(name: str) -> Part | None:
    """The part that the whole name of a folder means, whatever stands beside it.

    Example:
        >>> [folder_part(name) for name in ("Train", "test_images", "val2017", "train-clean-100", "Test Valley")]
        ['train', 'test', 'val', 'train', None]
    """
    if name.lower() in FOLDER_WORDS:
        return FOLDER_WORDS[name.lower()]
    part, rest = _taken_apart(name)
    return part if COMPANIONS.issuperset(rest) else None


def part_folders(names: Iterable[str]) -> dict[str, Part]:
    """The part of each folder that means one, by its whole name, or because another is called alike but for the part.

    Example:
        >>> part_folders(["seg_train", "seg_test", "Test Valley", "North"])
        {'seg_train': 'train', 'seg_test': 'test'}
    """
    names = list(dict.fromkeys(names))
    known = {name: part for name in names if (part := folder_part(name))}
    alike: defaultdict[tuple[str, ...], dict[str, Part]] = defaultdict(dict)
    for name in names:
        part, rest = _taken_apart(name)
        if part:
            alike[rest][name] = part
    for folders in alike.values():
        if "train" in folders.values() and len({*folders.values()}) > 1:
            known |= folders
    return known


def _taken_apart(name: str) -> tuple[Part | None, tuple[str, ...]]:
    """The part that words of a name mean, if only one is meant, and the other words."""
    words = WORDS.findall(name.lower())
    parts = {FOLDER_WORDS[word] for word in words if word in FOLDER_WORDS}
    rest = tuple(word for word in words if word not in FOLDER_WORDS)
    return (parts.pop() if len(parts) == 1 else None), rest
