"""What is in some labelled pictures, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool

from quatrain.data.classes import ComparedReport, alike, in_common
from quatrain.data.config import ImagesConfig
from quatrain.data.findings import Finding, Heard, together
from quatrain.data.images.opening import open_read
from quatrain.data.images.part import ImageExamples
from quatrain.data.images.pixels import pixel_hashes
from quatrain.data.images.read import ReadPictures
from quatrain.data.images.reading import read_pictures

__all__ = ["ImageReport", "check_images"]


@dataclass(frozen=True, kw_only=True)
class ImageReport(ComparedReport):
    """What a check found. Counts are over all parts; places are files, or numbers in an array."""

    examples: ClassVar[str] = "pictures"

    n_pictures: int
    """Pictures that could be read."""
    pictures: dict[str, int]
    """Of each part."""
    image_size: tuple[int, int] | None
    """Height and width that models read."""
    n_channels: int | None
    """1: grey, 3: colour."""
    unreadable: tuple[str, ...]
    """Each picture that cannot be read, and why; left out."""
    blank: Finding
    """Pictures of a single colour."""

    def contents(self) -> Iterator[str]:
        """How many pictures there are, how they are read, and their classes."""
        yield f"{self.path}: {self.n_pictures:,} pictures of {len(self.classes)} classes"
        if self.image_size:
            yield f"read as {'x'.join(map(str, self.image_size))}, {'colour' if self.n_channels == 3 else 'grey'}"
        yield from self.shares()

    def findings(self) -> dict[str, Finding]:
        """Pictures that show nothing."""
        return {"pictures of a single colour": self.blank}


def check_images(config: ImagesConfig) -> ImageReport:
    """Read everything there is, and tell what is found."""
    heard = Heard(config.path)
    read = heard.guard(lambda: read_pictures(config, heard.fault)) or ReadPictures(config.path, {})
    data = heard.guard(lambda: open_read(config, read)) if not heard.n_faults else None
    parts = data.parts if data else {}
    return ImageReport(
        **in_common(heard, {name: part.labels for name, part in read.parts.items()}, data),
        **alike(parts, lambda part: pixel_hashes(part.pixels, part.rows)),
        n_pictures=sum(map(len, read.parts.values())),
        pictures={name: len(part) for name, part in (parts or read.parts).items()},
        image_size=data.train.image_size if data else None,
        n_channels=data.train.n_channels if data else None,
        unreadable=read.unreadable,
        notes=data.notes if data else read.notes,
        blank=together((part.places, _is_blank(part)) for part in parts.values()),
    )


def _is_blank(part: ImageExamples) -> Bool[np.ndarray, " n"]:
    return np.array([bool((part.pixels[row] == part.pixels[row][:, :1, :1]).all()) for row in part.rows], bool)
