"""What reads an example whole: tokens, a picture or a series in, context-aware vectors out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, NamedTuple

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.config import Config


class Features(NamedTuple):
    """What a backbone makes of a batch of examples."""

    vectors: Float[Tensor, "batch seq d_model"]
    """One for each position: a token, a patch, a stretch of time."""
    token_mask: Bool[Tensor, "batch seq"] | None = None
    """True where a position is real; None: everywhere."""


class Backbone(nn.Module, ABC):
    """The body of every model that answers about an example: classifiers, taggers, masked language models.

    The inputs are those of `ExampleBatch.inputs` for its sort of data, in their order. It knows nothing of what it is
    trained for, so its weights can be carried from one task to another.
    """

    d_model: int
    """Width of the vectors."""
    max_seq_len: int | None
    """Most positions of an example; None where there is no bound."""

    @abstractmethod
    def forward(self, *inputs: Any, **named: Any) -> Features:
        """The vectors of a batch."""

    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Count what is counted in a training text rather than learned: here nothing."""

    @abstractmethod
    def flops(self, seq_len: int) -> int:
        """Floating-point operations of `forward` over one example of so many positions, a multiply-add being two.

        A backbone whose examples are all of one size counts that size.
        """


class BackboneConfig(Config):
    """Base of the settings of a backbone: complete, so that `build` needs nothing else."""

    reads: ClassVar[str]
    """The sort of examples: text, images or series."""

    def build(self) -> Backbone:
        """A freshly initialised backbone; draws from torch's global generator.

        Raises:
            ConfigError: two settings contradict each other.
        """
        raise NotImplementedError
