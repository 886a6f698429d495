"""Real handwritten digits that scikit-learn carries: pictures that need no file and no network."""

from __future__ import annotations

import numpy as np

from quatrain.data.classes import chosen
from quatrain.data.images.pixels import pixel_hashes
from quatrain.data.images.read import LabelledPictures, ReadPictures
from quatrain.errors import MissingExtra

__all__ = ["read_digits"]

HELD_OUT = 0.2
"""Share of the test part."""
BRIGHTEST = 16
"""Of their pixels."""


def read_digits() -> ReadPictures:
    """1,797 digits of 8x8 pixels by 43 writers; a fifth of each class, chosen by a hash, is the test part.

    Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits", UCI machine learning repository.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise MissingExtra("digits come with scikit-learn: pip install 'quatrain[classify]'.") from None
    digits = load_digits()
    pixels = (digits.images * (255 / BRIGHTEST)).round().astype(np.uint8)[:, None]
    labels = [str(label) for label in digits.target]
    every = LabelledPictures(
        "digits", pixels, np.arange(len(labels)), labels, [f"digit {i}" for i in range(len(labels))]
    )
    is_test = chosen(pixel_hashes(every.pixels, every.rows), labels, HELD_OUT)
    return ReadPictures("digits", {"train": every.keep(~is_test, "train"), "test": every.keep(is_test, "test")})
