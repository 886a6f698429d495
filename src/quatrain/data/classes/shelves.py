"""Folders that name classes: the part and the class of every file in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from quatrain.data.part_names import folder_part, is_about_the_data, part_folders

__all__ = ["Shelf", "Shelves", "shelve"]

UNLABELLED = frozenset({"unsup", "unlabelled", "unlabeled"})
"""Folders of files without a class."""
SHOWN = 3
WHOLE = "train"
"""The part of everything that is in no other."""
Folders = tuple[str, ...]


class Shelf(NamedTuple):
    """Where a file stands: its part and its class."""

    part: str
    label: str


@dataclass(frozen=True)
class Shelves:
    """Where files stand."""

    found: Mapping[str, Shelf]
    """The part and class of every file that has one."""
    outside: frozenset[str] = frozenset()
    """Files in none of the folders of parts, where there are such."""
    notes: tuple[str, ...] = ()
    """What a person could have meant otherwise, in sentences."""
    problem: str = ""
    """Why none has a class, and what to do; empty where some have, or there are no folders."""


def shelve(names: Iterable[str]) -> Shelves:
    """The part and class of every file that has one.

    Folders called as parts (train, test, test_images) are these where one of them is a training part, and what stands
    in none of them belongs nowhere. The class is the outermost folder at which names differ, as torchvision takes it;
    folders in it tell nothing apart.

    Example:
        >>> shelve(["a/train/pos/1.txt", "a/test/neg/7.txt", "a/train/urls.txt"]).found["a/train/pos/1.txt"]
        Shelf(part='train', label='pos')
    """
    folders = {name: PurePosixPath(name).parent.parts for name in names if not is_about_the_data(name)}
    folders = {name: above for name, above in folders.items() if above}
    parts, at = _parts(folders)
    outside = frozenset(
        name for name, above in folders.items() if not any(folder in parts or folder_part(folder) for folder in above)
    )
    is_given = "train" in {parts[folders[name][place]] for name, place in at.items()} or (at and not outside)
    first = _first_different(folders)
    beside = {folders[name][place] for name, place in at.items() if place <= first}
    if not is_given and not beside:
        inside = _without_wrapper(folders)
        return _classed({WHOLE: inside}) if inside else Shelves({})
    if not is_given:
        called, others = _some(beside), _some({folders[name][first] for name in outside if len(folders[name]) > first})
        return Shelves(
            {},
            problem=f"{called} holds folders and is called as a part is, but no folder is called train. Put what is to "
            f"be learned from ({others}) into a folder called train beside it, or give {called} another name.",
        )
    of_part: defaultdict[str, dict[str, Folders]] = defaultdict(dict)
    for name, place in at.items():
        of_part[parts[folders[name][place]]][name] = folders[name][place + 1 :]
    shelves = _classed(_side_by_side(of_part))
    if not outside:
        return shelves
    which = _some({*parts})
    note = f"Left out, since they stand in none of the folders {which}: {len(outside):,} files, as {min(outside)}."
    return Shelves(shelves.found, outside, (*shelves.notes, note), shelves.problem)


def _first_different(folders: Mapping[str, Folders]) -> int:
    """The outermost level at which the names of folders differ; 0 where none does."""
    deepest = max(map(len, folders.values()), default=0)
    levels = ({above[n] for above in folders.values() if len(above) > n} for n in range(deepest))
    return next((n for n, level in enumerate(levels) if len(level) > 1), 0)


def _parts(folders: Mapping[str, Folders]) -> tuple[Mapping[str, str], dict[str, int]]:
    """The parts that folders are called as, and which of its folders is the part, for every file that has one.

    A folder around everything is no part, nor is one in which files stand right.
    """
    n_shared = next(
        (
            n
            for n, level in enumerate(zip(*(above[:-1] for above in folders.values()), strict=False))
            if len({*level}) > 1
        ),
        min((len(above) - 1 for above in folders.values()), default=0),
    )
    parts = part_folders([folder for above in folders.values() for folder in above[n_shared:-1]])
    found = {
        name: place
        for name, above in folders.items()
        if (place := next((i for i in range(n_shared, len(above) - 1) if above[i] in parts), None)) is not None
    }
    return parts, found


def _without_wrapper(files: Mapping[str, Folders]) -> dict[str, Folders]:
    """Without a folder around all others; the few files that stand right in it are in no folder of a class."""
    found = dict(files)
    while len({above[0] for above in found.values()}) == 1:
        deeper = {name: above[1:] for name, above in found.items() if len(above) > 1}
        if 2 * len(deeper) <= len(found):
            break
        found = deeper
    return found


def _side_by_side(of_part: Mapping[str, Mapping[str, Folders]]) -> dict[str, dict[str, Folders]]:
    """The parts without a folder around the classes of one of them, as in train/images/cat."""
    every = {name: above for files in of_part.values() for name, above in files.items()}
    whole = _without_wrapper(every)
    parts = {part: {name: whole[name] for name in files if name in whole} for part, files in of_part.items()}
    firsts = {part: {above[0] for above in files.values()} for part, files in parts.items()}
    for part, files in parts.items():
        others = {label for other, labels in firsts.items() if other != part for label in labels}
        if len(firsts[part]) == 1 and not firsts[part] & others and others:
            parts[part] = _without_wrapper(files)
    return parts


def _classed(parts: Mapping[str, Mapping[str, Folders]]) -> Shelves:
    """Every file in the class of its outermost folder."""
    files = [(name, part, above) for part, some in parts.items() for name, above in some.items()]
    found = {name: Shelf(part, above[0]) for name, part, above in files if above[0].lower() not in UNLABELLED}
    labels = {shelf.label for shelf in found.values()}
    called = {label for label in labels if folder_part(label)}
    if called == labels and len(labels) > 1:
        return Shelves(
            {},
            problem=f"{_some(labels)} are called as parts are, and hold no folders. Make a folder for each class in "
            "them, or list the files and their classes in a table.",
        )
    notes = []
    if called and {*parts} == {WHOLE}:
        notes.append(
            f"{_some(called)} is read as a class, not as a part: no folder called train with classes is there."
        )
    inner = Counter(folder for _, _, above in files if len(above) > 1 for folder in above[-1:])
    if inner:
        notes.append(
            f"The class is the outermost folder ({_some(labels)}), for the {inner.total():,} files in folders within "
            f"it, too ({_some(inner)}). If those are the classes, move them up to the top."
        )
    return Shelves(found, notes=tuple(notes))


def _some(names: Iterable[str]) -> str:
    """The first few, in the order of their letters."""
    known = sorted({*names})
    return ", ".join(known[:SHOWN]) + (", ..." if len(known) > SHOWN else "")
