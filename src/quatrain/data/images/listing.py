"""Pictures in files, and a table beside them that says of which class each is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from quatrain.data.cells import is_prose, setting_of
from quatrain.data.classes.labels import class_name, label_column
from quatrain.data.classes.partition import GivenParts, given_parts_of, partition_column
from quatrain.data.classes.shelves import Shelf, shelve
from quatrain.data.config import ImagesConfig
from quatrain.data.faults import Fault, OnFault, ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files
from quatrain.data.images.naming import LOOKED_AT, Pictures, are_called_so, file_column, is_picture, is_table, open_list
from quatrain.data.images.unused import goes_after_folders, names_none
from quatrain.data.part_names import folder_part, part_of
from quatrain.data.tables import Row
from quatrain.errors import DataError, suggest

__all__ = ["Listing", "holds_listing", "lists_lost", "read_listing", "with_listed"]

SUBMISSION = "submission"
"""In the name of a table: its labels are to be filled in, as those of Kaggle's examples are."""
SHOWN = 5


@dataclass(frozen=True)
class Listing:
    """What the tables beside some pictures say of them."""

    shelves: dict[str, Shelf]
    """The part and class of each picture, by its path as it is spelled."""
    tables: tuple[str, ...]
    """The tables that were read."""
    notes: tuple[str, ...]
    """Which columns were read, and what is missing, in sentences."""
    unused: Mapping[str, str]
    """Why others were not, in a sentence each, where a person would think that they are."""


def with_listed(place: Place) -> Place:
    """A single table together with the pictures beside it that it names; anything else as it is.

    A table whose first rows name none is not read on.
    """
    if not place.is_text_file or not is_table(place.root.name):
        return place
    folder = place.root.parent
    pictures = _beside(folder)
    for file in find_files(place, lambda _: None, ignore_skip):
        rows = open_list(file, lambda _: None).rows
        table = [*itertools.islice(rows, LOOKED_AT)]
        column = file_column(table, pictures, file)
        if column is None and not any(map(is_picture, _words(table))):
            return place
        table += rows
        deeper = {folder / value for value in _words(table) if is_picture(value)}
        named = [pictures.find(row.get(column), PurePosixPath()) for _, row in table] if column is not None else []
        found = {folder / name for name in named if name} | {path for path in deeper if path.is_file()}
        inside = sorted(path for path in found if path.is_relative_to(folder))
        return Place(place.name, folder, (place.root, *inside)) if inside else place
    return place


def _words(rows: Sequence[Row]) -> set[str]:
    """The different texts in a table."""
    return {value for _, row in rows for value in row.values() if isinstance(value, str)}


def _beside(folder: Path) -> Pictures:
    """The pictures in a folder, and in the folders right in it."""
    names = [path.relative_to(folder).as_posix() for pattern in ("*", "*/*") for path in folder.glob(pattern)]
    return Pictures([name for name in names if not name.startswith(".")])


def holds_listing(place: Place) -> bool:
    """Whether most files are pictures, and a table beside them names them.

    Args:
        place: a folder, an archive, or a table `with_listed`.
    """
    names = [file.spelled for file in find_files(place, refuse, ignore_skip)]
    if 2 * sum(map(is_picture, names)) <= len(names) or not _are_needed(names):
        return False
    pictures = Pictures(names)
    return any(
        file_column(rows, pictures, file) is not None
        for file in _tables(place, refuse)
        for rows in [[*itertools.islice(open_list(file, refuse).rows, LOOKED_AT)]]
    )


def lists_lost(place: Place) -> bool:
    """Whether this is a single table that names pictures, and holds no prose: pictures that are to be put there."""
    if not place.is_text_file or not is_table(place.root.name):
        return False
    for file in find_files(place, refuse, ignore_skip):
        rows = [row for _, row in itertools.islice(open_list(file, refuse).rows, LOOKED_AT)]
        columns = [[row.get(name) for row in rows] for name in dict.fromkeys(name for row in rows for name in row)]
        others = [values for values in columns if not are_called_so(values)]
        return len(others) < len(columns) and not any(map(is_prose, others))
    return False


def read_listing(config: ImagesConfig, place: Place, on_fault: OnFault) -> Listing:
    """The part and class of every picture that a table names; of none where no table does, or folders name the classes.

    A table called train, val or test is that part; where some are, the others are not read.

    Raises:
        DataError: a column that is asked for is not there, or it is not clear which holds the labels.
    """
    names = [file.spelled for file in find_files(place, on_fault, ignore_skip)]
    asked = config.label_column is not None or config.file_column is not None
    if not asked and not _are_needed(names):
        return Listing({}, (), (), _after_folders(place, names))
    pictures, shelves = Pictures(names), dict[str, Shelf]()
    tables, notes, unused = list[str](), list[str](), dict[str, str]()
    parts = {name: part_of(PurePosixPath(name).name) for name in names if is_table(name)}
    has_parts = "train" in parts.values()
    for file in _tables(place, on_fault):
        part = parts[file.spelled] if has_parts else "train"
        faults: list[Fault] = []
        opened = open_list(file, faults.append, (config.file_column, config.label_column))
        rows = [*opened.rows]
        files = config.file_column or file_column(rows[:LOOKED_AT], pictures, file)
        if part is None or files is None:
            unused[file.source] = _why_not(rows, pictures, file, part)
            continue
        for fault in faults:
            on_fault(fault)
        tables.append(file.source)
        if not (asked or opened.has_header):
            notes.append(f"{file.source}: the first row is read as a picture, not as names of columns.")
        found = _Columns.of(config, file.source, rows, files, must_have_labels=part == "train")
        if found is None:
            notes.append(f"Left out {file.source}: it has no labels.")
            continue
        listed, said = _listed(rows, found, pictures, file, part)
        shelves |= {name: shelf for name, shelf in listed.items() if name not in shelves}
        notes += said
    unused = {source: why for source, why in unused.items() if why}
    if asked and not shelves:
        why = "".join(f" {sentence}" for sentence in (*notes, *unused.values()))
        raise DataError(
            f"{place.root}: no table names the pictures beside it, so no column of it can be read.{why} Put one there "
            "with a column of file names and one of labels, or leave out data.label_column and data.file_column."
        )
    return Listing(shelves, tuple(tables), tuple(notes), unused)


def _after_folders(place: Place, names: Sequence[str]) -> dict[str, str]:
    """Why tables are not read where folders name the classes, for those of which it should be said."""
    if not any(map(is_table, names)):
        return {}
    pictures = Pictures(names)
    found = {
        file.source: goes_after_folders([*itertools.islice(opened.rows, LOOKED_AT)], pictures, file)
        for file in _tables(place, lambda _: None)
        for opened in [open_list(file, lambda _: None)]
    }
    return {source: why for source, why in found.items() if why}


def _why_not(rows: Sequence[Row], pictures: Pictures, file: FoundFile, part: str | None) -> str:
    """Why a table is not read; empty where nobody would expect it to be."""
    if part is None and file_column(rows[:LOOKED_AT], pictures, file) is not None:
        return f"{file.source} is not read: tables that are called as parts (train, val, test) stand beside it."
    return names_none(rows, pictures, file)


@dataclass(frozen=True)
class _Columns:
    """Where file names and labels stand."""

    files: str
    labels: str
    partition: str | None = None
    """The column that could say which part each picture belongs to."""

    @classmethod
    def of(
        cls, config: ImagesConfig, source: str, rows: Sequence[Row], files: str, *, must_have_labels: bool
    ) -> _Columns | None:
        """As the settings or the usual names say, or the only two there are; None where there are no labels.

        Raises:
            DataError: a column that is asked for is not there, or it is not clear which holds the labels.
        """
        names = list(dict.fromkeys(name for _, row in rows[:LOOKED_AT] for name in row))
        others = [name for name in names if name != files]
        free = [name for name in others if name != partition_column(others)]
        only = free[0] if len(free) == 1 else None
        labels = config.label_column or label_column(others) or only
        for wanted in filter(None, (config.file_column, labels)):
            if wanted not in names and (must_have_labels or wanted != labels):
                raise DataError(f"{source}: no column is called {wanted!r}. {suggest(wanted, names)}")
        if labels in others:
            return cls(files, str(labels), partition_column(others, without=(labels,)))
        if not must_have_labels:
            return None
        example = setting_of("label_column", (others or ["NAME"])[0])
        raise DataError(
            f"{source}: it names pictures ({files!r}), and no column is called as labels usually are. Its columns: "
            f"{', '.join(names)}. Name it: {example}."
        )


def _are_needed(names: Sequence[str]) -> bool:
    """Whether folders name no classes: there are fewer than two besides those called as parts."""
    shelves = shelve(filter(is_picture, names)).found
    return len({shelf.label for shelf in shelves.values() if folder_part(shelf.label) is None}) < 2


def _tables(place: Place, on_fault: OnFault) -> Iterator[FoundFile]:
    for file in find_files(place, on_fault, ignore_skip):
        if is_table(file.name) and SUBMISSION not in file.name:
            yield file


def _listed(
    rows: Sequence[Row], columns: _Columns, pictures: Pictures, file: FoundFile, part: str
) -> tuple[dict[str, Shelf], list[str]]:
    """The part and class of each picture that is there, and sentences about it.

    Raises:
        DataError: a label names no class, one picture has several, or there are nearly as many as pictures.
    """
    folder = PurePosixPath(file.spelled).parent
    shelves: dict[str, Shelf] = {}
    missing: list[str] = []
    n_unlabelled, n_again = 0, 0
    given = _given_parts(rows, columns, part)
    for (line, row), own_part in zip(rows, given.parts or itertools.repeat(part), strict=False):
        label, name = _label(row, columns, file, line), pictures.find(row.get(columns.files), folder)
        if name is None:
            missing.append(f"{row.get(columns.files)} (line {line})")
        elif not label:
            n_unlabelled += 1
        elif name in shelves:
            _same(shelves[name].label, label, name, file, line)
            n_again += 1
        else:
            shelves[name] = Shelf(own_part, label)
    if part == "train":
        _are_classes([shelf.label for shelf in shelves.values()], columns.labels, file.source)
    notes = [f"{file.source}: {columns.labels!r} is the class of the picture that {columns.files!r} names."]
    notes += [given.note] if given.note else []
    if missing:
        shown = ", ".join(missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
        notes.append(f"{file.source} names {len(missing):,} pictures that are not there, left out: {shown}.")
    if n_unlabelled:
        notes.append(f"{file.source}: {n_unlabelled:,} pictures without a label are left out.")
    if n_again:
        notes.append(f"{file.source}: {n_again:,} rows name a picture that an earlier one named, which counts.")
    return shelves, notes


def _same(earlier: str, label: str, name: str, file: FoundFile, line: int) -> None:
    """Refuse a picture that two rows put in different classes."""
    if label != earlier:
        problem = f"{name} is of the class {label!r} here and of {earlier!r} in an earlier row"
        advice = "A picture has one class: keep one of the rows, or cut the picture into one for each thing on it."
        refuse(Fault(file.source, problem, advice, line))


def _are_classes(labels: Sequence[str], column: str, source: str) -> None:
    """Refuse a column with more than half as many different values as rows: captions, or numbers that are measured."""
    n = len({*labels})
    if n > max(len(labels) / 2, 2):
        advice = f"Name the column of the classes: {setting_of('label_column', 'NAME')}."
        problem = f"column {column!r} holds {n:,} different values in {len(labels):,} rows: no classes"
        refuse(Fault(source, problem, advice))


def _given_parts(rows: Sequence[Row], columns: _Columns, part: str) -> GivenParts:
    """What a column of a training table says of the part of each row."""
    if columns.partition is None or part != "train":
        return GivenParts([], "")
    return given_parts_of(columns.partition, [row.get(columns.partition) for _, row in rows])


def _label(row: Mapping[str, Any], columns: _Columns, file: FoundFile, line: int) -> str:
    label = class_name(row.get(columns.labels))
    if label is None:
        problem = f"column {columns.labels!r} holds {row.get(columns.labels)!r}, which names no class"
        refuse(Fault(file.source, problem, "Write a word or a whole number, or name another column.", line))
    return label or ""
