"""What a check gathers: faults while files are read, and what examples have in common that should be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from quatrain.data.faults import Fault
from quatrain.errors import DataError, MissingExtra

__all__ = ["PLACES_SHOWN", "Finding", "Heard"]

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
