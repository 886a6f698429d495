"""What is in some labelled pictures, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from quatrain.data.config import ImagesConfig
from quatrain.data.faults import Fault
from quatrain.data.findings import (
    Finding,
    Heard,
    Report,
    class_shares,
    class_warnings,
    is_contradictory,
    is_repeated,
    together,
)
from quatrain.data.images.opening import open_read
from quatrain.data.images.part import ImageExamples
from quatrain.data.images.read import ReadPictures
from quatrain.data.images.reading import read_pictures
from quatrain.data.labelled.classes import class_counts, in_order
from quatrain.data.stratified import content_hashes

__all__ = ["ImageReport", "check_images"]


@dataclass(frozen=True)
class ImageReport(Report):
    """What a check found. Counts are over all parts; places are files, or numbers in an array."""

    path: str
    n_pictures: int
    """Pictures that could be read."""
    pictures: dict[str, int]
    """Of each part."""
    classes: tuple[str, ...]
    class_counts: dict[str, dict[str, int]]
    """By part and class."""
    imbalance: float | None
    """How many times more frequent the largest class of the training part is than the smallest."""
    image_size: tuple[int, int] | None
    """Height and width that models read."""
    n_channels: int | None
    """1: grey, 3: colour."""
    split: str | None
    """How the pictures are split, in a sentence."""
    faults: tuple[Fault, ...]
    """What keeps the data from being used; the first hundred."""
    n_faults: int
    unreadable: tuple[str, ...]
    """Each picture that cannot be read, and why; left out."""
    notes: tuple[str, ...]
    """What was scaled or left out, in sentences."""
    blank: Finding
    """Pictures of a single colour."""
    duplicates: Finding
    """Pictures equal to an earlier one of the same part and class."""
    contradictory: Finding
    """Training pictures that stand there in another class, too: one of them is wrong."""
    leaks: dict[str, Finding]
    """Pictures of every other part that stand in training."""
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None
    """As `ImageData.fingerprint`."""

    def lines(self) -> list[str]:
        """The report for a person: what there is, then what is wrong (ERROR) and what looks odd (note)."""
        size = "x".join(map(str, self.image_size)) if self.image_size else ""
        found = {
            "pictures of a single colour": self.blank,
            "pictures equal to an earlier one": self.duplicates,
            "training pictures that stand in another class, too": self.contradictory,
            **{f"pictures of {part} that stand in training, too": leak for part, leak in self.leaks.items()},
        }
        lines = [
            f"{self.path}: {self.n_pictures:,} pictures of {len(self.classes)} classes",
            f"read as {size}, {'colour' if self.n_channels == 3 else 'grey'}" if size else "",
            self.split or "",
            *(f"{part}: {class_shares(counts)}" for part, counts in self.class_counts.items()),
            *self.error_lines(),
            *(f"note: {note}" for note in self.notes),
            *(f"note: {what}: {finding}" for what, finding in found.items() if finding.count),
            *(f"note: {warning}" for warning in self.warnings),
        ]
        return [line for line in lines if line]


def check_images(config: ImagesConfig) -> ImageReport:
    """Read everything there is, and tell what is found."""
    heard = Heard(config.path)
    read = heard.guard(lambda: read_pictures(config, heard.fault)) or ReadPictures(config.path, {})
    data = heard.guard(lambda: open_read(config, read)) if not heard.n_faults else None
    counts = class_counts(data, {name: part.labels for name, part in read.parts.items()})
    n_train = counts.get("train", {})
    parts = data.parts if data else {}
    hashes = {name: _hashes(part) for name, part in parts.items()}
    return ImageReport(
        path=config.path,
        n_pictures=sum(map(len, read.parts.values())),
        pictures={name: len(part) for name, part in (parts or read.parts).items()},
        classes=in_order(label for part in read.parts.values() for label in part.labels),
        class_counts=counts,
        imbalance=max(n_train.values()) / max(min(n_train.values()), 1) if n_train else None,
        image_size=data.train.image_size if data else None,
        n_channels=data.train.n_channels if data else None,
        split=data.split if data else None,
        faults=tuple(heard.faults),
        n_faults=heard.n_faults,
        unreadable=read.unreadable,
        notes=data.notes if data else read.notes,
        blank=together((part.places, _is_blank(part)) for part in parts.values()),
        duplicates=together((part.places, is_repeated(hashes[name], part.labels)) for name, part in parts.items()),
        contradictory=together(
            [(data.train.places, is_contradictory(hashes["train"], data.train.labels))] if data else []
        ),
        leaks={
            name: together([(part.places, np.isin(hashes[name], hashes["train"]))])
            for name, part in parts.items()
            if name != "train"
        },
        warnings=tuple(class_warnings(counts)),
        fingerprint=data.fingerprint if data else None,
    )


def _hashes(part: ImageExamples) -> np.ndarray:
    return content_hashes(part.pixels[row].tobytes() for row in part.rows)


def _is_blank(part: ImageExamples) -> Bool[np.ndarray, " n"]:
    return np.array([bool((part.pixels[row] == part.pixels[row][:, :1, :1]).all()) for row in part.rows], bool)
