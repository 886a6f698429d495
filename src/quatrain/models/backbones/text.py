"""The text encoder: tokens, segments and order embedded, then blocks that look both ways. BERT: a config of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, Self

import torch
from jaxtyping import Bool, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.errors import ShapeError
from quatrain.layers.embedding import EMBEDDINGS, Embedding, EmbeddingConfig
from quatrain.layers.feedforward import FEED_FORWARDS, FeedForwardConfig, MLPConfig
from quatrain.layers.norms import NORMS, LayerNormConfig, NormConfig
from quatrain.layers.residual import RESIDUALS
from quatrain.mixers import AnyMixer, AttentionConfig
from quatrain.mixers.attention import share_positions
from quatrain.models._start import draw_start, is_last
from quatrain.models.backbones._base import Backbone, BackboneConfig, Features
from quatrain.models.block import Block
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


class TextEncoderConfig(BackboneConfig):
    """An encoder of one text or two."""

    kind: ClassVar[str] = "text"
    reads: ClassVar[str] = "text"

    vocab_size: int
    """Tokens known."""
    n_segments: int = 2
    """Texts of an example that are told apart by a vector of their own; 0: none."""
    d_model: int = 128
    """Width of the residual stream."""
    n_layers: int = 2
    """Blocks; 0: the embedding alone."""
    max_seq_len: int | None = 128
    """Most positions accepted; null: no bound."""
    mixer: AnyMixer = AttentionConfig(causal=False)
    """What moves information between positions; it may look ahead."""
    ffn: Annotated[FeedForwardConfig, one_of(lambda: FEED_FORWARDS)] = MLPConfig()
    """What works inside a position."""
    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = LayerNormConfig()
    """What keeps the stream in scale."""
    norm_place: Literal["pre", "post"] = "pre"
    """Norm before each branch, or after each sum."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = NoInputConfig()
    """What is added to the embedded tokens: none, learned, sinusoidal, lecture or onehot."""
    embedding: Annotated[EmbeddingConfig, one_of(lambda: EMBEDDINGS)] = EmbeddingConfig()
    """What a token becomes: token, or ngram (the token and the ones before it)."""
    embedding_norm: bool = False
    """Norm the embedded input, too."""
    dropout: float = 0.0
    """Probability of dropping a coordinate of the embedded input and of each branch, while training."""
    token_dropout: float = 0.0
    """Probability of dropping the whole vector of a token, while training (Iyyer et al. 2015, section 3.1)."""
    init_std: float = 0.02
    """Standard deviation of the weights at the start."""
    zero_init: bool = False
    """Start the last projection of every branch at zero (not init_std; where pre-norm, that / sqrt(2 n_layers))."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name, least in (("vocab_size", 1), ("d_model", 1), ("n_layers", 0), ("n_segments", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}={getattr(self, name)} must be at least {least}.")
        for name in ("dropout", "token_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must lie in [0, 1).")
        return self

    def build(self) -> TextEncoder:
        """A freshly initialised encoder; draws from torch's global generator.

        Raises:
            ConfigError: two settings contradict each other.
        """
        blocks = [self._block(layer) for layer in range(self.n_layers)]
        share_positions(block.mixer for block in blocks)
        stack = Encoder(
            self.position.build(self.d_model, self.max_seq_len),
            self.norm.build(self.d_model) if self.embedding_norm else nn.Identity(),
            blocks,
            self.norm.build(self.d_model) if self.norm_place == "pre" else nn.Identity(),
            self.dropout,
        )
        encoder = TextEncoder(
            self.embedding.build(self.vocab_size, self.d_model),
            nn.Embedding(self.n_segments, self.d_model) if self.n_segments else None,
            stack,
            max_seq_len=self.max_seq_len,
            token_dropout=self.token_dropout,
        )
        draw_start(encoder, self._start)
        return encoder

    def _block(self, layer: int) -> Block:
        around = RESIDUALS[self.norm_place]
        return Block(
            self.mixer.at(layer).build(self.d_model),
            around(self.norm.build(self.d_model), self.dropout),
            self.ffn.build(self.d_model, 0.0),
            around(self.norm.build(self.d_model), self.dropout),
        )

    def _start(self, name: str) -> float | None:
        """N(0, std); before a sum that no norm follows, smaller, so that the stream keeps its scale."""
        if name == "embedding.table":
            return self.embedding.std
        if name == "embedding.ngrams" or (self.zero_init and is_last(name)):
            return 0.0
        is_summed = is_last(name) and self.norm_place == "pre"
        return self.init_std * ((2 * self.n_layers) ** -0.5 if is_summed else 1.0)
