"""Examples of a class each as a subject, whatever is read of them."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from quatrain.comparison.subjects._examples import ExampleSubject


@dataclass(frozen=True)
class ClassSubject(ExampleSubject, ABC):
    """The class of an example: the share that is told right."""

    scores: ClassVar[tuple[str, ...]] = ("macro_f1", "auroc")
    target: ClassVar[str] = "an example"
    targets: ClassVar[str] = "examples"
    fault: ClassVar[str] = "share of errors"
    metric: ClassVar[str] = "accuracy"
    items: ClassVar[str] = "examples"
    loss_unit: ClassVar[str] = "nats per example"

    objective = "classify"
    block = 1
    higher_is_better = True

    def n_items(self, seq_len: int) -> int:
        """Examples."""
        return int(self.data.val.n_targets)

    @property
    def chance(self) -> float:
        """Of the commonest class of the training part."""
        commonest = np.bincount(self.data.train.labels).argmax()
        return float((self.data.val.labels == commonest).mean())

    def about(self, seq_len: int) -> dict[str, Any]:
        """How many labels are learned from, where they are not all."""
        told = super().about(seq_len)
        few = f" {self.data.train.n_targets:,} of the labels are learned from." if self.config.n_labels else ""
        return told | {"split": told["split"] + few}
