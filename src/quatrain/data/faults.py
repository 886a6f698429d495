"""What can be wrong with a file, said so that a person can find the place and mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quatrain.errors import DataError

__all__ = ["Fault", "OnFault", "OnSkip", "ignore_skip", "refuse"]


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

    def __str__(self) -> str:
        line = "" if self.line is None else f", line {self.line}"
        byte = "" if self.byte is None else f", byte {self.byte}"
        return f"{self.source}{line}{byte}: {self.problem}. {self.advice}".rstrip()


OnFault = Callable[[Fault], None]
"""Hears of a fault. When it returns, reading goes on as well as it can."""
OnSkip = Callable[[str, str], None]
"""Hears (source, reason) of what is left out: a hidden, binary or empty file, an empty row."""


def refuse(fault: Fault) -> None:
    """Stop at the first fault.

    Raises:
        DataError: always; the message is the fault.
    """
    raise DataError(str(fault))


def ignore_skip(source: str, reason: str) -> None:
    """Leave things out in silence."""
