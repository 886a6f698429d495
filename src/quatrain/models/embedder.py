"""The embedder: a backbone without a question, whose vectors are what is wanted."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from jaxtyping import Float
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.layers.pooling import POOLINGS, MeanPoolingConfig, Pooling, PoolingConfig
from quatrain.models._base import ExampleModel, ModelConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones import AnyBackbone, Backbone, Features


class Embedder(ExampleModel):
    """Gives the context-aware vectors of an example, and one of the whole.

    Args:
        backbone: reads the example.
        pooling: makes one vector of its vectors.
        pooler: the layer on the first vector from which BERT was asked whether a text follows on another; it is
            carried along and has no part in the vectors. None: there is none.
    """

    def __init__(self, backbone: Backbone, pooling: Pooling, pooler: nn.Linear | None) -> None:
        super().__init__()
        self.backbone, self.pooling, self.pooler = backbone, pooling, pooler

    @property
    def max_seq_len(self) -> int | None:
        """Most positions of an example; None where there is no bound."""
        return self.backbone.max_seq_len

    def forward(self, *inputs: Any) -> Features:
        """A vector for each position; the inputs are the backbone's."""
        features: Features = self.backbone(*inputs)
        return features

    def embed(self, *inputs: Any) -> Float[Tensor, "batch d_model"]:
        """One vector for each example."""
        return self.pooling(*self(*inputs))

    def flops(self, seq_len: int) -> int:
        """Of one example of so many positions."""
        return self.backbone.flops(seq_len)


class EmbedderConfig(ModelConfig):
    """A backbone without a head."""

    kind: ClassVar[str] = "embedder"

    backbone: AnyBackbone
    """What reads the example: a table with `kind` text, language, vit, ..."""
    pooling: Annotated[PoolingConfig, one_of(lambda: POOLINGS)] = MeanPoolingConfig()
    """How one vector is made of all: first, last, mean, max or attention."""
    pooler: bool = False
    """Carry BERT's layer on the first vector along."""

    def build(self) -> Embedder:
        """A freshly initialised embedder; draws from torch's global generator.

        Raises:
            ConfigError: two settings of the backbone contradict each other.
        """
        backbone = self.backbone.build()
        d_model = backbone.d_model
        pooler = nn.Linear(d_model, d_model) if self.pooler else None
        model = Embedder(backbone, self.pooling.build(d_model), pooler)
        draw_start(model, lambda name: 0.02 if name == "pooler" else None)
        return model
