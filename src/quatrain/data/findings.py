"""What a check gathers: faults while files are read, and what examples have in common that should be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from jaxtyping import Bool, Int, UInt64

from quatrain.data.faults import Fault
from quatrain.errors import DataError, MissingExtra

__all__ = [
    "PLACES_SHOWN",
    "Finding",
    "Heard",
    "Report",
    "class_shares",
    "class_warnings",
    "is_contradictory",
    "is_repeated",
    "together",
]

FAULTS_SHOWN, PLACES_SHOWN = 100, 20
UNEVEN = 10.0
"""How many times more frequent than another a class must be to be told of."""
FEW = 10
"""Training examples of a class below which it is told of."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Finding:
    """Examples that have something in common that should be looked at."""

    count: int
    places: tuple[str, ...]
    """File and line of the first ones."""

    def __str__(self) -> str:
        more = ", ..." if self.count > 3 else ""
        return f"{self.count:,} ({'; '.join(self.places[:3])}{more})"


class Report:
    """What every check of data tells: faults keep the data from being used, all else does not."""

    faults: tuple[Fault, ...]
    n_faults: int

    @property
    def is_usable(self) -> bool:
        """Whether the data can be trained on as it is."""
        return self.n_faults == 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; faults as sentences."""
        values = asdict(cast(Any, self))  # the fields are those of the kind
        return values | {"faults": [str(fault) for fault in self.faults], "is_usable": self.is_usable}

    def error_lines(self) -> list[str]:
        """The faults for a person, and how many there are where not all are told."""
        more = [f"ERROR: {self.n_faults:,} faults in all"] if self.n_faults > len(self.faults) else []
        return [*(f"ERROR: {fault}" for fault in self.faults), *more]


@dataclass
class Heard:
    """What is gathered while the files are read."""

    path: str
    faults: list[Fault] = field(default_factory=list)
    n_faults: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def fault(self, fault: Fault) -> None:
        self.n_faults += 1
        if len(self.faults) < FAULTS_SHOWN:
            self.faults.append(fault)

    def guard(self, action: Callable[[], Result]) -> Result | None:
        """The result of an action, or None and a fault."""
        try:
            return action()
        except (DataError, MissingExtra) as error:
            self.fault(Fault(self.path, str(error).removeprefix(f"{self.path}: ").rstrip("."), ""))
            return None


def class_warnings(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
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
    for part, found in counts.items():
        missing = [label for label in train if not found.get(label)]
        if part != "train" and missing:
            yield f"{part} has no example of {', '.join(missing[:10])}, so nothing is measured of it there."


def class_shares(counts: Mapping[str, int], most: int = 12) -> str:
    """The classes with their numbers and shares, the most frequent first."""
    total = max(sum(counts.values()), 1)
    frequent = sorted(counts.items(), key=lambda item: -item[1])
    more = f", and {len(frequent) - most} more classes" if len(frequent) > most else ""
    return ", ".join(f"{label} {n:,} ({n / total:.0%})" for label, n in frequent[:most]) + more


def is_repeated(hashes: UInt64[np.ndarray, " n"], labels: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Where an equal example of the same class stands earlier.

    Args:
        hashes: a number for each content, the same for equal ones.
    """
    both = np.stack((hashes, labels.astype(np.uint64)), axis=1)
    _, firsts = np.unique(both, axis=0, return_index=True)
    return ~np.isin(np.arange(len(both)), firsts)


def is_contradictory(hashes: UInt64[np.ndarray, " n"], labels: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """Where an equal example has another class."""
    both = np.unique(np.stack((hashes, labels.astype(np.uint64)), axis=1), axis=0)
    contents, n_classes = np.unique(both[:, 0], return_counts=True)
    return np.isin(hashes, contents[n_classes > 1])


def together(found: Iterable[tuple[Sequence[str], Bool[np.ndarray, " n"]]]) -> Finding:
    """What was found in several parts, each told by its places and where something was found."""
    some = [places[row] for places, is_found in found for row in np.flatnonzero(is_found).tolist()]
    return Finding(len(some), tuple(some[:PLACES_SHOWN]))
