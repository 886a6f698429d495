"""Names of classes: which there are, in which order, and whether they can be told apart at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from quatrain.data.classes.part import LabelledPart
from quatrain.errors import DataError, suggest

__all__ = ["IN_A_COLUMN", "IN_FOLDERS", "Labelling", "classes_of", "in_order", "numbered"]


@dataclass(frozen=True)
class Labelling:
    """How examples of a sort are labelled, in the words of messages."""

    examples: str
    """What they are called."""
    have: str
    """What stands between them and the name of a class."""
    label: str
    """What the name of one's class is called."""
    another: str
    """What to do where all are of one class, behind "of another class"."""
    mend: str
    """What to do with those of a class that training lacks."""
    most: float
    """For each example so many different names, at most; where there are more, they are no classes."""


IN_A_COLUMN = Labelling(
    examples="examples",
    have="have the label",
    label="the label",
    another=", or name another column: --set data.label_column=NAME",
    mend="Correct it, leave these examples out",
    most=0.5,
)
"""A column of a table, or a place in a row, holds the names; whatever stands there could be taken for one."""
IN_FOLDERS = Labelling(
    examples="pictures",
    have="are of the class",
    label="the class",
    another=", in a folder of its own",
    mend="Leave these pictures out",
    most=1.0,
)
"""A folder, or a number beside it, says of which class a picture is; no such name is taken for one by mistake."""


def classes_of(parts: Mapping[str, LabelledPart], labelling: Labelling = IN_A_COLUMN) -> tuple[str, ...]:
    """The classes of the training part, in order.

    Args:
        parts: a training part with examples among them.
    Raises:
        DataError: there is only one class, there are nearly as many as examples, or another part has one that
            training lacks.
    """
    counts = Counter(parts["train"].labels)
    n_examples = counts.total()
    if len(counts) == 1:
        raise DataError(
            f"all {n_examples:,} training {labelling.examples} {labelling.have} {next(iter(counts))!r}, and with one "
            f"class there is nothing to tell apart. Add {labelling.examples} of another class{labelling.another}."
        )
    if len(counts) > max(labelling.most * n_examples, 2):
        raise DataError(
            f"the {n_examples:,} training examples have {len(counts):,} different labels, such as "
            f"{', '.join(map(repr, [*counts][:3]))}: these are no classes. Name the column that holds them: "
            "--set data.label_column=NAME."
        )
    classes = in_order(counts)
    for part in parts.values():
        numbered(part, classes, labelling)
    return classes


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Different labels by their numbers where all are numbers, else by their letters."""
    different = {*labels}
    if all(label.lstrip("-").isdecimal() for label in different):
        return tuple(sorted(different, key=int))
    return tuple(sorted(different))


def numbered(part: LabelledPart, classes: tuple[str, ...], labelling: Labelling = IN_A_COLUMN) -> Int[np.ndarray, " n"]:
    """The number of each example's class.

    Raises:
        DataError: a class that is not among `classes`; the message says where its first example stands.
    """
    number = {label: i for i, label in enumerate(classes)}
    labels = np.array([number.get(label, -1) for label in part.labels], np.int64)
    if (unknown := np.flatnonzero(labels < 0)).size:
        first = int(unknown[0])
        label = part.labels[first]
        raise DataError(
            f"{part.place(first)}: {labelling.label} {label!r} ({part.labels.count(label):,} {labelling.examples} of "
            f"{part.name}) is not among the classes of the training part, so no model could tell it. "
            f"{suggest(label, classes)} {labelling.mend}, or add some of that class to the training part."
        )
    return labels
