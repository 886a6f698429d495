"""What every check of examples of a class each tells: the classes with their shares, and examples that are equal."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from jaxtyping import Bool, Int, UInt64

from quatrain.data.classes.data import ClassedData
from quatrain.data.classes.names import in_order
from quatrain.data.faults import Fault
from quatrain.data.findings import Finding, Heard, Report, together, told

__all__ = ["ClassReport", "ComparedReport", "alike", "in_common"]

UNEVEN = 10.0
"""How many times more frequent than another a class must be to be told of."""
ALIKE_LISTED = 5
"""Groups of classes of one spelling but for case that are told."""
FEW = 10
"""Training examples of a class below which it is told of."""
MISSING = frozenset({"nan", "n/a", "na", "none", "null", "nil", "-", "--", "?", "<na>", "#n/a", "missing"})
"""What programs and people write where a label is not known, in lower case."""
MOST_LISTED = 12
"""Classes that are told with their shares."""


@dataclass(frozen=True, kw_only=True)
class ClassReport(Report, ABC):
    """What a check found in examples of a class each; the sorts add what else they know of them."""

    path: str
    classes: tuple[str, ...]
    class_counts: dict[str, dict[str, int]]
    """By part and class."""
    imbalance: float | None
    """How many times more frequent the largest class of the training part is than the smallest."""
    split: str | None
    """How the examples are split, in a sentence; None where a fault keeps the data from being used."""
    faults: tuple[Fault, ...]
    """What keeps the data from being used; the first hundred."""
    n_faults: int
    notes: tuple[str, ...]
    """What was found out, scaled or left out, in sentences."""
    duplicates: Finding
    """Examples equal to an earlier one of the same part and class."""
    contradictory: Finding
    """Training examples that stand there in another class, too: one of them is wrong."""
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None
    """Of the opened data; None where a fault keeps it from being used."""

    def shares(self) -> list[str]:
        """How the examples are split, and the classes of each part."""
        return [self.split or "", *(f"{part}: {_shares(counts)}" for part, counts in self.class_counts.items())]


@dataclass(frozen=True, kw_only=True)
class ComparedReport(ClassReport, ABC):
    """What a check found in examples that are equal where their whole contents are."""

    examples: ClassVar[str]
    """What they are called."""

    leaks: dict[str, Finding]
    """Examples of every other part that stand in training."""

    @abstractmethod
    def findings(self) -> dict[str, Finding]:
        """What else was looked for, and found."""

    def oddities(self) -> Iterator[str]:
        """How the data was read, and what was found."""
        yield from self.notes
        yield from told(
            {
                **self.findings(),
                f"{self.examples} equal to an earlier one": self.duplicates,
                f"training {self.examples} that stand in another class, too": self.contradictory,
                **{f"{self.examples} of {part} that stand in training, too": leak for part, leak in self.leaks.items()},
            }
        )


class OpenedPart(Protocol):
    """One part of such examples once it is opened."""

    @property
    def places(self) -> Sequence[str]:
        """What each example is called to people."""

    @property
    def labels(self) -> Int[np.ndarray, " n"]:
        """The class of each example."""


PartT = TypeVar("PartT", bound=OpenedPart)
Hashes = UInt64[np.ndarray, " n"]


def in_common(heard: Heard, labels: Mapping[str, Sequence[str]], data: ClassedData[Any] | None) -> dict[str, Any]:
    """The fields of a `ClassReport` that follow from the classes alone, and from what was heard.

    Args:
        labels: of each part, as they were read.
        data: the same once it was split; None where it cannot be.
    """
    counts = _as_split(data) if data else _as_read(labels)
    n_train = counts.get("train", {}).values()
    return {
        "path": heard.path,
        "classes": in_order(chain.from_iterable(labels.values())),
        "class_counts": counts,
        "imbalance": max(n_train) / min(n_train) if n_train else None,
        "split": data.split if data else None,
        "faults": tuple(heard.faults),
        "n_faults": heard.n_faults,
        "warnings": tuple(_warnings(counts)),
        "fingerprint": data.fingerprint if data else None,
    }


def alike(parts: Mapping[str, PartT], hashes: Callable[[PartT], Hashes]) -> dict[str, Any]:
    """The fields of a `ComparedReport` that tell of equal examples.

    Args:
        parts: once they are opened; none where they cannot be.
        hashes: makes a number for the content of each example, the same for equal ones.
    """
    found = {name: hashes(part) for name, part in parts.items()}
    train = {"train": parts["train"]} if parts else {}
    return {
        "duplicates": together((part.places, _is_repeated(found[name], part.labels)) for name, part in parts.items()),
        "contradictory": together(
            (part.places, _is_contradictory(found[name], part.labels)) for name, part in train.items()
        ),
        "leaks": {
            name: together([(part.places, np.isin(found[name], found["train"]))])
            for name, part in parts.items()
            if name != "train"
        },
    }


def _as_split(data: ClassedData[Any]) -> dict[str, dict[str, int]]:
    return {name: dict(zip(data.classes, counts, strict=True)) for name, counts in data.class_counts.items()}


def _as_read(labels: Mapping[str, Iterable[str]]) -> dict[str, dict[str, int]]:
    found = {name: Counter(part) for name, part in labels.items()}
    return {name: {label: counts[label] for label in in_order(counts)} for name, counts in found.items()}


def _shares(counts: Mapping[str, int]) -> str:
    """The classes with their numbers and shares, the most frequent first."""
    total = max(sum(counts.values()), 1)
    frequent = sorted(counts.items(), key=lambda item: -item[1])
    more = f", and {len(frequent) - MOST_LISTED} more classes" if len(frequent) > MOST_LISTED else ""
    return ", ".join(f"{label} {n:,} ({n / total:.0%})" for label, n in frequent[:MOST_LISTED]) + more


def _warnings(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """What looks odd in the numbers of examples, by part and class."""
    train = counts.get("train", {})
    if train and max(train.values()) > UNEVEN * min(train.values()):
        most, least = max(train, key=train.__getitem__), min(train, key=train.__getitem__)
        yield (
            f"The classes are uneven: {train[most]:,} training examples of {most!r}, {train[least]:,} of {least!r}. "
            "Judge by macro F1 rather than by accuracy."
        )
    few = [label for label, n in train.items() if n < FEW]
    if few:
        yield f"Fewer than {FEW} training examples: {', '.join(few[:10])}{', ...' if len(few) > 10 else ''}."
    yield from _doubtful_names(train)
    for part, found in counts.items():
        missing = [label for label in train if not found.get(label)]
        if part != "train" and missing:
            yield f"{part} has no example of {', '.join(missing[:10])}, so nothing is measured of it there."


def _doubtful_names(train: Mapping[str, int]) -> Iterator[str]:
    """Classes that could be one, spelled in several ways, or none."""
    spelled: defaultdict[str, list[str]] = defaultdict(list)
    for label in train:
        spelled[label.casefold()].append(label)
    alike = [
        " and ".join(f"{label!r} ({train[label]:,})" for label in names) for names in spelled.values() if names[1:]
    ]
    if alike:
        more = ", ..." if len(alike) > ALIKE_LISTED else ""
        yield (
            f"Classes that differ in nothing but case are told apart: {', '.join(alike[:ALIKE_LISTED])}{more}. Spell "
            "them one way if they are the same."
        )
    missing = [f"{label!r} ({n:,})" for label, n in train.items() if label.casefold() in MISSING]
    if missing:
        yield (
            f"Taken for classes, though they look as if the label were missing: {', '.join(missing)}. Leave such "
            "labels empty, and these examples are left out."
        )


def _is_repeated(hashes: Hashes, labels: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Where an equal example of the same class stands earlier."""
    both = np.stack((hashes, labels.astype(np.uint64)), axis=1)
    _, firsts = np.unique(both, axis=0, return_index=True)
    return ~np.isin(np.arange(len(both)), firsts)


def _is_contradictory(hashes: Hashes, labels: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Where an equal example has another class."""
    both = np.unique(np.stack((hashes, labels.astype(np.uint64)), axis=1), axis=0)
    contents, n_classes = np.unique(both[:, 0], return_counts=True)
    return np.isin(hashes, contents[n_classes > 1])
