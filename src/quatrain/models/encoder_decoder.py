"""The encoder-decoder: a stack that reads a source, and a stack that writes a target while it looks at it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, NamedTuple, Self

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import Config, one_of
from quatrain.errors import ConfigError, ShapeError
from quatrain.layers.embedding import EMBEDDINGS, Embedding, EmbeddingConfig
from quatrain.layers.feedforward import FEED_FORWARDS, FeedForwardConfig, MLPConfig
from quatrain.layers.heads import HEADS, HeadConfig, SoftmaxHead
from quatrain.layers.norms import NORMS, LayerNormConfig, NormConfig
from quatrain.layers.residual import RESIDUALS, Residual
from quatrain.layers.start import STARTS, GivenStartConfig, Start, StartConfig
from quatrain.layers.tap import record
from quatrain.mixers import AnyCrossMixer, AnyMixer, AttentionConfig, CrossAttentionConfig, Memory
from quatrain.mixers.attention import share_positions
from quatrain.models._base import ConditionalModel, ModelConfig, losses_of
from quatrain.models._start import draw_start, is_last
from quatrain.models.block import Block, CrossBlock
from quatrain.models.bridge import BRIDGES
from quatrain.models.given import Given
from quatrain.models.stack import Decoder, Encoder
from quatrain.ops.flops import matrix_flops
from quatrain.ops.state import Shared, State
from quatrain.positions import INPUT_POSITIONS, InputPositionConfig, NoInputConfig


class EncoderDecoderState(NamedTuple):
    """What decoding remembers."""

    blocks: tuple[State, ...]
    """Of each mixer of the decoder."""
    sources: Shared
    """Of each cross mixer, what it remembers of the sources."""
    n_seen: Int[Tensor, "batch one"]
    """Real tokens so far."""
    before: Int[Tensor, "batch reach"]
    """The last tokens, as many as the embedding looks back at."""


class EncoderDecoder(ConditionalModel):
    """Predicts the next token of a target from its past and from a source.

    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762; which mixers, norms, feed-forwards and positions is a matter
    of the parts passed in, so that Bahdanau et al. 2015 and Sutskever et al. 2014 are configs, too.

    Args:
        src_embedding: ids of the source to vectors.
        tgt_embedding: ids of the target to vectors.
        encoder: the stack that reads the source.
        decoder: the stack that writes the target.
        bridge: what of the encoder's output the decoder may read.
        start: what a target begins with.
        head: vectors to logits.
        tied: the head shares the target embedding's table.
        max_src_len: most positions of a source; None: no bound.
        max_seq_len: most positions of a target; None: no bound.
    """

    def __init__(
        self,
        src_embedding: Embedding,
        tgt_embedding: Embedding,
        encoder: Encoder,
        decoder: Decoder,
        bridge: nn.Module,
        start: Start,
        head: SoftmaxHead,
        *,
        tied: bool,
        max_src_len: int | None,
        max_seq_len: int | None,
    ) -> None:
        super().__init__()
        self.vocab_size = len(tgt_embedding.table.weight)
        self.src_vocab_size = len(src_embedding.table.weight)
        self.max_src_len, self.max_seq_len = max_src_len, max_seq_len
        self.src_embedding, self.tgt_embedding = src_embedding, tgt_embedding
        self.encoder, self.bridge, self.decoder = encoder, bridge, decoder
        self.start, self.lm_head = start, head
        if tied:
            self.lm_head.weight = tgt_embedding.table.weight

    def forward(
        self,
        src: Int[Tensor, "batch src"],
        tgt: Int[Tensor, "batch seq"],
        src_mask: Bool[Tensor, "batch src"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the target's token after each position.

        Raises:
            ShapeError: a side is longer than the model accepts, or the source is not padded on the right.
        """
        return self.lm_head(self.features(src, tgt, src_mask))

    def features(self, src: Tensor, tgt: Tensor, src_mask: Tensor | None = None) -> Float[Tensor, "batch seq d_model"]:
        """What the head reads: vectors of the target that know its past and its source."""
        self._check_length("tgt", tgt.shape[1], "max_seq_len")
        x = self.tgt_embedding(tgt, self.tgt_embedding.nothing(len(tgt)))
        x = self.start(x, torch.arange(tgt.shape[1], device=tgt.device), self.tgt_embedding)
        return self.decoder(x, self.encode(src, src_mask))

    def token_losses(
        self,
        src: Int[Tensor, "batch src"],
        tgt: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        src_mask: Bool[Tensor, "batch src"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats paid for each target; 0 where it is `IGNORE`, of which no logits are taken."""
        return losses_of(self.lm_head, self.features(src, tgt, src_mask), targets)

    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Count n-grams of the target for its embedding and frequencies for the head."""
        self.tgt_embedding.observe(tokens)
        self.lm_head.observe(tokens)

    def encode(self, src: Int[Tensor, "batch src"], src_mask: Bool[Tensor, "batch src"] | None = None) -> Memory:
        """What the target reads of its source.

        Raises:
            ShapeError: the source is longer than the model accepts, or not padded on the right.
        """
        self._check_length("src", src.shape[1], "max_src_len")
        token_mask = None if src_mask is None else _padding_on_the_right(src_mask)
        x = self.src_embedding(src, self.src_embedding.nothing(len(src)))
        return self.bridge(Memory(self.encoder(x, token_mask), token_mask))

    def init_state(self, memory: Memory) -> EncoderDecoderState:
        """What is remembered before the first token of the target: a row a source."""
        n_rows, device = len(memory.vectors), memory.vectors.device
        remembered = tuple(block.cross.remember(memory) for block in self.decoder.stack())
        return EncoderDecoderState(
            tuple(block.mixer.init_state(n_rows) for block in self.decoder.stack()),
            Shared.among(remembered, torch.arange(n_rows, device=device)),
            torch.zeros(n_rows, 1, dtype=torch.long, device=device),
            self.tgt_embedding.nothing(n_rows),
        )

    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: EncoderDecoderState,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], EncoderDecoderState]:
        """Logits after each new token, and the state to go on from.

        Raises:
            ShapeError: more tokens than max_seq_len in all.
        """
        counted = torch.ones_like(tokens) if token_mask is None else token_mask.long()
        positions = (state.n_seen + counted.cumsum(dim=1) - 1).clamp(min=0)  # (B, T)
        n_seen = state.n_seen + counted.sum(dim=1, keepdim=True)
        self._check_length("tgt", int(n_seen.max()), "max_seq_len")
        x = self.start(self.tgt_embedding(tokens, state.before, token_mask), positions, self.tgt_embedding)
        x, blocks = self.decoder.advance(x, positions, state.blocks, state.sources, token_mask)
        before = self.tgt_embedding.remember(tokens, state.before, token_mask)
        return self.lm_head(x), EncoderDecoderState(blocks, state.sources, n_seen, before)

    def given(self, memory: Memory) -> Given:
        """A model of targets alone, these sources given."""
        return Given(self, memory)

    def state_size(self, seq_len: int, src_len: int) -> int:
        """Bytes remembered for one pair after `seq_len` tokens of the target, neither side padded."""
        blocks = sum(
            block.mixer.state_size(seq_len) + block.cross.state_size(src_len) for block in self.decoder.stack()
        )
        return blocks + 8 * (2 + self.tgt_embedding.reach)  # its owner, how many were seen, the last tokens

    def flops(self, seq_len: int, src_len: int) -> int:
        """Mixers, cross mixers, feed-forwards and head."""
        encoder = sum(block.mixer.flops(src_len) + src_len * matrix_flops(block.ffn) for block in self.encoder.stack())
        decoder = sum(
            block.mixer.flops(seq_len) + block.cross.flops(seq_len, src_len) + seq_len * matrix_flops(block.ffn)
            for block in self.decoder.stack()
        )
        return encoder + decoder + seq_len * 2 * self.lm_head.weight.numel()

    @torch.no_grad()
    def alignments(
        self,
        src: Int[Tensor, "batch src"],
        tgt: Int[Tensor, "batch seq"],
        src_mask: Bool[Tensor, "batch src"] | None = None,
    ) -> Float[Tensor, "batch layers heads seq src"]:
        """How much every position of the target reads of every position of the source: weights that sum to 1.

        Raises:
            ConfigError: the decoder does not choose what it reads.
        """
        with record(self.decoder, "blocks.*.cross.pattern") as seen:
            self.features(src, tgt, src_mask)
        return torch.stack([weights for (weights,) in seen.values()], dim=1)

    def _check_length(self, side: str, length: int, bound: Literal["max_src_len", "max_seq_len"]) -> None:
        most = getattr(self, bound)
        if most is not None and length > most:
            raise ShapeError(
                f"{side} has {length} positions but this model accepts {bound}={most}. "
                f"Crop it or train with a larger model.{bound}."
            )


def _padding_on_the_right(mask: Tensor) -> Tensor | None:
    """A mask of rows that are padded on the right, or None where none is.

    Raises:
        ShapeError: something real stands behind padding.
    """
    if torch.compiler.is_compiling():  # a compiled graph has no place to look
        return mask
    if bool((mask[:, 1:] > mask[:, :-1]).any()):
        raise ShapeError("src_mask has a real token behind padding. Put the padding of every source on its right.")
    return None if bool(mask.all()) else mask


class EncoderConfig(Config):
    """The stack that reads the source."""

    n_layers: int = 4
    """Blocks."""
    mixer: AnyMixer = AttentionConfig(causal=False)
    """What moves information between positions of the source; it may look ahead."""
    ffn: Annotated[FeedForwardConfig, one_of(lambda: FEED_FORWARDS)] = MLPConfig()
    """What works inside a position."""


class DecoderConfig(Config):
    """The stack that writes the target."""

    n_layers: int = 4
    """Blocks."""
    mixer: AnyMixer = AttentionConfig()
    """What moves information between positions of the target; it may not look ahead."""
    cross: AnyCrossMixer = CrossAttentionConfig()
    """What moves information from the source: attention, additive or fixed."""
    ffn: Annotated[FeedForwardConfig, one_of(lambda: FEED_FORWARDS)] = MLPConfig()
    """What works inside a position."""


class EncoderDecoderConfig(ModelConfig):
    """An encoder-decoder, from a source to a target."""

    kind: ClassVar[str] = "encoder_decoder"

    vocab_size: int
    """Tokens of the target."""
    src_vocab_size: int | None = None
    """Tokens of the source; null: those of the target, which then share one table of vectors."""
    d_model: int = 256
    """Width of the residual streams."""
    encoder: EncoderConfig = EncoderConfig()
    """The stack that reads the source."""
    decoder: DecoderConfig = DecoderConfig()
    """The stack that writes the target."""
    bridge: Literal["all", "last"] = "all"
    """What of the encoder's output the decoder reads: all of it, or the last vector (a bottleneck of fixed size)."""
    max_src_len: int | None = 256
    """Most positions of a source; null: no bound."""
    max_seq_len: int | None = 256
    """Most positions of a target; null: no bound."""
    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = LayerNormConfig()
    """What keeps the streams in scale."""
    norm_place: Literal["pre", "post"] = "pre"
    """Norm before each branch, or after each sum."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = NoInputConfig()
    """What is added to the embedded tokens of both sides: none, learned, sinusoidal, lecture or onehot."""
    embedding: Annotated[EmbeddingConfig, one_of(lambda: EMBEDDINGS)] = EmbeddingConfig()
    """What a token of the target becomes; one of the source becomes the vector of the token alone."""
    embedding_norm: bool = False
    """Norm the embedded inputs, too."""
    dropout: float = 0.0
    """Probability of dropping a coordinate of the embedded inputs and of each branch, while training."""
    start: Annotated[StartConfig, one_of(lambda: STARTS)] = GivenStartConfig()
    """What a target begins with: given (the end of text), zero (as Marian's do) or token (one of its own, as T5's)."""
    tied: bool = True
    """The head shares the target embedding's table."""
    head: Annotated[HeadConfig, one_of(lambda: HEADS)] = HeadConfig()
    """From vectors to the next token: softmax, or sampled (for large vocabularies)."""
    init_std: float = 0.02
    """Standard deviation of the weights at the start."""
    zero_init: bool = False
    """Start an untied head and the last projection of every branch at zero (not init_std / sqrt(branches))."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        sizes = {
            "vocab_size": self.vocab_size,
            "src_vocab_size": self.src_vocab_size,
            "d_model": self.d_model,
            "encoder.n_layers": self.encoder.n_layers,
            "decoder.n_layers": self.decoder.n_layers,
        }
        for name, size in sizes.items():
            if size is not None and size < 1:
                raise ValueError(f"{name}={size} must be at least 1.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    @property
    def n_layers(self) -> int:
        """Blocks of both stacks."""
        return self.encoder.n_layers + self.decoder.n_layers

    def build(self) -> EncoderDecoder:
        """A freshly initialised model; draws from torch's global generator.

        Raises:
            ConfigError: a mixer of the decoder looks ahead, or two settings contradict each other.
        """
        tgt_embedding = self.embedding.build(self.vocab_size, self.d_model)
        src_embedding = Embedding(self.src_vocab_size or self.vocab_size, self.d_model, scale=self.embedding.scale)
        if self.src_vocab_size is None:
            src_embedding.table = tgt_embedding.table
        model = EncoderDecoder(
            src_embedding,
            tgt_embedding,
            self._encoder(),
            self._decoder(),
            BRIDGES[self.bridge](),
            self.start.build(self.vocab_size),
            self.head.build(self.d_model, self.vocab_size),
            tied=self.tied,
            max_src_len=self.max_src_len,
            max_seq_len=self.max_seq_len,
        )
        draw_start(model, self._start)
        return model

    def _encoder(self) -> Encoder:
        parts = self.encoder
        blocks = [
            Block(
                parts.mixer.at(layer).build(self.d_model),
                self._residual(),
                parts.ffn.build(self.d_model, 0.0),
                self._residual(),
            )
            for layer in range(parts.n_layers)
        ]
        share_positions(block.mixer for block in blocks)
        return Encoder(self.position.build(self.d_model, self.max_src_len), *self._around(blocks))

    def _decoder(self) -> Decoder:
        blocks = [self._cross_block(layer) for layer in range(self.decoder.n_layers)]
        share_positions(block.mixer for block in blocks)
        return Decoder(self.position.build(self.d_model, self.max_seq_len), *self._around(blocks))

    def _cross_block(self, layer: int) -> CrossBlock:
        parts = self.decoder
        mixer = parts.mixer.at(layer).build(self.d_model)
        if not mixer.is_causal:
            raise ConfigError(
                f"model.decoder.mixer: in layer {layer} {type(mixer).__name__} looks ahead, so it would read the very "
                "tokens it is to predict. Set model.decoder.mixer.causal=true."
            )
        return CrossBlock(
            mixer,
            self._residual(),
            parts.cross.build(self.d_model),
            self._residual(),
            parts.ffn.build(self.d_model, 0.0),
            self._residual(),
        )

    def _residual(self) -> Residual:
        return RESIDUALS[self.norm_place](self.norm.build(self.d_model), self.dropout)

    def _around(
        self, blocks: list[Block] | list[CrossBlock]
    ) -> tuple[nn.Module, list[Block] | list[CrossBlock], nn.Module, float]:
        first = self.norm.build(self.d_model) if self.embedding_norm else nn.Identity()
        last = self.norm.build(self.d_model) if self.norm_place == "pre" else nn.Identity()
        return first, blocks, last, self.dropout

    def _start(self, name: str) -> float | None:
        """N(0, std), branches' last projections smaller so that the streams keep their scale."""
        if self.tied and name == "lm_head":
            return None  # its weight is the embedding's, its bias is counted
        if name in ("src_embedding.table", "tgt_embedding.table"):
            return self.embedding.std
        if name == "tgt_embedding.ngrams" or (self.zero_init and (is_last(name) or name == "lm_head")):
            return 0.0
        if not is_last(name):
            return self.init_std
        n_branches = 2 * self.encoder.n_layers if name.startswith("encoder.") else 3 * self.decoder.n_layers
        return self.init_std * n_branches**-0.5
