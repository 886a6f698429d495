"""The classes of labelled data: which there are, and whether they can be told apart at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from jaxtyping import Int

from quatrain.data.parted import ClassedData
from quatrain.errors import DataError, suggest

__all__ = ["class_counts", "classes_of", "in_order", "numbered"]

FEWEST_EACH = 2
"""Examples that a class has on average, at least; else the labels are something else."""


class Labelled(Protocol):
    """One part of labelled examples."""

    @property
    def name(self) -> str:
        """What the part is called."""

    @property
    def labels(self) -> Sequence[str]:
        """The label of each example."""

    def __len__(self) -> int: ...

    def place(self, row: int) -> str:
        """File and line of an example."""


def classes_of(parts: Mapping[str, Labelled]) -> tuple[str, ...]:
    """The classes of the training part, in order.

    Raises:
        DataError: there is no training part or only one class, there are nearly as many classes as examples, or another
            part has one that training lacks.
    """
    counts = Counter(parts["train"].labels if "train" in parts else [])
    if not counts:
        there = ", ".join(f"{name} {len(part):,}" for name, part in parts.items()) or "none"
        raise DataError(f"there is no example to train on; parts and examples: {there}. Give a training part.")
    if len(counts) == 1:
        label, n = next(iter(counts.items()))
        raise DataError(
            f"all {n:,} training examples have the label {label!r}, and with one class there is nothing to tell apart. "
            "Add examples of another class, or name another column: --set data.label_column=NAME."
        )
    n_examples = counts.total()
    if len(counts) > max(n_examples / FEWEST_EACH, 2):
        raise DataError(
            f"the {n_examples:,} training examples have {len(counts):,} different labels, such as "
            f"{', '.join(map(repr, [*counts][:3]))}: these are no classes. Name the column that holds them: "
            "--set data.label_column=NAME."
        )
    classes = in_order(counts)
    for name, part in parts.items():
        if name != "train":
            numbered(part, classes)
    return classes


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Different labels by their numbers where all are numbers, else by their letters."""
    different = {*labels}
    if all(label.lstrip("-").isdecimal() for label in different):
        return tuple(sorted(different, key=int))
    return tuple(sorted(different))


def numbered(part: Labelled, classes: tuple[str, ...]) -> Int[np.ndarray, " n"]:
    """The number of each example's class.

    Raises:
        DataError: a class that is not among `classes`; the message has the file and line of its first example.
    """
    number = {label: i for i, label in enumerate(classes)}
    labels = np.array([number.get(label, -1) for label in part.labels], np.int64)
    if (unknown := np.flatnonzero(labels < 0)).size:
        first = int(unknown[0])
        n = sum(part.labels[row] == part.labels[first] for row in unknown.tolist())
        raise DataError(
            f"{part.place(first)}: the label {part.labels[first]!r} ({n:,} examples of {part.name}) is not among "
            f"the classes of the training part, so no model could tell it. {suggest(part.labels[first], classes)} "
            "Correct it, leave these examples out, or add some of that class to the training part."
        )
    return labels


def class_counts(data: ClassedData[Any] | None, labels: Mapping[str, Iterable[str]]) -> dict[str, dict[str, int]]:
    """Examples by part and class: as the data is split, or as it was read where it cannot be.

    Args:
        labels: of each part, as they were read.
    """
    if data is not None:
        return {name: dict(zip(data.classes, counts, strict=True)) for name, counts in data.class_counts.items()}
    found = {name: Counter(part) for name, part in labels.items()}
    return {name: {label: counts[label] for label in in_order(counts)} for name, counts in found.items()}
