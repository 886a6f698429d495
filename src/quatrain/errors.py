"""Errors that teach: what was wrong, where, what we got, and what to type next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class QuatrainError(Exception):
    """Base of every error a user can meet; `exit_code` is what the command line returns."""

    exit_code = 1


class ConfigError(QuatrainError, ValueError):
    """A setting is unknown, of the wrong type, or contradicts another one."""

    exit_code = 2


class ShapeError(QuatrainError, ValueError):
    """A tensor or a sequence does not fit the model it was given to."""

    exit_code = 2


class DataError(QuatrainError, ValueError):
    """A file or folder of data cannot be read or used as asked."""

    exit_code = 2


class RunError(QuatrainError):
    """A run folder is missing, of another version, or already in use."""

    exit_code = 2


class CheckpointError(QuatrainError):
    """A checkpoint is incomplete, damaged, or belongs to something else."""

    exit_code = 2


class ConversionError(QuatrainError):
    """A model could not be carried to or from another program's format."""

    exit_code = 2


class TrainingError(QuatrainError):
    """Training could not go on (a loss that is not finite, a full disk)."""


class MissingExtra(QuatrainError, ImportError):
    """An optional package is needed and not installed."""

    exit_code = 2


def suggest(word: str, known: Iterable[str]) -> str:
    """A sentence naming the nearest known word and listing them all.

    Example:
        >>> suggest("hyenna", ["attention", "hyena"])
        "Did you mean 'hyena'? Known: attention, hyena."
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    guess = f"Did you mean {near[0]!r}? " if near else ""
    return f"{guess}Known: {', '.join(names)}."
