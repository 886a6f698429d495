"""What a check gathers: faults while files are read, and what examples have in common that should be looked at."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar, cast

import numpy as np
from jaxtyping import Bool

from quatrain.data.faults import Fault
from quatrain.errors import DataError, MissingExtra

__all__ = ["PLACES_SHOWN", "Finding", "Heard", "Report", "together", "told"]

FAULTS_SHOWN, ALIKE_SHOWN, PLACES_SHOWN = 100, 3, 20
"""Faults told, of those that say the same the first ones, and places of a finding."""
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
        """The faults for a person, those of the same words in one line, and how many there are in all."""
        alike: dict[tuple[str, str], list[Fault]] = {}
        for fault in self.faults:
            alike.setdefault((fault.problem, fault.advice), []).append(fault)
        in_all = [f"ERROR: {self.n_faults:,} faults in all"] if self.n_faults > len(alike) else []
        return [*(f"ERROR: {_in_a_line(faults)}" for faults in alike.values()), *in_all]


@dataclass
class Heard:
    """What is gathered while the files are read."""

    path: str
    faults: list[Fault] = field(default_factory=list)
    n_faults: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    _alike: dict[tuple[str, str], list[int]] = field(default_factory=dict, repr=False)
    """By what faults say: where those that are kept stand among all."""

    def fault(self, fault: Fault) -> None:
        """Keep a fault, of those that say the same only the first; the last of these counts the others."""
        self.n_faults += 1 + fault.n_more
        kept = self._alike.setdefault(fault.kind, [])
        if len(kept) == ALIKE_SHOWN:
            last = self.faults[kept[-1]]
            self.faults[kept[-1]] = replace(last, n_more=last.n_more + 1 + fault.n_more)
        elif len(self.faults) < FAULTS_SHOWN:
            kept.append(len(self.faults))
            self.faults.append(fault)

    def guard(self, action: Callable[[], Result]) -> Result | None:
        """The result of an action, or None and a fault."""
        try:
            return action()
        except (DataError, MissingExtra) as error:
            place, colon, problem = str(error).partition(": ")
            is_placed = colon and place.startswith(self.path)
            self.fault(Fault(place if is_placed else self.path, (problem if is_placed else str(error)).rstrip("."), ""))
            return None


def together(found: Iterable[tuple[Sequence[str], Bool[np.ndarray, " n"]]]) -> Finding:
    """What was found in several parts, each told by its places and where something was found."""
    some = [places[row] for places, is_found in found for row in np.flatnonzero(is_found).tolist()]
    return Finding(len(some), tuple(some[:PLACES_SHOWN]))


def told(found: Mapping[str, Finding]) -> Iterator[str]:
    """What was found, by what it is; nothing of what was not."""
    return (f"{what}: {finding}" for what, finding in found.items() if finding.count)


def _in_a_line(faults: Sequence[Fault]) -> str:
    """The first of faults that say the same, and where the others are."""
    places = [fault.place.removeprefix(f"{faults[0].source}, ") for fault in faults]
    n_more = sum(fault.n_more for fault in faults)
    others = [*places[1:], *([f"{n_more:,} more places"] if n_more else [])]
    if not others:
        return str(faults[0])
    return f"{faults[0]} The same in {', '.join(others[:-1])}{' and ' if others[:-1] else ''}{others[-1]}."
