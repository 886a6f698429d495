"""What can be wrong with a file, said so that a person can find the place and mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from quatrain.errors import DataError

__all__ = ["Fault", "OnFault", "OnNote", "OnSkip", "ignore_skip", "in_sentences", "refuse", "some"]

PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|0x\w+|\d[\d,.]*")
"""What differs in faults that say the same: what is quoted, bytes and numbers."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in one place."""

    source: str
    """File, and member where the file is an archive."""
    problem: str
    """What is wrong, without a full stop."""
    advice: str
    """What to do or type next, as a sentence."""
    line: int | None = None
    """Line, from 1."""
    byte: int | None = None
    """Offset in the (unpacked) file, from 0."""
    n_more: int = 0
    """Further places of which the same is to be said, and that are not told one by one."""

    @property
    def place(self) -> str:
        """File, line and byte."""
        line = "" if self.line is None else f", line {self.line}"
        byte = "" if self.byte is None else f", byte {self.byte}"
        return f"{self.source}{line}{byte}"

    @property
    def kind(self) -> tuple[str, str]:
        """What faults have in common that say the same of different places."""
        return PARTICULAR.sub("", self.problem), self.advice

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}. {self.advice}".rstrip()


OnFault = Callable[[Fault], None]
"""Hears of a fault. When it returns, reading goes on as well as it can."""
OnSkip = Callable[[str, str], None]
"""Hears (source, reason) of what is left out: a hidden, binary or empty file, an empty row."""
OnNote = Callable[[str, str], None]
"""Hears (source, what) of how a file is read, where a person could have meant something else."""


def refuse(fault: Fault) -> None:
    """Stop at the first fault.

    Raises:
        DataError: always; the message is the fault.
    """
    raise DataError(str(fault))


def ignore_skip(source: str, reason: str) -> None:
    """Leave things out in silence."""


def in_sentences(notes: Iterable[tuple[str, str]]) -> list[str]:
    """Notes as sentences, one for all files of which the same is to be said.

    Args:
        notes: (source, what), as they were heard.
    """
    sources: dict[str, list[str]] = {}
    for source, what in notes:
        sources.setdefault(what, []).append(source)
    return [f"{some(found)}: {what}" for what, found in sources.items()]


def some(sources: Sequence[str]) -> str:
    """The first three, and how many more there are."""
    return ", ".join(sources[:3]) + (f" and {len(sources) - 3:,} more" if len(sources) > 3 else "")
