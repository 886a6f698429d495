"""Whether data looks like labelled windows of series, so that the task, or the sort of data, need not be named."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import numpy as np

from quatrain.data.cells import is_prose, numbers_of
from quatrain.data.classes.labels import class_name
from quatrain.data.config import LabelledSeriesConfig
from quatrain.data.faults import ignore_skip, refuse
from quatrain.data.files import FoundFile, Place, find_files, locate
from quatrain.data.labelled.columns import SINGLES
from quatrain.data.labelled_series.ordering import clock_of
from quatrain.data.labelled_series.read import Window
from quatrain.data.labelled_series.reading import form_of
from quatrain.data.labelled_series.roles import Roles, roles_of
from quatrain.data.labelled_series.rows import read_rows
from quatrain.data.series.ordering import told_apart
from quatrain.data.series.stretches import are_classes, read_on
from quatrain.data.tables import TABLES, Row, column_of
from quatrain.errors import QuatrainError

__all__ = ["could_be_windows", "is_long_table", "looks_like_windows"]

ARCHIVE_NAME = re.compile(r"(?P<name>\w+)_(?P<part>train|test)", re.IGNORECASE)
"""What files of the archives are called, without their endings."""
OTHER_PART = {"train": "test", "test": "train"}
"""The part that stands beside one."""
EACH_CLASS = 5
"""Rows of a class, on average, at least, where a file of an archive stands alone."""
LOOKED_AT = 1000
"""Rows of a long table that are looked at."""


def looks_like_windows(path: str) -> bool:
    """Whether this holds labelled windows beyond doubt: `.ts` files; tables of numbers without a header that are called
    as the archive calls them, both parts, or one part of which the numbers are no whole ones and few classes stand
    before them; or a long table of a column of time, numbers, and one column of words that stay the same
    for a while and come back.

    What cannot be read does not look like anything.
    """
    return _holds(path, is_sure=True)


def could_be_windows(path: str) -> bool:
    """Whether this can be read as labelled windows, where somebody says that classes are to be told: a table of numbers
    without a header is enough, or a long table with columns of numbers and none of text."""
    return _holds(path, is_sure=False)


def is_long_table(path: str) -> bool:
    """Whether the first file is a table under a header line, which has a row a moment."""
    try:
        return next((form_of(file) for file in find_files(locate(path), refuse, ignore_skip)), None) == "table"
    except QuatrainError:
        return False


def _holds(path: str, *, is_sure: bool) -> bool:
    """Whether a file is of the archive, or else whether the first table is one of windows."""
    found: list[bool] = []
    names: list[str] = []
    try:
        place = locate(path)
        for file in find_files(place, refuse, ignore_skip):
            form = form_of(file)
            name = PurePosixPath(file.name).stem.lower()
            if form == "archive" or (form == "rows" and (not is_sure or _is_of_archive(file))):
                return True
            if form == "rows":
                names.append(name)
            if form == "table" and not found:
                found.append(_is_long_table(file, is_sure=is_sure))
    except QuatrainError:
        return False
    return any(found) or _are_parts(names, place)


def _is_of_archive(file: FoundFile) -> bool:
    """Whether one file of rows is windows by its name and by what it holds: few classes, and numbers with decimals."""
    if not ARCHIVE_NAME.fullmatch(PurePosixPath(file.name).stem):
        return False
    rows = list(itertools.islice(read_rows(file, "utf-8", refuse), LOOKED_AT))
    windows = [row for row in rows if isinstance(row, Window)]
    classes = {window.label for window in windows}
    has_decimals = any((window.numbers % 1 > 0).any() for window in windows)
    return has_decimals and EACH_CLASS * len(classes) <= len(windows)


def _are_parts(names: Sequence[str], place: Place) -> bool:
    """Whether files of rows are called NAME_TRAIN and NAME_TEST, or one is, and the other stands beside it."""
    beside = place.root.parent.glob("*") if names and place.root.is_file() else ()
    known = {*names, *(path.stem.lower() for path in beside)}
    matches = (ARCHIVE_NAME.fullmatch(name) for name in names)
    return any(match and f"{match['name']}_{OTHER_PART[match['part']]}" in known for match in matches)


def _is_long_table(file: FoundFile, *, is_sure: bool) -> bool:
    """Whether a table has columns of numbers and no prose; to be sure a column of time and stretches of labels, too."""
    read = iter(TABLES[PurePosixPath(file.name).suffix](file, "utf-8", refuse))
    rows = list(itertools.islice(read, LOOKED_AT))
    if not rows:
        return False
    roles = roles_of(rows, file.source, LabelledSeriesConfig(path=file.source))
    names = [name for name in rows[0][1] if name not in roles.taken]
    has_numbers = any(numbers_of(column_of(rows, name)).is_numeric for name in names)
    worded = [name for name in (*roles.words, roles.label) if name is not None]
    is_text = any(name.lower() in SINGLES or is_prose(column_of(rows, name)) for name in worded)
    if not is_sure:
        return has_numbers and not is_text
    if roles.moments is None or roles.label is None or roles.words or is_text or not has_numbers:
        return False
    rows = read_on(rows, read)
    return _has_labels(rows, roles) and not _names_series(rows, roles)


def _has_labels(rows: Sequence[Row], roles: Roles) -> bool:
    """Whether each row has a time, and labels are words that come back: see `are_classes`."""
    assert roles.moments is not None, "a table without a time is none of windows beyond doubt"
    assert roles.label is not None, "nor is one without labels"
    labels = [name for _, row in rows if (name := class_name(row.get(roles.label))) is not None]
    clock = clock_of(rows, roles.moments)
    is_worded = any(label and not label.lstrip("-").isdecimal() for label in labels)
    if not is_worded or len(labels) < len(rows) or bool(np.isnan(clock.seconds).any()):
        return False
    recordings = [str(row.get(roles.group)) for _, row in rows] if roles.group is not None else None
    return are_classes(roles.label, labels, clock.seconds.tolist() if clock.found else None, recordings)


def _names_series(rows: Sequence[Row], roles: Roles) -> bool:
    """Whether labels are the names of series below one another, as of stores: each has a row of the same dates."""
    assert roles.moments is not None, "a table without a time is none of windows beyond doubt"
    assert roles.label is not None, "nor is one without labels"
    clock = clock_of(rows, roles.moments)
    if roles.group is not None or clock.found is None:
        return False
    return bool(told_apart(clock.seconds, [row for _, row in rows], [roles.label]))
