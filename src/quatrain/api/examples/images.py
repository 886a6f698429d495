"""Pictures for a classifier."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.api.examples._base import ExampleReader, Unreadable, asked
from quatrain.api.given import example_lists
from quatrain.data import ImageData, ImageExamples, ImagesConfig, encode_images, open_images
from quatrain.data.examples import ExamplePart
from quatrain.data.images import decode, fitted, need_pillow, open_picture, picture_array
from quatrain.data.images.decoding import ENDINGS
from quatrain.data.images.npz import unlabelled_arrays
from quatrain.errors import DataError
from quatrain.models.backbones import ImageBackboneConfig

__all__ = ["ImageReader"]


@dataclass(frozen=True, eq=False)
class _Picture:
    """A picture of a file."""

    pixels: np.ndarray
    """(C, height, width)."""
    path: str
    """Empty: it stands in none."""


class ImageReader(ExampleReader):
    """A picture is the path of a file, its bytes, a picture of pillow, or an array of pixels."""

    @cached_property
    def backbone(self) -> ImageBackboneConfig:
        """What reads them, and in which size."""
        return self._backbone(ImageBackboneConfig)

    def given(self, arguments: Sequence[Any]) -> list[Any]:
        """A list or a column holds several pictures, and so does an array (n, height, width, C) or (n, C, height,
        width)."""
        return example_lists(arguments, _is_picture)

    def part(self, examples: Sequence[Any]) -> ImageExamples:
        """Pictures of any size, brought to the one that the model reads.

        Raises:
            DataError: a file is missing or no picture, or an array is none of pixels.
            MissingExtra: pillow is needed and not installed.
        """
        shape = (self.backbone.n_channels, self.backbone.image_size)
        found = [fitted(_picture(example).pixels[None], *shape) for example in examples]
        return ImageExamples.unlabelled(np.concatenate(found), self.classes)

    def examples(self, files: Sequence[str]) -> Iterator[Any]:
        """A picture a file; of a folder every one in it, in the order of their names. `-` is one picture on stdin;
        of a .npz every one in its arrays."""
        for file in files:
            if Path(file).suffix.lower() == ".npz" and Path(file).is_file():
                yield from (_Picture(pixels, place) for place, pixels in unlabelled_arrays(Path(file)))
                continue
            for path in _listed(file):
                try:
                    yield _Picture(_pixels(sys.stdin.buffer.read() if path == "-" else path), path)
                except DataError as error:
                    yield Unreadable(str(error), {"path": path})

    def about(self, example: Any) -> dict[str, str]:
        """The path of a picture, if it has one."""
        path = _picture(example).path
        return {"path": path} if path else {}

    def own(self) -> ImageData:
        """The data of the recipe."""
        return open_images(self._config_of(ImagesConfig))

    def other(self, data: str, settings: Sequence[str]) -> dict[str, ExamplePart]:
        """Labelled pictures, brought to the size that the model reads."""
        config = asked(self._config_of(ImagesConfig, path=data), settings)
        sized = config.replace(image_size=self.backbone.image_size, n_channels=self.backbone.n_channels)
        return dict(encode_images(sized, self.classes))

    def hint(self) -> str:
        """A file."""
        return "PICTURE.png"

    def _unlabelled(self, path: str) -> ImagesConfig:
        return self._config_of(ImagesConfig, path=path)


def _is_picture(value: Any) -> bool:
    """Whether an array is one picture; a list is none."""
    return isinstance(value, np.ndarray) and value.dtype != object and value.ndim < 4


def _listed(file: str) -> list[str]:
    if file == "-" or not Path(file).is_dir():
        return [file]
    return [str(path) for path in sorted(Path(file).rglob("*")) if path.suffix.lower() in ENDINGS]


def _picture(example: Any) -> _Picture:
    """A picture with its path, whatever it is given as."""
    if isinstance(example, _Picture):
        return example
    return _Picture(_pixels(example), str(example) if isinstance(example, str | PathLike) else "")


def _pixels(example: Any) -> np.ndarray:
    """A picture (C, height, width), whatever it is given as."""
    if isinstance(example, np.ndarray):
        return _of_array(example)
    need_pillow()
    if isinstance(example, bytes):
        return decode(open_picture(io.BytesIO(example), "the picture"), "the picture")
    if isinstance(example, str | PathLike):
        try:
            with open(example, "rb") as stream:
                return decode(open_picture(stream, str(example)), str(example))
        except OSError as error:
            raise DataError(f"{example}: cannot be read: {error.strerror or error}.") from None
    if hasattr(example, "convert"):  # a picture of pillow
        return decode(example, "the picture")
    raise DataError(
        f"{type(example).__name__}: no picture. Give the path of a file, its bytes, a picture of pillow, or an array."
    )


def _of_array(pixels: np.ndarray) -> np.ndarray:
    """An array (height, width), (height, width, C) or (C, height, width).

    Raises:
        DataError: it holds nothing, or no pixels.
    """
    if not pixels.size:
        shape = "x".join(map(str, pixels.shape))
        raise DataError(f"the array: {shape} pixels are no picture. Give at least one.")
    return picture_array(pixels[None], "the array")[0]
