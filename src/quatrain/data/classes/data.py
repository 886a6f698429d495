"""A person's examples of a class each once they are opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from quatrain.data.examples import ExamplePart
from quatrain.data.parted import PartedData

__all__ = ["ClassedData"]

ExamplesT = TypeVar("ExamplesT", bound=ExamplePart)


@dataclass(frozen=True, eq=False, kw_only=True)
class ClassedData(PartedData[ExamplesT]):
    """Examples of a class each, split."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.train.classes

    @property
    def class_counts(self) -> dict[str, list[int]]:
        """Examples of each class, by part."""
        return {
            name: np.bincount(part.labels, minlength=len(self.classes)).tolist() for name, part in self.parts.items()
        }

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        examples = {name: part.n_targets for name, part in self.parts.items()}
        return super().about() | {
            "classes": list(self.classes),
            "n_labels": self.train.n_targets,
            "n_documents": sum(examples.values()),
            "examples": examples,
            "class_counts": self.class_counts,
        }
