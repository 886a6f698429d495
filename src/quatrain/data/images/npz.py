"""Arrays saved by numpy: a .npz with pictures and labels."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np

from quatrain.data.images.arrays import labelled
from quatrain.data.images.read import LabelledPictures
from quatrain.data.part_names import part_of
from quatrain.errors import DataError

__all__ = ["holds_arrays", "read_npz"]

LABELS = re.compile(r"(^|_)(y|labels?|targets?|classes|arr_1)(_|$)")
"""In names of arrays of labels: y_train, test_labels, labels, arr_1."""


def read_npz(path: Path) -> dict[str, LabelledPictures]:
    """The parts in a file: x_train and y_train, train_images and train_labels, images and labels, arr_0 and arr_1.

    Raises:
        DataError: damaged, without pictures, with pictures whose labels are not there, or they do not belong together.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            arrays = {name: saved[name] for name in saved.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise DataError(f"{path}: cannot be read as a .npz file: {reason}. Save it again with numpy.savez.") from None
    is_label = {name: bool(LABELS.search(name.lower())) for name in arrays}
    pictures = {name: array for name, array in arrays.items() if array.ndim >= 3 and not is_label[name]}
    labels = {part_of(name): name for name in arrays if is_label[name]}
    parts: dict[str, LabelledPictures] = {}
    for name, array in pictures.items():
        part, found = part_of(name) or "train", labels.get(part_of(name))
        if found is None or part in parts:
            there = ", ".join(f"{key} {'x'.join(map(str, value.shape))}" for key, value in arrays.items())
            raise DataError(
                f"{path}: the labels of {name} are not there, or it is not the only one. It holds {there}. Name arrays "
                "x_train and y_train, x_test and y_test, or images and labels."
            )
        parts[part] = labelled(part, array, arrays[found], f"{path}: {name}", f"{path}: {found}")
    if not parts:
        there = ", ".join(arrays) or "nothing"
        raise DataError(f"{path}: holds no array of pictures, but {there}. Save them as images and labels.")
    return parts


def holds_arrays(path: Path) -> bool:
    """Whether a file has an array of labels beside others, by their names."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as saved:
            return any(LABELS.search(name.lower()) for name in saved.files) and len(saved.files) > 1
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return False
