"""What a check gathers: faults while files are read, and what examples have in common that should be looked at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar, cast

import numpy as np
from jaxtyping import Bool

from quatrain.data.faults import Fault
from quatrain.errors import DataError, MissingExtra

__all__ = ["PLACES_SHOWN", "Finding", "Heard", "Report", "together", "told"]

FAULTS_SHOWN, PLACES_SHOWN = 100, 20
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


class Report(ABC):
    """What every check of data tells: faults keep the data from being used, all else does not."""

    faults: tuple[Fault, ...]
    n_faults: int
    warnings: tuple[str, ...]

    @property
    def is_usable(self) -> bool:
        """Whether the data can be trained on as it is."""
        return self.n_faults == 0

    @abstractmethod
    def contents(self) -> Iterable[str]:
        """What there is, in lines; one that is empty is not told."""

    @abstractmethod
    def oddities(self) -> Iterable[str]:
        """What was found out of it that can be used all the same, in sentences; one that is empty is not told."""

    def lines(self) -> list[str]:
        """The report for a person: what there is, then what is wrong (ERROR) and what looks odd (note)."""
        notes = (f"note: {sentence}" for sentence in (*self.oddities(), *self.warnings) if sentence)
        return [*filter(None, self.contents()), *self._errors(), *notes]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; faults as sentences."""
        values = asdict(cast(Any, self))  # the fields are those of the kind
        return values | {"faults": [str(fault) for fault in self.faults], "is_usable": self.is_usable}

    def _errors(self) -> list[str]:
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
        """Keep a fault, of very many only the first."""
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


def together(found: Iterable[tuple[Sequence[str], Bool[np.ndarray, " n"]]]) -> Finding:
    """What was found in several parts, each told by its places and where something was found."""
    some = [places[row] for places, is_found in found for row in np.flatnonzero(is_found).tolist()]
    return Finding(len(some), tuple(some[:PLACES_SHOWN]))


def told(found: Mapping[str, Finding]) -> Iterator[str]:
    """What was found, by what it is; nothing of what was not."""
    return (f"{what}: {finding}" for what, finding in found.items() if finding.count)
