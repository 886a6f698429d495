"""The classes of labelled pictures: which there are, and whether they can be told apart at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from quatrain.data.images.read import LabelledPictures
from quatrain.data.labelled.classes import in_order
from quatrain.errors import DataError, suggest

__all__ = ["classes_of", "numbered"]


def classes_of(parts: Mapping[str, LabelledPictures]) -> tuple[str, ...]:
    """The classes of the training part, in order.

    Raises:
        DataError: there is only one, or another part has one that training lacks.
    """
    counts = Counter(parts["train"].labels)
    if len(counts) == 1:
        label, n = next(iter(counts.items()))
        raise DataError(
            f"all {n:,} training pictures are of the class {label!r}, and with one class there is nothing to tell "
            "apart. Add pictures of another class, in a folder of its own."
        )
    classes = in_order(counts)
    for part in parts.values():
        numbered(part, classes)
    return classes


def numbered(pictures: LabelledPictures, classes: tuple[str, ...]) -> Int[np.ndarray, " n"]:
    """The number of each picture's class.

    Raises:
        DataError: a class that is not among `classes`; the message names its first picture.
    """
    number = {label: i for i, label in enumerate(classes)}
    labels = np.array([number.get(label, -1) for label in pictures.labels], np.int64)
    if (unknown := np.flatnonzero(labels < 0)).size:
        first = int(unknown[0])
        label = pictures.labels[first]
        n = list(pictures.labels).count(label)
        raise DataError(
            f"{pictures.places[first]}: the class {label!r} ({n:,} pictures of {pictures.name}) is not among the "
            f"classes of the training part, so no model could tell it. {suggest(label, classes)} Leave these pictures "
            "out, or add some of that class to the training part."
        )
    return labels
