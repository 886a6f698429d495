"""Arrays saved by numpy: a .npz with pictures and labels."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from quatrain.data.images.arrays import about_scale, brightest, labelled, picture_array, shape_of
from quatrain.data.images.read import LabelledPictures, ReadPictures
from quatrain.data.part_names import part_of
from quatrain.errors import DataError

__all__ = ["holds_arrays", "read_npz", "unlabelled_arrays"]

LABELS = re.compile(r"(^|_)(y|labels?|targets?|classes|arr_1)(_|$)")
"""In names of arrays of labels: y_train, test_labels, labels, arr_1."""


def read_npz(path: Path, name: str) -> ReadPictures:
    """The parts in a file: x_train and y_train, train_images and train_labels, images and labels, arr_0 and arr_1.

    Args:
        name: what the data is called.
    Raises:
        DataError: damaged, without pictures, with pictures whose labels are not there, or they do not belong together.
    """
    arrays = _loaded(path)
    there = ", ".join(f"{key} {shape_of(array)}" for key, array in arrays.items()) or "nothing"
    is_label = {key: bool(LABELS.search(key.lower())) for key in arrays}
    pictures = {key: array for key, array in arrays.items() if array.ndim >= 3 and not is_label[key]}
    labels = {part_of(key): key for key in arrays if is_label[key]}
    parts: dict[str, LabelledPictures] = {}
    for key, array in pictures.items():
        part, found = part_of(key) or "train", labels.get(part_of(key))
        if found is None or part in parts:
            what = "its labels are not there" if found is None else f"another array is the part {part}, too"
            raise DataError(
                f"{path}: {key} holds pictures, but {what}. It holds {there}. Name arrays x_train and y_train, x_test "
                "and y_test, or images and labels."
            )
        of_scale = [other for other in pictures.values() if other.dtype.kind == array.dtype.kind]
        sources = f"{path}: {key}", f"{path}: {found}"
        parts[part] = labelled(part, array, arrays[found], *sources, brightest(of_scale))
    if not parts:
        raise DataError(
            f"{path}: holds no array of pictures, but {there}. Pictures are (number, height, width), or with 1 or 3 "
            "channels: reshape them so, and save them as images and labels."
        )
    note = about_scale([*pictures.values()])
    return ReadPictures(name, parts, (note,) if note else ())


def unlabelled_arrays(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Every picture in a file, (C, height, width), with what it is called; labels do not matter.

    Raises:
        DataError: damaged, or without pictures.
    """
    arrays = _loaded(path)
    pictures = {key: array for key, array in arrays.items() if array.ndim >= 3 and not LABELS.search(key.lower())}
    if not pictures:
        there = ", ".join(f"{key} {shape_of(array)}" for key, array in arrays.items()) or "nothing"
        raise DataError(f"{path}: holds no array of pictures, but {there}. Pictures are (number, height, width).")
    for key, array in pictures.items():
        of_scale = [other for other in pictures.values() if other.dtype.kind == array.dtype.kind]
        for number, pixels in enumerate(picture_array(array, f"{path}: {key}", brightest(of_scale))):
            yield f"{path}: {key}[{number}]", pixels


def _loaded(path: Path) -> dict[str, np.ndarray]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return {key: saved[key] for key in saved.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read as a .npz file: {reason}. Save it again with numpy.savez.") from None


def holds_arrays(path: Path) -> bool:
    """Whether a file has arrays, be it some without labels: nothing else is read of such files."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return bool(saved.files)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return False
