"""The classifier: a backbone, one vector of all it saw, and a class told from it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

import torch
from jaxtyping import Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.layers.dropout import Dropout
from quatrain.layers.feedforward import ACTIVATIONS, ActivationWord
from quatrain.layers.pooling import POOLINGS, MeanPoolingConfig, Pooling, PoolingConfig
from quatrain.models._base import ExampleModel, ModelConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones import AnyBackbone, Backbone


class Classifier(ExampleModel):
    """Tells the class of an example, whatever its sort.

    Args:
        backbone: reads the example.
        pooling: makes one vector of its vectors.
        hidden: a layer between that vector and the classes; None: there is none.
        activation: what bends in between, a word of ACTIVATIONS.
        head: from the vector to the logits.
        dropout: probability of dropping a coordinate before each of the two layers, while training.
        label_smoothing: share of the target's probability that is spread over all classes in training.
    """

    def __init__(
        self,
        backbone: Backbone,
        pooling: Pooling,
        hidden: nn.Linear | None,
        activation: str,
        head: nn.Linear,
        dropout: float,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.backbone, self.pooling, self.hidden, self.head = backbone, pooling, hidden, head
        self.bend, self.dropout = ACTIVATIONS[activation], Dropout(dropout)
        self.label_smoothing = label_smoothing

    @property
    def max_seq_len(self) -> int | None:
        """Most positions of an example; None where there is no bound."""
        return self.backbone.max_seq_len

    def forward(self, *inputs: Any) -> Float[Tensor, "batch n_classes"]:
        """Logits of the classes; the inputs are the backbone's."""
        x = self.dropout(self.embed(*inputs))
        if self.hidden is not None:
            x = self.dropout(self.bend(self.hidden(x)))
        return self.head(x)

    def embed(self, *inputs: Any) -> Float[Tensor, "batch d_model"]:
        """One vector for each example."""
        return self.pooling(*self.backbone(*inputs))

    def sharpen(self, factor: float) -> None:
        """Multiply all logits, for good."""
        with torch.no_grad():
            for weight in self.head.parameters():
                weight.mul_(factor)

    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """What the backbone counts."""
        self.backbone.observe(tokens)

    def flops(self, seq_len: int) -> int:
        """Of one example of so many positions."""
        heads = [self.head] if self.hidden is None else [self.hidden, self.head]
        return self.backbone.flops(seq_len) + sum(2 * layer.weight.numel() for layer in heads)


class ClassifierConfig(ModelConfig):
    """A classifier."""

    kind: ClassVar[str] = "classifier"

    backbone: AnyBackbone
    """What reads the example: a table with `kind` text, language, vit, convnet, ..."""
    n_classes: int
    """Classes told apart."""
    classes: tuple[str, ...] = ()
    """Their names; none: they have numbers only."""
    pooling: Annotated[PoolingConfig, one_of(lambda: POOLINGS)] = MeanPoolingConfig()
    """How one vector is made of all: first, last, mean, max or attention."""
    hidden: bool = False
    """A layer as wide as the backbone between that vector and the classes."""
    activation: ActivationWord = "tanh"
    """What bends that layer."""
    dropout: float = 0.0
    """Probability of dropping a coordinate of the vector, while training."""
    label_smoothing: float = 0.0
    """Share of the target's probability that is spread over all classes in training (Szegedy et al. 2016, section 7,
    https://arxiv.org/abs/1512.00567)."""
    init_std: float = 0.02
    """Standard deviation of the head's weights at the start."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.n_classes < 2:
            raise ValueError(f"n_classes={self.n_classes} must be at least 2.")
        if self.classes and len(self.classes) != self.n_classes:
            raise ValueError(f"classes names {len(self.classes)} classes, but n_classes={self.n_classes}.")
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must lie in [0, 1).")
        return self

    def build(self) -> Classifier:
        """A freshly initialised classifier; draws from torch's global generator.

        Raises:
            ConfigError: two settings of the backbone contradict each other.
        """
        backbone = self.backbone.build()
        d_model = backbone.d_model
        hidden = nn.Linear(d_model, d_model) if self.hidden else None
        model = Classifier(
            backbone,
            self.pooling.build(d_model),
            hidden,
            self.activation,
            nn.Linear(d_model, self.n_classes),
            self.dropout,
            self.label_smoothing,
        )
        draw_start(model, lambda name: None if name.startswith(("backbone.", "pooling.")) else self.init_std)
        return model
