"""What data offers to a training, and to a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from quatrain.data import Tokenizer
from quatrain.training.growth import Source

ModelT = TypeVar("ModelT", bound=Any)


class Countable(Protocol):
    """What a model may look at as a whole before its first update."""

    def observed_by(self, model: Any, seed: int) -> None:
        """Let a model take from it what is counted rather than learned."""


class Learnable(Protocol):
    """What every kind of data offers to a training."""

    @property
    def train(self) -> Source:
        """What is learned from, batch by batch."""

    @property
    def val(self) -> Any:
        """What is validated on, as the objective knows it."""

    @property
    def counted(self) -> Countable | None:
        """What is counted before the first update, as one stream, or scales are taken from; None: nothing is."""

    @property
    def fingerprint(self) -> str:
        """The same data has the same."""


class Data(Learnable, Protocol):
    """What data offers to a run: it has a name, tests of its own, and tokenizers that the run folder keeps."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def split(self) -> str:
        """How it was split, in a sentence."""

    @property
    def tests(self) -> Mapping[str, Any]:
        """Parts that are scored once, at the end, by name."""

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""

    def left_out(self, seq_len: int) -> str:
        """What of the training part is not learned from in rows of so many tokens, in a sentence; empty: nothing."""

    def tokenizer_files(self) -> Mapping[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer."""


def observe(model: ModelT, counted: Countable | None, seed: int) -> ModelT:
    """The model, after it has counted what it counts: an n-gram everything, a forecaster scales, others their start."""
    if counted is not None:
        counted.observed_by(model, seed)
    return model
