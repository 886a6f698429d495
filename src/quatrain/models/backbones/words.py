"""The encoder of words: each as it is known and as it is written, then blocks that look both ways."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import torch
from jaxtyping import Bool, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.errors import ShapeError
from quatrain.layers.spelling import Spelling
from quatrain.mixers import AnyMixer, LSTMConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones._base import Backbone, Features
from quatrain.models.backbones._stacked import StackedConfig
from quatrain.models.stack import Encoder
from quatrain.ops.flops import matrix_flops
from quatrain.positions import INPUT_POSITIONS, InputPositionConfig, NoInputConfig


class WordEncoder(Backbone):
    """Reads a sentence word by word.

    A vector of the word, as far as it is known, and one of its spelling: Lample et al. 2016,
    https://arxiv.org/abs/1603.01360, and Ma and Hovy 2016, https://arxiv.org/abs/1603.01354.

    Args:
        table: vectors of words.
        spelling: vectors of spellings.
        join: from both to the width of the blocks.
        stack: order and dropout of what is joined, the blocks, the last norm.
        unknown: the word that stands for all that are not known.
        word_dropout: probability of taking a word for an unknown one, while training.
        max_seq_len: most words accepted; None: no bound.
    """

    def __init__(
        self,
        table: nn.Embedding,
        spelling: Spelling,
        join: nn.Linear,
        stack: Encoder,
        *,
        unknown: int,
        word_dropout: float,
        max_seq_len: int | None,
    ) -> None:
        super().__init__()
        self.vocab_size, self.d_model, self.max_seq_len = table.num_embeddings, join.out_features, max_seq_len
        self.table, self.spelling, self.join, self.stack = table, spelling, join, stack
        self.unknown, self.word_dropout = unknown, word_dropout

    def forward(
        self,
        words: Int[Tensor, "batch words"],
        word_mask: Bool[Tensor, "batch words"] | None,
        spellings: Int[Tensor, "batch words letters"],
    ) -> Features:
        """Context-aware vectors of words; padding stands on the right and changes nothing.

        Args:
            words: ids.
            word_mask: True where a word is real; None: everywhere.
            spellings: UTF-8 bytes of each word, from the left; 0 where it is shorter than others.

        Raises:
            ShapeError: the sentence is longer than max_seq_len.
        """
        if self.max_seq_len is not None and words.shape[1] > self.max_seq_len:
            raise ShapeError(
                f"the sentence has {words.shape[1]} words but this model accepts max_seq_len={self.max_seq_len}. "
                "Cut it, or train with a larger model.backbone.max_seq_len."
            )
        if self.training and self.word_dropout:
            is_dropped = torch.rand(words.shape, device=words.device) < self.word_dropout
            words = words.masked_fill(is_dropped, self.unknown)
        x = self.join(torch.cat([self.table(words), self.spelling(spellings)], dim=2))
        return Features(self.stack(x, word_mask), word_mask)

    def flops(self, seq_len: int) -> int:
        """The join, mixers and feed-forwards over one sentence; the spelling counts as its matrices over ten bytes."""
        letters = 10 * 2 * self.spelling.conv.weight.numel()
        blocks = sum(block.mixer.flops(seq_len) + seq_len * matrix_flops(block.ffn) for block in self.stack.stack())
        return blocks + seq_len * (letters + matrix_flops(self.join))


class WordEncoderConfig(StackedConfig):
    """An encoder of words and their spelling."""

    kind: ClassVar[str] = "words"
    reads: ClassVar[str] = "words"

    vocab_size: int
    """Words known."""
    unknown: int = 1
    """The word that stands for all that are not known."""
    d_word: int = 100
    """Width of the vector of a word."""
    d_byte: int = 24
    """Width of the vector of a byte."""
    d_spelling: int = 64
    """Filters of the convolution over the bytes of a word."""
    spelling_width: int = 3
    """Bytes a filter sees."""
    n_layers: int = 1
    """Blocks."""
    max_seq_len: int | None = None
    """Most words accepted; null: no bound."""
    mixer: AnyMixer = LSTMConfig(causal=False)
    """What moves information between words; it may look ahead."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = NoInputConfig()
    """What is added to the vectors of the words: none, learned, sinusoidal, lecture or onehot."""
    word_dropout: float = 0.0
    """Probability of taking a word for an unknown one, while training."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("vocab_size", "d_word", "d_byte", "d_spelling", "spelling_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1.")
        if not 0 <= self.word_dropout < 1:
            raise ValueError(f"word_dropout={self.word_dropout} must lie in [0, 1).")
        if not 0 <= self.unknown < self.vocab_size:
            raise ValueError(f"unknown={self.unknown} is none of the {self.vocab_size} words.")
        return self

    def build(self) -> WordEncoder:
        """A freshly initialised encoder; draws from torch's global generator.

        Raises:
            ConfigError: two settings contradict each other.
        """
        spelling = Spelling(self.d_byte, self.d_spelling, self.spelling_width)
        encoder = WordEncoder(
            nn.Embedding(self.vocab_size, self.d_word),
            spelling,
            nn.Linear(self.d_word + spelling.d_out, self.d_model),
            self.stack(self.position.build(self.d_model, self.max_seq_len)),
            unknown=self.unknown,
            word_dropout=self.word_dropout,
            max_seq_len=self.max_seq_len,
        )
        draw_start(encoder, self.start_of)
        return encoder
