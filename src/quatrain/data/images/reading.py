"""From what a person typed to labelled pictures: folders, a table of files, idx, .npz, or the embedded digits."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from quatrain.data.config import ImagesConfig
from quatrain.data.faults import OnFault, ignore_skip, refuse
from quatrain.data.files import Place, find_files, locate
from quatrain.data.images.arrays import brightest, labelled
from quatrain.data.images.digits import read_digits
from quatrain.data.images.folders import holds_pictures, lack_classes, read_folders
from quatrain.data.images.idx import is_idx, partner, read_idx
from quatrain.data.images.listing import holds_listing, lists_lost, with_listed
from quatrain.data.images.npz import holds_arrays, read_npz
from quatrain.data.images.read import LabelledPictures, ReadPictures
from quatrain.data.part_names import part_of
from quatrain.errors import DataError, QuatrainError

__all__ = ["looks_like_pictures", "read_pictures"]

DIGITS = "digits"
"""The name of the embedded pictures."""


def read_pictures(config: ImagesConfig, on_fault: OnFault = refuse) -> ReadPictures:
    """Everything there is.

    Raises:
        DataError: the path is missing, or holds no pictures with labels; and whatever `on_fault` makes of a fault.
        MissingExtra: pillow or scikit-learn is needed and not installed.
    """
    if config.path == DIGITS and not Path(DIGITS).exists():
        return read_digits()
    place = locate(config.path, (DIGITS,))
    if place.root.suffix.lower() == ".npz":
        return read_npz(place.root, place.name)
    names = _names(_with_labels(place))
    if any(map(is_idx, names)):
        return ReadPictures(place.name, _read_idx(_with_labels(place), names, on_fault))
    return read_folders(config, with_listed(place), on_fault)


def looks_like_pictures(path: str) -> bool:
    """Whether this holds pictures beyond doubt, be their classes still to be named, or names some that are to be found.

    What cannot be read does not look like anything.
    """
    try:
        if path == DIGITS and not Path(DIGITS).exists():
            return True
        place = locate(path)
        if place.root.suffix.lower() == ".npz":
            return holds_arrays(place.root)
        names = _names(place)
        has_idx = any("images" in name and is_idx(name) for name in names)
        is_held = has_idx or holds_pictures(names) or lack_classes(names)
        return is_held or holds_listing(with_listed(place)) or lists_lost(place)
    except QuatrainError:
        return False


def _read_idx(place: Place, names: list[str], on_fault: OnFault) -> dict[str, LabelledPictures]:
    """The parts: each a file of images and one of labels."""
    wanted = {name: partner(name, names) for name in names if is_idx(name) and "images" in PurePosixPath(name).name}
    arrays, sources = {}, {}
    for file in find_files(place, on_fault, ignore_skip):
        if is_idx(file.name):
            array = read_idx(file, on_fault)
            if array is not None:
                arrays[file.name], sources[file.name] = array, file.source
    of_scale = [arrays[images] for images in wanted if images in arrays]
    parts: dict[str, LabelledPictures] = {}
    for images, labels in wanted.items():
        if labels is None:
            raise DataError(
                f"{place.root}: {images} has no labels beside it. Put its labels there, called "
                f"{images.replace('images', 'labels').replace('idx3', 'idx1')}."
            )
        if images in arrays and labels in arrays:
            part = part_of(images) or "train"
            both = sources[images], sources[labels]
            parts[part] = labelled(part, arrays[images], arrays[labels], *both, brightest(of_scale))
    if not wanted:
        raise DataError(
            f"{place.root}: holds idx files, but none with images in its name. Name it train-images-idx3-ubyte."
        )
    return parts


def _with_labels(place: Place) -> Place:
    """A single idx file of images with its labels beside it; anything else as it is."""
    if place.paths != (place.root,) or not is_idx(place.root.name):
        return place
    folder = place.root.parent
    beside = partner(place.root.name, [path.name for path in folder.iterdir()])
    if beside is None:
        return place
    return Place(place.name, folder, (place.root, folder / beside))


def _names(place: Place) -> list[str]:
    return [file.name for file in find_files(place, refuse, ignore_skip)]
