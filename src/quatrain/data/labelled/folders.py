"""Labelled texts in files, a folder for each class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

import numpy as np

from quatrain.data.classes.shelves import Shelves, shelve
from quatrain.data.config import LabelledConfig
from quatrain.data.decoding import decoded, looks_binary
from quatrain.data.faults import OnFault, OnSkip
from quatrain.data.files import Place, find_files
from quatrain.data.labelled.texts import Labelled, LabelledTexts
from quatrain.data.readers import head_of

__all__ = ["are_parts_of_classes", "read_folders"]


def are_parts_of_classes(names: Iterable[str]) -> bool:
    """Whether train and other parts hold the same folders of .txt files: then they are classes beyond doubt."""
    classes: defaultdict[str, set[str]] = defaultdict(set)
    for name, shelf in shelve(names).found.items():
        if ".txt" not in PurePosixPath(name.lower()).suffixes[-2:]:
            return False
        classes[shelf.part].add(shelf.label)
    first, *others = classes.values() or [set()]
    return "train" in classes and len(first) > 1 and bool(others) and all(other == first for other in others)


def read_folders(
    config: LabelledConfig, place: Place, shelves: Shelves, on_fault: OnFault, on_skip: OnSkip
) -> Labelled:
    """Every file as a text of the class that its folder names.

    Args:
        shelves: where all files stand.
    """
    found: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    n_left_out = 0
    for file in find_files(place, on_fault, on_skip):
        head = head_of(file, on_fault)
        if file.spelled not in shelves.found or head is None or looks_binary(head, config.encoding):
            n_left_out += file.spelled not in shelves.outside
            on_skip(file.source, "stands in no folder of a class, or is no text")
            continue
        part, label = shelves.found[file.spelled]
        text = "".join(decoded(file.stream, file.source, config.encoding, on_fault))
        found[part].append((text, label, file.source))
    parts = {part: _examples(part, *zip(*found[part], strict=True)) for part in ("train", "val", "test") if found[part]}
    left_out = (f"Left out {n_left_out:,} files that stand in no folder of a class, or are no text.",) * bool(
        n_left_out
    )
    return Labelled(place.name, parts, None, "The folder of a text is told from the text.", (*shelves.notes, *left_out))


def _examples(part: str, texts: tuple[str, ...], labels: tuple[str, ...], sources: tuple[str, ...]) -> LabelledTexts:
    n = len(texts)
    return LabelledTexts(part, [*texts], None, [*labels], sources, np.arange(n), np.zeros(n, np.int64))
