"""The decoder language model: embed, blocks, norm, head. GPT-2, Llama, Qwen3, our default: configs of it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, NamedTuple, Self, cast

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.errors import ConfigError, ShapeError
from quatrain.layers.dropout import Dropout
from quatrain.layers.embedding import EMBEDDINGS, Embedding, EmbeddingConfig
from quatrain.layers.feedforward import FEED_FORWARDS, FeedForwardConfig, MLPConfig
from quatrain.layers.heads import HEADS, HeadConfig, SoftmaxHead
from quatrain.layers.norms import NORMS, LayerNormConfig, NormConfig
from quatrain.layers.residual import RESIDUALS
from quatrain.mixers import AnyMixer, AttentionConfig
from quatrain.mixers.attention import share_positions
from quatrain.models._base import LanguageModelConfig, SequenceModel, losses_of
from quatrain.models._start import draw_start, is_last
from quatrain.models.block import Block
from quatrain.ops.cooccurrence import cooccurrence_vectors
from quatrain.ops.flops import matrix_flops
from quatrain.ops.state import State
from quatrain.positions import INPUT_POSITIONS, InputPosition, InputPositionConfig, NoInputConfig


class CausalLMState(NamedTuple):
    """What decoding remembers."""

    blocks: tuple[State, ...]
    """Of each mixer."""
    n_seen: Int[Tensor, "batch one"]
    """Real tokens so far."""
    before: Int[Tensor, "batch reach"]
    """The last tokens, as many as the embedding looks back at."""


class CausalLM(SequenceModel):
    """Predicts the next token from the past through a stack of blocks.

    Radford et al. 2019 (GPT-2) with pre-norm blocks; which mixer, norm, feed-forward and positions is a
    matter of the parts passed in.

    Args:
        embedding: ids to vectors.
        position: what is added to the vectors.
        blocks: the stack.
        embedding_norm: on the embedded input (do-nothing in most models).
        norm: the last norm (do-nothing for post-norm stacks).
        head: vectors to logits.
        tied: the head shares the embedding's table.
        max_seq_len: most positions accepted; None: no bound.
        dropout: on the embedded input.
        neighbour_start: scale of the co-occurrence vectors `observe` starts the table from; 0: it does not.
    """

    def __init__(
        self,
        embedding: Embedding,
        position: InputPosition,
        blocks: list[Block],
        embedding_norm: nn.Module,
        norm: nn.Module,
        head: SoftmaxHead,
        *,
        tied: bool,
        max_seq_len: int | None,
        dropout: float,
        neighbour_start: float = 0.0,
    ) -> None:
        super().__init__()
        self.vocab_size = len(embedding.table.weight)
        self.max_seq_len, self.neighbour_start = max_seq_len, neighbour_start
        self.embedding, self.position, self.dropout = embedding, position, Dropout(dropout)
        self.embedding_norm, self.blocks, self.norm = embedding_norm, nn.ModuleList(blocks), norm
        self.lm_head = head
        if tied:
            self.lm_head.weight = embedding.table.weight

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the token after each position.

        Raises:
            ShapeError: the sequence is longer than max_seq_len.
        """
        return self.lm_head(self.features(tokens, token_mask, documents))

    def features(
        self, tokens: Tensor, token_mask: Tensor | None = None, documents: Tensor | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        """What the head reads: context-aware vectors of the tokens."""
        self._check_length(tokens.shape[1])
        where = torch.arange(tokens.shape[1], device=tokens.device)
        if token_mask is not None:
            where = (token_mask.long().cumsum(dim=1) - 1).clamp(min=0)
        x = self.embedding(tokens, self.embedding.nothing(len(tokens)), token_mask, documents)
        x = self.dropout(self.embedding_norm(self.position(x, where)))  # (B, T, D)
        for block in self.stack():
            x = block(x, token_mask, documents)
        return self.norm(x)

    def token_losses(
        self,
        tokens: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats paid for each target; 0 where the target is `IGNORE`."""
        return losses_of(self.lm_head, self.features(tokens, token_mask, documents), targets)

    @torch.no_grad()
    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Count n-grams for the embedding and frequencies for the head; start a tied table from neighbours."""
        self.embedding.observe(tokens)
        self.lm_head.observe(tokens)
        if self.neighbour_start:
            table = self.embedding.table.weight
            vectors = cooccurrence_vectors(tokens.cpu(), *table.shape, window=2, generator=generator)
            table.copy_(vectors * self.neighbour_start)

    def init_state(self, batch_size: int) -> CausalLMState:
        """No past."""
        n_seen = torch.zeros(batch_size, 1, dtype=torch.long, device=self.lm_head.weight.device)
        blocks = tuple(block.mixer.init_state(batch_size) for block in self.stack())
        return CausalLMState(blocks, n_seen, self.embedding.nothing(batch_size))

    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: CausalLMState,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], CausalLMState]:
        """Logits after each new token, and the state to go on from.

        Raises:
            ShapeError: more tokens than max_seq_len in all.
        """
        counted = torch.ones_like(tokens) if token_mask is None else token_mask.long()
        where = (state.n_seen + counted.cumsum(dim=1) - 1).clamp(min=0)  # (B, T)
        n_seen = state.n_seen + counted.sum(dim=1, keepdim=True)
        self._check_length(int(n_seen.max()))
        x = self.embedding_norm(self.position(self.embedding(tokens, state.before, token_mask), where))
        before = self.embedding.remember(tokens, state.before, token_mask)
        states = []
        for block, past in zip(self.stack(), state.blocks, strict=True):
            x, past = block.advance(x, past, token_mask)
            states.append(past)
        return self.lm_head(self.norm(x)), CausalLMState(tuple(states), n_seen, before)

    def state_size(self, seq_len: int) -> int:
        """Bytes remembered for one sequence after `seq_len` tokens."""
        return sum(block.mixer.state_size(seq_len) for block in self.stack()) + 8 * (1 + self.embedding.reach)

    @property
    def reach(self) -> int | None:
        """The sum over embedding and blocks."""
        reaches = [block.mixer.reach for block in self.stack()]
        return None if None in reaches else self.embedding.reach + sum(reach for reach in reaches if reach is not None)

    def flops(self, seq_len: int) -> int:
        """Mixers, feed-forwards and head."""
        blocks = sum(block.mixer.flops(seq_len) + seq_len * matrix_flops(block.ffn) for block in self.stack())
        return blocks + seq_len * 2 * self.lm_head.weight.numel()

    def stack(self) -> list[Block]:
        """The blocks, first to last."""
        return cast("list[Block]", list(self.blocks))

    def _check_length(self, seq_len: int) -> None:
        if self.max_seq_len is not None and seq_len > self.max_seq_len:
            raise ShapeError(
                f"tokens has {seq_len} positions but this model accepts max_seq_len={self.max_seq_len}. "
                "Crop the input or train with a larger model.max_seq_len."
            )


class CausalLMConfig(LanguageModelConfig):
    """A decoder language model."""

    kind: ClassVar[str] = "causal_lm"

    d_model: int = 256
    """Width of the residual stream."""
    n_layers: int = 4
    """Blocks."""
    max_seq_len: int | None = 256
    """Most positions accepted; null: no bound."""
    mixer: AnyMixer = AttentionConfig()
    """What moves information between positions; a pattern of words such as hyena,hyena,attention makes a hybrid."""
    ffn: Annotated[FeedForwardConfig, one_of(lambda: FEED_FORWARDS)] = MLPConfig()
    """What works inside a position."""
    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = LayerNormConfig()
    """What keeps the stream in scale."""
    norm_place: Literal["pre", "post"] = "pre"
    """Norm before each branch, or after each sum."""
    position: Annotated[InputPositionConfig, one_of(lambda: INPUT_POSITIONS)] = NoInputConfig()
    """What is added to the embedded tokens: none, learned, sinusoidal, lecture or onehot."""
    embedding_norm: bool = False
    """Norm the embedded input, too."""
    dropout: float = 0.0
    """Probability of dropping a coordinate of the embedded input and of each branch, while training."""
    tied: bool = True
    """The head shares the embedding's table."""
    embedding: Annotated[EmbeddingConfig, one_of(lambda: EMBEDDINGS)] = EmbeddingConfig()
    """What a token becomes: token, or ngram (the token and the ones before it)."""
    head: Annotated[HeadConfig, one_of(lambda: HEADS)] = HeadConfig()
    """From vectors to the next token: softmax, or sampled (for large vocabularies)."""
    neighbour_start: float = 0.0
    """Start the token table from co-occurrences in the training text, scaled to this root mean square; 0: random."""
    init_std: float = 0.02
    """Standard deviation of the weights at the start."""
    zero_init: bool = False
    """Start an untied head and the last projection of every branch at zero (not init_std / sqrt(2 n_layers))."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("vocab_size", "d_model", "n_layers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    def build(self) -> CausalLM:
        """A freshly initialised model; draws from torch's global generator.

        Raises:
            ConfigError: a mixer looks ahead, or two settings contradict each other.
        """
        blocks = [self._block(layer) for layer in range(self.n_layers)]
        share_positions(block.mixer for block in blocks)
        for layer, block in enumerate(blocks):
            if not block.mixer.is_causal:
                raise ConfigError(
                    f"model.mixer: in layer {layer} {type(block.mixer).__name__} looks ahead, so it would read the "
                    "very tokens it is to predict. Set model.mixer.causal=true."
                )
        model = CausalLM(
            self.embedding.build(self.vocab_size, self.d_model),
            self.position.build(self.d_model, self.max_seq_len),
            blocks,
            self.norm.build(self.d_model) if self.embedding_norm else nn.Identity(),
            self.norm.build(self.d_model) if self.norm_place == "pre" else nn.Identity(),
            self.head.build(self.d_model, self.vocab_size),
            neighbour_start=self.neighbour_start,
            tied=self.tied,
            max_seq_len=self.max_seq_len,
            dropout=self.dropout,
        )
        draw_start(model, self._start)
        return model

    def _block(self, layer: int) -> Block:
        around = RESIDUALS[self.norm_place]
        return Block(
            self.mixer.at(layer).build(self.d_model),
            around(self.norm.build(self.d_model), self.dropout),
            self.ffn.build(self.d_model, 0.0),
            around(self.norm.build(self.d_model), self.dropout),
        )

    def _start(self, name: str) -> float | None:
        """GPT-2's start: N(0, std), branches' last projections smaller so that the stream keeps its scale."""
        if self.tied and name == "lm_head":
            return None  # its weight is the embedding's, its bias is counted
        if name == "embedding.table":
            return self.embedding.std
        if name == "embedding.ngrams" or (self.zero_init and (is_last(name) or name == "lm_head")):
            return 0.0
        return self.init_std * ((2 * self.n_layers) ** -0.5 if is_last(name) else 1.0)
