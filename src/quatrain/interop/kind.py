"""What families of one kind of model have in common: how it is spelt out, tried, and laid out in a folder."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

import torch
from torch import Tensor, nn

from quatrain.data.tokenizers import Tokenizer
from quatrain.models import ModelConfig

ConfigT = TypeVar("ConfigT", bound=ModelConfig)

ROWS, MOST_POSITIONS = 2, 64
"""Size of the batch that two models are compared on."""

Shapes = Mapping[str, tuple[int, ...]]


class Vocabulary(NamedTuple):
    """A tokenizer of a model, and where it lies."""

    file: str
    """In a run folder."""
    folder: str
    """Below a folder of theirs, where it is `tokenizer.json`."""
    n_tokens: int
    """How many the model knows."""
    extra: str | None = None
    """A token that only their model has, with the next id."""


class Kind(ABC, Generic[ConfigT]):
    """A kind of model."""

    config_type: type[ConfigT]
    auto_class: str
    """What opens it in `transformers`."""
    is_encoder_decoder: bool
    task: str
    """What a run of it is trained for."""
    use: str
    """The command that uses such a run."""
    train: str
    """A command that trains one that can be exported."""
    adds_eos: bool
    """Whether their tokenizer ends every text with the end-of-text token."""
    frames: bool = False
    """Whether a text, or a pair of texts, is read in a frame of special tokens."""
    side_file: str = "generation_config.json"
    """What of theirs stands beside config.json."""
    side_words: tuple[str, ...] = ()
    """Settings in it that a model's meaning depends on."""

    def holds(self, config: ModelConfig) -> bool:
        """Whether a model is of this kind."""
        return isinstance(config, self.config_type)

    @abstractmethod
    def settled(self, config: ConfigT) -> ConfigT:
        """The same trained model with every derived width written out and what acts in training only at rest."""

    @abstractmethod
    def stranger(self, config: ConfigT) -> str | None:
        """The kind of a part that no family has."""

    @abstractmethod
    def row_sizes(self, shapes: Shapes) -> dict[str, int]:
        """The rows that the words of key maps stand for."""

    @abstractmethod
    def presets(self) -> dict[str, ConfigT]:
        """Words a person can train, each with a small config of it."""

    @abstractmethod
    def vocabularies(self, config: ConfigT) -> list[Vocabulary]:
        """The tokenizers of a model, the one that `AutoTokenizer` opens first."""

    @abstractmethod
    def tokenizer_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """What their tokenizer_config.json says beyond how to read tokenizer.json."""

    @abstractmethod
    def token_settings(self, config: ConfigT, tokenizer: Tokenizer) -> dict[str, Any]:
        """What their config.json says about tokens."""

    @abstractmethod
    def side_settings(self, config: ConfigT, eos_id: int) -> dict[str, Any]:
        """The content of `side_file`; nothing where there is none."""

    @abstractmethod
    def logits(self, model: nn.Module, theirs: Any, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """What both make of the same random tokens, ours first."""

    def shapes(self, config: ConfigT) -> dict[str, tuple[int, ...]]:
        """Names and shapes of a model's weights, a shared one once."""
        with torch.device("meta"):  # no memory for its weights
            blank = config.build()
        return {name: tuple(weight.shape) for name, weight in blank.named_parameters()}
