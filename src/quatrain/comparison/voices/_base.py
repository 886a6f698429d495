"""How a kind of subject speaks of its values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

COUNTED = ("ngram", "baseline")
"""Kinds of entrants that are not trained."""


@dataclass(frozen=True)
class Voice(ABC):
    """Writes values, and says what this kind of subject makes one want to know."""

    scores: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Scores beside the value, by their key: a name, and how it is written."""

    data: dict[str, Any]
    """The part `data` of compare.json."""

    @property
    def row(self) -> str:
        """What is learned from, one at a time."""
        return "sequence"

    @property
    def drawn(self) -> str:
        """What was drawn by luck, as it could have been other."""
        return "text"

    @abstractmethod
    def number(self, value: float) -> str:
        """A value alone."""

    @abstractmethod
    def value(self, value: float) -> str:
        """A value and what it is of."""

    @abstractmethod
    def gap(self, gap: float) -> str:
        """How far two values lie apart."""

    @abstractmethod
    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """What there is to say besides values, of the entrants that have one, best first."""

    def beside(self, entrant: dict[str, Any]) -> list[str]:
        """The other scores of an entrant, each with its name."""
        found = entrant.get("scores", {})
        return [f"{name} {found[key]['value']:{style}}" for key, (name, style) in self.scores.items() if key in found]


class ShareVoice(Voice, ABC):
    """Shares of something."""

    def number(self, value: float) -> str:
        """In percent."""
        return f"{value:.1%}"

    def gap(self, gap: float) -> str:
        """In hundredths."""
        return f"{gap * 100:.2g} points"


class LossVoice(Voice, ABC):
    """Nats."""

    def number(self, value: float) -> str:
        """Four decimals."""
        return f"{value:.4f}"

    def value(self, value: float) -> str:
        """In nats of something."""
        return f"{self.number(value)} {self.data['unit']}"

    def gap(self, gap: float) -> str:
        """In the same unit."""
        return self.value(gap)


def is_counted(entrant: dict[str, Any]) -> bool:
    """Whether an entrant is not trained."""
    return entrant["kind"] in COUNTED


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def aside(deviation: float) -> str:
    """How far off a size is.

    Example:
        >>> aside(0.012), aside(-0.43)
        ('1.2% above', '43.0% below')
    """
    return f"{abs(deviation):.1%} {'above' if deviation > 0 else 'below'}"


def place_of_counted(
    voice: Voice, ranked: list[dict[str, Any]], name: str, first: str, method: str | None = None
) -> list[str]:
    """Where the best of the counted stands.

    Args:
        name: what it is called where it is not ahead.
        first: what is said where it is.
        method: how it was counted; None: its name says so.
    """
    place = next((place for place, entrant in enumerate(ranked) if is_counted(entrant)), None)
    if place is None:
        return []
    words = [entrant["word"] for entrant in ranked]
    if place == 0:
        return [first]
    after, how = words[place + 1 :], f"{method}, " if method else ""
    return [
        f"The {name} ({how}{voice.number(ranked[place]['value'])}) comes after {listed(words[:place])}"
        + (f", and before {listed(after)}." if after else ".")
    ]
