"""The text encoder: tokens, segments and order embedded, then blocks that look both ways. BERT: a config of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import torch
from jaxtyping import Bool, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.errors import ShapeError
from quatrain.layers.embedding import EMBEDDINGS, Embedding, EmbeddingConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones._base import Backbone, Features
from quatrain.models.backbones._stacked import StackedConfig
from quatrain.models.stack import Encoder
from quatrain.ops.flops import matrix_flops
from quatrain.positions import INPUT_POSITIONS, InputPositionConfig, NoInputConfig


class TextEncoder(Backbone):
    """Reads a text, or two, whole.

    Devlin et al. 2019, https://arxiv.org/abs/1810.04805; which mixer, norm, feed-forward and positions is a matter of
    the parts passed in, so that a bidirectional LSTM or a convolution is a config, too.

    Args:
        embedding: ids to vectors.
        segments: the vector of each segment, added to those of its tokens; None: there are none.
        stack: order, norm and dropout of the embedded tokens, the blocks, the last norm.
        max_seq_len: most positions accepted; None: no bound.
        token_dropout: probability of dropping the whole vector of a token, while training.
    """

    def __init__(
        self,
        embedding: Embedding,
        segments: nn.Embedding | None,
        stack: Encoder,
        *,
        max_seq_len: int | None,
        token_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.vocab_size, self.d_model = embedding.table.weight.shape
        self.max_seq_len = max_seq_len
        self.embedding, self.segments, self.stack = embedding, segments, stack
        self.token_dropout = token_dropout

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        segments: Int[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Features:
        """Context-aware vectors of tokens; padding stands on the right and changes nothing.

        Args:
            tokens: framed, such as [CLS] a [SEP] b [SEP].
            token_mask: True where a token is real.
            segments: 0 for tokens of the first text, 1 for those of the second; None: all 0.
            documents: numbers the texts packed into a row; tokens of different ones never meet.

        Raises:
            ShapeError: the sequence is longer than max_seq_len.
        """
        self._check_length(tokens.shape[1])
        x = self.embedding(tokens, self.embedding.nothing(len(tokens)), token_mask, documents)
        if self.training and self.token_dropout > 0:
            x = x * (torch.rand(tokens.shape, device=x.device) >= self.token_dropout)[..., None]
        if self.segments is not None:
            x = x + self.segments(torch.zeros_like(tokens) if segments is None else segments)
        return Features(self.stack(x, token_mask, documents), token_mask)

    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Count the n-grams of a training text, where the embedding knows some."""
        self.embedding.observe(tokens)

    def flops(self, seq_len: int) -> int:
        """Mixers and feed-forwards over one sequence."""
        return sum(block.mixer.flops(seq_len) + seq_len * matrix_flops(block.ffn) for block in self.stack.stack())

    def _check_length(self, seq_len: int) -> None:
        if self.max_seq_len is not None and seq_len > self.max_seq_len:
            raise ShapeError(
                f"tokens has {seq_len} positions but this model accepts max_seq_len={self.max_seq_len}. "
                "Crop the input or train with a larger model.backbone.max_seq_len."
            )


class TextEncoderConfig(StackedConfig):
    """An encoder of one text or two."""

    kind: ClassVar[str] = "text"
    reads: ClassVar[str] = "text"

    vocab_size: int
    """Tokens known."""
    n_segments: int = 2
    """Texts of an example that are told apart by a vector of their own; 0: none."""
    max_seq_len: int | None = 128
    """Most positions accepted; null: no bound."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = NoInputConfig()
    """What is added to the embedded tokens: none, learned, sinusoidal, lecture or onehot."""
    embedding: Annotated[EmbeddingConfig, one_of(lambda: EMBEDDINGS)] = EmbeddingConfig()
    """What a token becomes: token, or ngram (the token and the ones before it)."""
    token_dropout: float = 0.0
    """Probability of dropping the whole vector of a token, while training (Iyyer et al. 2015, section 3.1)."""

    @model_validator(mode="after")
    def _check_text(self) -> Self:
        for name, least in (("vocab_size", 1), ("n_segments", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {least}.")
        if not 0 <= self.token_dropout < 1:
            raise ValueError(f"token_dropout={self.token_dropout} must lie in [0, 1).")
        return self

    def build(self) -> TextEncoder:
        """A freshly initialised encoder; draws from torch's global generator.

        Raises:
            ConfigError: two settings contradict each other.
        """
        encoder = TextEncoder(
            self.embedding.build(self.vocab_size, self.d_model),
            nn.Embedding(self.n_segments, self.d_model) if self.n_segments else None,
            self.stack(self.position.build(self.d_model, self.max_seq_len)),
            max_seq_len=self.max_seq_len,
            token_dropout=self.token_dropout,
        )
        draw_start(encoder, self._start)
        return encoder

    def _start(self, name: str) -> float:
        if name == "embedding.table":
            return self.embedding.std
        return 0.0 if name == "embedding.ngrams" else self.start_of(name)
