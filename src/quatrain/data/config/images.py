"""Which pictures, how they are read, and how they are changed at random."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, field_validator

from quatrain.config import Config
from quatrain.data.config.columns import Column
from quatrain.models.backbones.images import HeightWidth

LARGEST = 4096
"""Pixels of a side, at most."""


class AugmentConfig(Config):
    """How training pictures are changed at random, anew every time they are read."""

    shift: float = Field(default=0.075, ge=0, lt=1)
    """Share of the height and of the width by which a picture is moved at most, in whole pixels; black comes in. The
    default moves pictures of 28x28 by two pixels at most, those of 8x8 by one."""
    flip: bool = False
    """Mirror every second picture, left to right: for things that have no side, never for letters and digits."""
    erase: float = Field(default=0.0, ge=0, lt=1)
    """Side, as a share of the picture's, of a square that is painted over at a random place (Cutout: DeVries and Taylor
    2017, https://arxiv.org/abs/1708.04552); 0: none."""


class ImagesConfig(Config):
    """Which pictures, how they are read, and how they are changed at random in training.

    - A folder or archive with a folder for each class, perhaps inside folders train, val and test.
    - Pictures and a table beside them (.csv, .tsv, .jsonl, .parquet) with a column of file names and one of labels.
    - idx files as those of MNIST: images and labels, `train-images-idx3-ubyte.gz` and so on; or one file of images.
    - A .npz file with images and labels (x_train and y_train, images and labels, ...).
    - `digits`: 1,797 real handwritten digits of 8x8 pixels.

    Parts called train, val (valid, validation, dev) or test (t10k) are these parts.
    """

    kind: ClassVar[str] = "images"

    path: str
    """A folder, an archive, a file, or `digits`."""
    file_column: Column | None = None
    """Of a table beside the pictures: column of their file names, as seen from the table; null: the one whose values
    are there."""
    label_column: Column | None = None
    """Of such a table: column of the labels; null: one with a usual name, or the only other one."""
    image_size: HeightWidth | None = None
    """Height and width that pictures are scaled to, one number where they are equal, from 1 to 4,096; null: the size of
    all of them, or a square where they differ."""
    n_channels: Literal[1, 3] | None = None
    """1 reads grey, 3 colour; null: colour where a picture has some."""
    val_fraction: float = Field(default=0.1, gt=0, lt=1)
    """Share of the training part kept for validation where the data brings no such part; at most 5,000 pictures."""
    n_labels: int | None = Field(default=None, ge=2)
    """Training pictures that are learned from, of each class its share; null: all there are."""
    label_seed: int = 0
    """Which ones, where they are not all."""
    augment: AugmentConfig = AugmentConfig()
    """How training pictures are changed at random."""

    @field_validator("image_size")
    @classmethod
    def _can_be_held(cls, image_size: tuple[int, int] | None) -> tuple[int, int] | None:
        if image_size is not None and not all(1 <= side <= LARGEST for side in image_size):
            raise ValueError(
                f"{image_size[0]}x{image_size[1]} is no size of a picture: sides are 1 to {LARGEST} pixels."
            )
        return image_size
