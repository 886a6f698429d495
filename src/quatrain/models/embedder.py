"""The embedder: a backbone without a question, whose vectors are what is wanted."""

from __future__ import annotations

from typing import Any, ClassVar

from torch import nn

from quatrain.models._base import ExampleModel, ModelConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones import AnyBackbone, Backbone, Features


class Embedder(ExampleModel):
    """Gives the context-aware vectors of an example.

    Args:
        backbone: reads the example.
        pooler: the layer on the first vector from which BERT was asked whether a text follows on another; it is
            carried along and has no part in the vectors. None: there is none.
    """

    def __init__(self, backbone: Backbone, pooler: nn.Linear | None) -> None:
        super().__init__()
        self.backbone, self.pooler = backbone, pooler

    @property
    def max_seq_len(self) -> int | None:
        """Most positions of an example; None where there is no bound."""
        return self.backbone.max_seq_len

    def forward(self, *inputs: Any) -> Features:
        """A vector for each position; the inputs are the backbone's."""
        features: Features = self.backbone(*inputs)
        return features

    def flops(self, seq_len: int) -> int:
        """Of one example of so many positions."""
        return self.backbone.flops(seq_len)


class EmbedderConfig(ModelConfig):
    """A backbone without a head."""

    kind: ClassVar[str] = "embedder"

    backbone: AnyBackbone
    """What reads the example: a table with `kind` text, language, vit, ..."""
    pooler: bool = False
    """Carry a layer on the first vector along, as BERT has one."""
    init_std: float = 0.02
    """Standard deviation of that layer's weights at the start."""

    def build(self) -> Embedder:
        """A freshly initialised embedder; draws from torch's global generator.

        Raises:
            ConfigError: two settings of the backbone contradict each other.
        """
        backbone = self.backbone.build()
        pooler = nn.Linear(backbone.d_model, backbone.d_model) if self.pooler else None
        model = Embedder(backbone, pooler)
        draw_start(model, lambda name: self.init_std if name == "pooler" else None)
        return model
