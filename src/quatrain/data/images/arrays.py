"""Arrays of pictures and of labels: what forms they come in, and whether they belong together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from quatrain.data.images.read import LabelledPictures
from quatrain.errors import DataError

__all__ = ["about_scale", "brightest", "labelled", "picture_array", "shape_of"]


BYTE, TWO_BYTES = 255, 65535
"""What is white in arrays of bytes, and in those of 16 bits."""


def picture_array(
    values: np.ndarray, source: str, brightest: float | None = None
) -> UInt8[np.ndarray, "n channels height width"]:
    """Pictures (N, H, W), (N, H, W, C) or (N, C, H, W) of bytes, of 16 bits, of numbers from 0 to 1, or of truths.

    Whole numbers are bytes where none is above 255, whatever their type, else of 16 bits, of which the upper 8 stay.

    Args:
        brightest: the largest number in all pictures that are of the same scale as these; None: in these.
    Raises:
        DataError: the shape or the numbers are no pictures.
    """
    if values.ndim == 3:
        values = values[:, None]
    elif values.ndim == 4 and values.shape[3] in (1, 3) and values.shape[1] not in (1, 3):
        values = values.transpose(0, 3, 1, 2)
    if values.ndim != 4 or values.shape[1] not in (1, 3):
        raise DataError(
            f"{source}: an array of {shape_of(values)} numbers. Pictures are (number, height, width), or with 1 or 3 "
            "channels behind or before height and width."
        )
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * BYTE
    low, high = _range(values, source)
    most = high if brightest is None else brightest
    is_share = values.dtype.kind == "f"
    if low >= 0 and most <= 1 and is_share:
        return (values * BYTE).round().astype(np.uint8)
    if low >= 0 and most <= BYTE:
        return values.round().astype(np.uint8)
    if low >= 0 and most <= TWO_BYTES and not is_share:
        return (values.astype(np.uint16) >> 8).astype(np.uint8)
    scaled = "(x + 1) / 2" if low >= -1 and most <= 1 else "(x - x.min()) / (x.max() - x.min())"
    raise DataError(
        f"{source}: pixels from {low:g} to {high:g}. Give bytes from 0 to 255, or numbers from 0 to 1: {scaled} makes "
        "them of an array x."
    )


def about_scale(arrays: Sequence[np.ndarray]) -> str:
    """How numbers are read as brightness where their type does not say it, in a sentence; else empty."""
    kinds = {str(array.dtype) for array in arrays}
    most = brightest(arrays)
    if most is None or most > TWO_BYTES or kinds <= {"uint8", "bool"}:
        return ""
    if all(array.dtype.kind == "f" for array in arrays):
        return "" if most <= 1 else f"Numbers up to {most:g} are read as bytes, of which 255 is white."
    called = ", ".join(sorted(kinds))
    if most <= BYTE:
        return f"Whole numbers up to {most:g} ({called}) are read as bytes, of which 255 is white."
    return f"Whole numbers up to {most:g} ({called}) are read as 16 bits, of which the upper 8 stay and 65535 is white."


def brightest(arrays: Sequence[np.ndarray]) -> float | None:
    """The largest number; None where there is none."""
    numbers = [array for array in arrays if array.size and array.dtype.kind in "biuf"]
    return max((float(array.max(where=np.isfinite(array), initial=0)) for array in numbers), default=None)


def shape_of(array: np.ndarray) -> str:
    """As people write it, such as 60000x28x28."""
    return "x".join(map(str, array.shape))


def _range(values: np.ndarray, source: str) -> tuple[float, float]:
    """The smallest and the largest number.

    Raises:
        DataError: these are no numbers, or some are missing.
    """
    if values.dtype.kind not in "iuf":
        raise DataError(f"{source}: an array of the type {values.dtype}. Pictures are arrays of numbers.")
    if not values.size:
        return 0.0, 0.0
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        is_bad = ~np.isfinite(values)
        first = int(np.argwhere(is_bad)[0][0])
        raise DataError(
            f"{source}: {int(is_bad.sum()):,} pixels are no numbers (nan or infinite), the first in picture {first}, "
            "counted from 0. Fill them, as by numpy.nan_to_num, or take these pictures out."
        )
    return low, high


def labelled(
    part: str,
    pictures: np.ndarray,
    labels: np.ndarray,
    source: str,
    label_source: str,
    brightest: float | None = None,
) -> LabelledPictures:
    """Pictures and the labels of each: words, whole numbers, or rows of 0 with a single 1.

    Args:
        brightest: the largest number in all pictures that are of the same scale as these; None: in these.
    Raises:
        DataError: they are not as many, or one of the arrays does not hold what it should.
    """
    pixels = picture_array(pictures, source, brightest)
    flat = _one_each(labels)
    if flat is None:
        raise DataError(
            f"{label_source}: {shape_of(labels)} labels of type {labels.dtype}. A label for each picture is a whole "
            "number or a word."
        )
    if len(flat) != len(pixels):
        raise DataError(
            f"{source} has {len(pixels):,} pictures, but {label_source} {len(flat):,} labels: they do not belong "
            "together, or one of them is cut off."
        )
    words = [label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label) for label in flat.tolist()]
    places = [f"{source}[{i}]" for i in range(len(words))]
    return LabelledPictures(part, pixels, np.arange(len(words)), words, places)


def _one_each(labels: np.ndarray) -> np.ndarray | None:
    """A word or a whole number for each picture; None where there is none."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    is_number = labels.dtype.kind in "biuf"
    if labels.ndim == 2 and is_number and ((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all():
        return labels.argmax(axis=1)
    if labels.ndim != 1 or not (is_number or labels.dtype.kind in "US"):
        return None
    if labels.dtype.kind != "f":
        return labels
    return labels.astype(np.int64) if np.isfinite(labels).all() and (labels % 1 == 0).all() else None
