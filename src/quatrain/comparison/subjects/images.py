"""Classes of pictures as a subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from quatrain.comparison.subjects.classes import ClassSubject
from quatrain.data import ImageData, ImagesConfig
from quatrain.models import ModelConfig
from quatrain.models.vision import PUBLISHED
from quatrain.training.planning import Planner
from quatrain.training.planning.images import ImageClassifierPlanner, picture_model


@dataclass(frozen=True)
class ImageSubject(ClassSubject):
    """The class of a picture."""

    usual: ClassVar[tuple[str, ...]] = ("convnet", "vit", "mlp-mixer", "lstm")
    yardstick: ClassVar[str] = "vit"
    planner: ClassVar[Planner] = ImageClassifierPlanner()
    sort: ClassVar[str] = "classes of pictures"
    row: ClassVar[str] = "picture"
    sized: ClassVar[tuple[str, ...]] = tuple(PUBLISHED)

    config: ImagesConfig
    data: ImageData

    def model(self, word: str, d_model: int, n_layers: int, n_heads: int, seq_len: int) -> ModelConfig:
        """A convolutional network, or blocks over patches."""
        return picture_model(word, d_model, n_layers, n_heads, self.data)

    @property
    def title(self) -> str:
        """Classes, and how large the pictures are."""
        height, width = self.data.train.image_size
        return f"the class of a picture of {self.data.name} ({len(self.data.classes)} classes; {height}x{width} pixels)"

    def measured(self, lengths: tuple[int, ...]) -> tuple[int, ...]:
        """None: pictures are all of one size."""
        return ()

    def reading(self, seq_len: int) -> dict[str, Any]:
        """As pixels."""
        return {"image_size": list(self.data.train.image_size), "n_channels": self.data.train.n_channels}
