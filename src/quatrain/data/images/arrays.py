"""Arrays of pictures and of labels: what forms they come in, and whether they belong together."""

from __future__ import annotations

import numpy as np
from jaxtyping import UInt8

from quatrain.data.images.read import LabelledPictures
from quatrain.errors import DataError

__all__ = ["labelled", "picture_array"]


def picture_array(values: np.ndarray, source: str) -> UInt8[np.ndarray, "n channels height width"]:
    """Pictures (N, H, W), (N, H, W, C) or (N, C, H, W) of bytes, of 16 bits, or of numbers from 0 to 1.

    Raises:
        DataError: the shape or the numbers are no pictures.
    """
    if values.ndim == 3:
        values = values[:, None]
    elif values.ndim == 4 and values.shape[3] in (1, 3) and values.shape[1] not in (1, 3):
        values = values.transpose(0, 3, 1, 2)
    if values.ndim != 4 or values.shape[1] not in (1, 3):
        shape = "x".join(map(str, values.shape))
        raise DataError(
            f"{source}: an array of {shape} numbers. Pictures are (number, height, width), or with 1 or 3 channels "
            "behind or before height and width."
        )
    if values.dtype == np.uint8:
        return values
    if values.dtype == np.uint16:
        return (values >> 8).astype(np.uint8)
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if values.dtype.kind == "f" and low >= 0 and high <= 1:
        return (values * 255).round().astype(np.uint8)
    if low >= 0 and high <= 255:
        return values.round().astype(np.uint8)
    raise DataError(f"{source}: pixels from {low:g} to {high:g}. Give bytes from 0 to 255, or numbers from 0 to 1.")


def labelled(part: str, pictures: np.ndarray, labels: np.ndarray, source: str, label_source: str) -> LabelledPictures:
    """Pictures and the labels of each.

    Raises:
        DataError: they are not as many, or one of the arrays does not hold what it should.
    """
    pixels = picture_array(pictures, source)
    flat = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if flat.ndim != 1 or flat.dtype.kind not in "iubUS":
        shape, kind = "x".join(map(str, labels.shape)), labels.dtype
        raise DataError(
            f"{label_source}: {shape} labels of type {kind}. A label for each picture is a number or a word."
        )
    if len(flat) != len(pixels):
        raise DataError(
            f"{source} has {len(pixels):,} pictures, but {label_source} {len(flat):,} labels: they do not belong "
            "together, or one of them is cut off."
        )
    words = [label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label) for label in flat.tolist()]
    places = [f"{source}[{i}]" for i in range(len(words))]
    return LabelledPictures(part, pixels, np.arange(len(words)), words, places)
