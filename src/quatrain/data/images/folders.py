"""Pictures in files, a folder for each class or a table that names it; decoded once, and kept on the disk."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.data.classes.shelves import Shelf, Shelves, shelve
from quatrain.data.config import ImagesConfig
from quatrain.data.faults import Fault, OnFault, ignore_skip
from quatrain.data.files import FoundFile, Place, find_files
from quatrain.data.images.decoding import decode, has_colour, need_pillow, open_picture, upright_size
from quatrain.data.images.listing import Listing, read_listing
from quatrain.data.images.naming import is_picture
from quatrain.data.images.pixels import fitted
from quatrain.data.images.read import LabelledPictures, ReadPictures
from quatrain.data.store import default_cache_dir, new_folder
from quatrain.errors import DataError

__all__ = ["holds_pictures", "lack_classes", "read_folders"]

LARGEST = 64
"""Side of the squares that larger pictures are scaled to, where nothing else is asked for."""
PARTS = ("train", "val", "test")
VERSION = 4
"""Of what is kept on the disk."""
SHOWN = 5
LEAST_LONE = 5
"""Pictures without a folder or table of classes that are taken for data all the same, at least."""


def holds_pictures(names: list[str]) -> bool:
    """Whether most files are pictures, in folders."""
    pictures = [*filter(is_picture, names)]
    shelves = shelve(pictures)
    return 2 * len(pictures if shelves.problem else shelves.found) > len(names)


def lack_classes(names: list[str]) -> bool:
    """Whether most files are pictures, and several, in no folder: pictures whose classes are still to be written."""
    n = sum(map(is_picture, names))
    return 2 * n > len(names) and n >= LEAST_LONE and not shelve(filter(is_picture, names)).found


def read_folders(config: ImagesConfig, place: Place, on_fault: OnFault) -> ReadPictures:
    """Every picture, of the class that its folder or a table beside them names.

    A picture that cannot be read is left out, named and counted. Pixels are decoded once into the cache folder
    (`$XDG_CACHE_HOME/quatrain/pictures`) and memory-mapped, so there may be more of them than memory.

    Raises:
        DataError: there is no picture in a folder; and whatever `on_fault` makes of a damaged archive.
        MissingExtra: pillow is not installed.
    """
    need_pillow()
    folder = default_cache_dir() / "pictures" / _key(config, place)
    if not _is_whole(folder):
        with new_folder(folder) as filling:
            _fill(filling, config, place, on_fault)
    return _opened(folder, place.name)


def _is_whole(folder: Path) -> bool:
    """Whether everything was decoded before, and no archive was damaged."""
    index = folder / "index.json"
    return index.exists() and bool(json.loads(index.read_text(encoding="utf-8"))["is_whole"])


def _fill(folder: Path, config: ImagesConfig, place: Place, tell: OnFault) -> None:
    is_whole = True

    def on_fault(fault: Fault) -> None:
        nonlocal is_whole
        is_whole = False
        tell(fault)

    listing = read_listing(config, place, on_fault)
    names = [file.spelled for file in find_files(place, on_fault, ignore_skip)]
    standing = Shelves(listing.shelves) if listing.shelves else shelve(filter(is_picture, names))
    if standing.problem:
        raise DataError(" ".join((f"{place.root}: {standing.problem}", *listing.unused.values())))
    shelves = standing.found
    n_channels, image_size = _shape(config, place, shelves)
    found: list[tuple[str, Shelf, str]] = []
    unreadable, n_scaled, n_other = [], 0, 0
    with (folder / "pixels").open("wb") as pixels:
        for file in find_files(place, on_fault, ignore_skip):
            if file.spelled not in shelves or not is_picture(file.spelled):
                is_told = file.source in {*listing.tables, *listing.unused} or file.spelled in standing.outside
                n_other += not is_told
                continue
            try:
                picture = decode(open_picture(file.stream, file.source), file.source)
            except DataError as error:
                unreadable.append(str(error))
                continue
            n_scaled += picture.shape[1:] != image_size
            pixels.write(fitted(picture[None], n_channels, image_size).tobytes())
            found.append((file.spelled, shelves[file.spelled], file.source))
    if not found:
        why = f" {len(unreadable):,} could not be read: {unreadable[0]}" if unreadable else ""
        why += "".join(f" {sentence}" for sentence in listing.unused.values())
        raise DataError(
            f"{place.root}: holds no picture in the folder of a class.{why} Put a folder for each class there, such as "
            "cats and dogs, with pictures in it, or write labels.csv beside them, a table with columns filename,label."
        )
    order = sorted(range(len(found)), key=lambda row: found[row])  # of names, however an archive holds them
    index = {
        "is_whole": is_whole,
        "shape": [len(found), n_channels, *image_size],
        "rows": order,
        "parts": [found[row][1].part for row in order],
        "labels": [found[row][1].label for row in order],
        "places": [found[row][2] for row in order],
        "notes": [*standing.notes, *_notes(listing, unreadable, n_scaled, n_other, len(found), image_size)],
        "unreadable": unreadable,
        "unused": [*listing.unused.values()],
    }
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def _shape(config: ImagesConfig, place: Place, shelves: Mapping[str, Shelf]) -> tuple[int, tuple[int, int]]:
    """The channels and the size asked for, or those that fit what is there."""
    if config.n_channels is not None and config.image_size is not None:
        return config.n_channels, config.image_size
    n_channels, image_size = _survey(place, shelves)
    return config.n_channels or n_channels, config.image_size or image_size


def _survey(place: Place, shelves: Mapping[str, Shelf]) -> tuple[int, tuple[int, int]]:
    """The channels and the size of pictures, from what their files say of themselves."""
    sizes: Counter[tuple[int, int]] = Counter()
    is_coloured = False
    for file in _pictures(place, shelves):
        try:
            picture = open_picture(file.stream, file.source)
        except DataError:
            continue
        sizes[upright_size(picture)] += 1
        is_coloured |= has_colour(picture)
    return 3 if is_coloured else 1, _usual_size(sizes)


def _usual_size(sizes: Counter[tuple[int, int]]) -> tuple[int, int]:
    """The size of most pictures, where it is no larger than `LARGEST`; else a square."""
    for size, n in sizes.most_common(1):
        if 2 * n > sizes.total() and max(size) <= LARGEST:
            return size
    shorter = sorted(min(size) for size in sizes.elements()) or [LARGEST]
    side = min(shorter[len(shorter) // 2], LARGEST)
    return side, side


def _pictures(place: Place, shelves: Mapping[str, Shelf]) -> Iterator[FoundFile]:
    for file in find_files(place, lambda _: None, ignore_skip):
        if file.spelled in shelves and is_picture(file.spelled):
            yield file


def _notes(
    listing: Listing, unreadable: list[str], n_scaled: int, n_other: int, n: int, image_size: tuple[int, int]
) -> Iterator[str]:
    yield from listing.notes
    if unreadable:
        more = f" (and {len(unreadable) - SHOWN:,} more)" if len(unreadable) > SHOWN else ""
        n_all = n + len(unreadable)
        why = " ".join(unreadable[:SHOWN])
        yield f"Left out, since unreadable: {len(unreadable):,} of {n_all:,} pictures. {why}{more}"
    if n_scaled:
        size = "x".join(map(str, image_size))
        yield f"Scaled to {size}, what juts out cut off: {n_scaled:,} of {n:,} pictures, which have another size."
    if n_other:
        where = "named by no table" if listing.shelves else "in no folder of a class"
        yield f"Left out, since no pictures or {where}: {n_other:,} files."


def _opened(folder: Path, name: str) -> ReadPictures:
    index: dict[str, Any] = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    pixels = np.memmap(folder / "pixels", np.uint8, "r", shape=tuple(index["shape"]))
    every = LabelledPictures(name, pixels, np.array(index["rows"]), index["labels"], index["places"])
    part_of_each = np.array(index["parts"])
    parts = {part: every.keep(part_of_each == part, part) for part in PARTS if part in index["parts"]}
    return ReadPictures(name, parts, tuple(index["notes"]), tuple(index["unreadable"]), tuple(index["unused"]))


def _key(config: ImagesConfig, place: Place) -> str:
    """Of everything the result depends on: where the files lie and what the system says of each, and the settings.

    A file that is moved, renamed or written anew has another path, another node or another time of change, be its size
    and its time of writing the same.
    """
    from PIL import __version__ as decoder

    asked = (config.image_size, config.n_channels, config.file_column, config.label_column)
    total = hashlib.sha256(repr((VERSION, decoder, *asked, str(place.root), str(place.root.resolve()))).encode())
    for path in place.paths:
        about = path.stat()
        known = about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino
        total.update(repr((str(path), *known)).encode())
    return total.hexdigest()[:32]
