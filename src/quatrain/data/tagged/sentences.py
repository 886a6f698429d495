"""Tagged sentences as they were read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Sentence", "TaggedRead"]


@dataclass(frozen=True)
class Sentence:
    """Words, and the tag of each."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    """As they were written; none where they are not known."""
    source: str = ""
    """The file it comes from, as it is called to people."""
    line: int | None = None
    """The line of its first word there, from 1."""

    @property
    def place(self) -> str:
        """File and line."""
        return self.source if self.line is None else f"{self.source}, line {self.line}"


@dataclass(frozen=True)
class TaggedRead:
    """Everything that was read."""

    name: str
    """What the data is called."""
    parts: dict[str, list[Sentence]]
    """train, val and test parts, in this order, as far as they are there."""
    notes: tuple[str, ...] = ()
    """How tags were read, and what was left out, in sentences."""

    def sentences(self) -> Iterator[Sentence]:
        """Those of all parts."""
        for sentences in self.parts.values():
            yield from sentences
