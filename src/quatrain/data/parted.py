"""A person's data once it is opened: parts to learn from, to choose by and to be scored on, whatever its sort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from quatrain.data.tokenizers import Tokenizer

__all__ = ["PartedData"]

PartT = TypeVar("PartT")


@dataclass(frozen=True, eq=False, kw_only=True)
class PartedData(Generic[PartT]):
    """Data of one sort, split; the sorts add what else they know of it."""

    train: PartT
    """What is learned from."""
    val: PartT
    """What is validated on."""
    tests: Mapping[str, PartT]
    """What is scored once, at the end, by name."""
    name: str
    """What the data is called."""
    fingerprint: str
    """sha256 of what is learned and scored and of what decides how it is read; the same data has the same."""
    split: str
    """How it was split, in a sentence."""
    notes: tuple[str, ...]
    """What was found out, scaled or left out, in sentences."""

    @property
    def parts(self) -> dict[str, PartT]:
        """All parts by name."""
        return {"train": self.train, "val": self.val, **self.tests}

    @property
    def counted(self) -> Any:
        """What models count before their first update; None: nothing is."""
        return None

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        return {"name": self.name, "split": self.split, "notes": list(self.notes)}

    def left_out(self, seq_len: int) -> str:
        """What of the training part is not learned from in rows of so many positions, in a sentence; empty: nothing."""
        return ""

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer; none where there is no text."""
        return {}
