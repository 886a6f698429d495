"""What readers make of one part of examples that each have a class, whatever their sort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np
from jaxtyping import Bool

__all__ = ["LabelledPart"]


class LabelledPart(Protocol):
    """The examples of one part as they were read."""

    @property
    def name(self) -> str:
        """What the part is called."""

    @property
    def labels(self) -> Sequence[str]:
        """The name of each example's class."""

    def __len__(self) -> int:
        """Examples."""

    def place(self, index: int) -> str:
        """What an example is called to people, such as its file and line."""

    def keep(self, is_kept: Bool[np.ndarray, " n"], name: str | None = None) -> Self:
        """Some of the examples, as a part of another name if one is given."""
