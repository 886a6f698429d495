"""Labelled texts in files, a folder for each class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import NamedTuple

import numpy as np

from quatrain.data.config import LabelledConfig
from quatrain.data.decoding import decoded, looks_binary
from quatrain.data.faults import OnFault, OnSkip
from quatrain.data.files import Place, find_files
from quatrain.data.labelled.texts import Labelled, LabelledTexts
from quatrain.data.readers import ABOUT_THE_DATA, head_of, part_of

__all__ = ["Shelf", "are_parts_of_classes", "read_folders", "shelve"]

UNLABELLED = frozenset({"unsup", "unlabelled", "unlabeled"})
"""Folders of texts without a class."""


class Shelf(NamedTuple):
    """Where a file of text stands: its part, and its class, which the folder around it names."""

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


def are_parts_of_classes(names: Iterable[str]) -> bool:
    """Whether train and other parts hold the same folders of .txt files: then they are classes beyond doubt."""
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for name, shelf in shelve(names).items():
        if ".txt" not in PurePosixPath(name.lower()).suffixes[-2:]:
            return False
        classes[shelf.part].add(shelf.label)
    first, *others = classes.values() or [set()]
    return "train" in classes and len(first) > 1 and bool(others) and all(other == first for other in others)


def read_folders(
    config: LabelledConfig, place: Place, names: Iterable[str], on_fault: OnFault, on_skip: OnSkip
) -> Labelled:
    """Every file as a text of the class that its folder names.

    Args:
        names: of all files, as they are spelled.
    """
    shelves = shelve(names)
    found: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    n_left_out = 0
    for file in find_files(place, on_fault, on_skip):
        head = head_of(file, on_fault)
        if file.spelled not in shelves or head is None or looks_binary(head, config.encoding):
            n_left_out += 1
            on_skip(file.source, "stands in no folder of a class, or is no text")
            continue
        part, label = shelves[file.spelled]
        text = "".join(decoded(file.stream, file.source, config.encoding, on_fault))
        found[part].append((text, label, file.source))
    parts = {part: _examples(part, *zip(*found[part], strict=True)) for part in ("train", "val", "test") if found[part]}
    notes = (f"Left out {n_left_out:,} files that stand in no folder of a class, or are no text.",) * bool(n_left_out)
    return Labelled(place.name, parts, None, "The folder of a text is told from the text.", notes)


def _examples(part: str, texts: tuple[str, ...], labels: tuple[str, ...], sources: tuple[str, ...]) -> LabelledTexts:
    n = len(texts)
    return LabelledTexts(part, [*texts], None, [*labels], sources, np.arange(n), np.zeros(n, np.int64))
