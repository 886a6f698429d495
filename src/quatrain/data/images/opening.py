"""From a path to labelled pictures in parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt64

from quatrain.data.classes import IN_FOLDERS, ClassedData, classes_of, keep_labels, numbered, split_parts
from quatrain.data.config import AugmentConfig, ImagesConfig
from quatrain.data.images.part import UNCHANGED, ImageExamples
from quatrain.data.images.pixels import fitted, pixel_hashes
from quatrain.data.images.read import LabelledPictures, ReadPictures
from quatrain.data.images.reading import read_pictures
from quatrain.errors import DataError

__all__ = ["ImageData", "encode_images", "open_images", "open_read"]

AT_ONCE = 1024
"""Pictures whose pixels are hashed at once."""
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class ImageData(ClassedData[ImageExamples]):
    """Labelled pictures, split."""

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        return super().about() | {
            "image_size": list(self.train.image_size),
            "n_channels": self.train.n_channels,
            "fingerprint": self.fingerprint,
        }


def open_images(config: ImagesConfig, *, say: Say = lambda _: None) -> ImageData:
    """Read and split labelled pictures.

    Args:
        say: told, in sentences, what is going on.
    Raises:
        DataError: the data cannot be read (missing, empty, damaged, without labels), there is too little of it or only
            one class, or a part has a class that training lacks.
        MissingExtra: pillow or scikit-learn is needed and not installed.
    """
    return open_read(config, read_pictures(config), say=say)


def open_read(config: ImagesConfig, read: ReadPictures, *, say: Say = lambda _: None) -> ImageData:
    """`open_images`, from what was read already."""
    try:
        parts, notes = _of_one_size(config, read)
        parts, split = split_parts(parts, config.val_fraction, _hashes, example="picture", content="pixels")
        parts["train"] = keep_labels(parts["train"], config.n_labels, config.label_seed)
        classes = classes_of(parts, IN_FOLDERS)
    except DataError as error:
        told = str(error) if str(error).startswith(config.path) else f"{config.path}: {error}"
        raise DataError(" ".join((told, *read.unused))) from None
    for note in notes:
        say(note)
    examples = {name: _examples(part, classes, config.augment) for name, part in parts.items()}
    return ImageData(
        train=examples.pop("train"),
        val=examples.pop("val"),
        tests=examples,
        name=read.name,
        fingerprint=_fingerprint(parts),
        split=split,
        notes=notes,
    )


def encode_images(
    config: ImagesConfig, classes: tuple[str, ...], say: Say = lambda _: None
) -> dict[str, ImageExamples]:
    """All of some labelled pictures, by part, for a model that is trained already.

    Args:
        config: with the size and the channels that the model reads.
    Raises:
        DataError: the data cannot be read, or has a class that the model does not know.
    """
    parts, notes = _of_one_size(config, read_pictures(config))
    for note in notes:
        say(note)
    return {name: _examples(part, classes) for name, part in parts.items() if len(part)}


def _examples(part: LabelledPictures, classes: tuple[str, ...], augment: AugmentConfig = UNCHANGED) -> ImageExamples:
    labels = numbered(part, classes, IN_FOLDERS)
    return ImageExamples(part.pixels, part.rows, labels, classes, part.places, augment)


def _of_one_size(config: ImagesConfig, read: ReadPictures) -> tuple[dict[str, LabelledPictures], tuple[str, ...]]:
    """Parts with the channels and the size asked for, or else those of the first part; and what was scaled."""
    first = next(iter(read.parts.values())).pixels.shape
    n_channels, image_size = config.n_channels or first[1], config.image_size or first[2:]
    parts, notes = {}, [*read.notes, *read.unused]
    for name, part in read.parts.items():
        if part.pixels.shape[1:] == (n_channels, *image_size):
            parts[name] = part
            continue
        before, after = ("x".join(map(str, shape)) for shape in (part.pixels.shape[1:], (n_channels, *image_size)))
        notes.append(f"{name}: {len(part):,} pictures of {before} (channels, height, width) are made {after}.")
        blocks = np.array_split(part.rows, max(len(part) // AT_ONCE, 1))
        pixels = np.concatenate([fitted(part.pixels[block], n_channels, image_size) for block in blocks])
        parts[name] = LabelledPictures(name, pixels, np.arange(len(part)), part.labels, part.places)
    return parts, tuple(notes)


def _hashes(part: LabelledPictures) -> UInt64[np.ndarray, " n"]:
    return pixel_hashes(part.pixels, part.rows)


def _fingerprint(parts: dict[str, LabelledPictures]) -> str:
    """Of pixels and labels in their parts; not of where and how they lie on the disk."""
    total = hashlib.sha256()
    for name, part in parts.items():
        total.update(json.dumps([name, len(part), part.pixels.shape[1:]]).encode())
        total.update("\n".join(part.labels).encode())
        for start in range(0, len(part), AT_ONCE):
            total.update(part.pixels[part.rows[start : start + AT_ONCE]].tobytes())
    return total.hexdigest()
