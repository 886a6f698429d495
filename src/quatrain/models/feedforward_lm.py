"""The language models before recurrence and attention: gather the past once, then think. DAN and Bengio's."""

from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple, Self

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.layers.dropout import Dropout
from quatrain.layers.embedding import EMBEDDINGS, Embedding, EmbeddingConfig
from quatrain.layers.feedforward import ACTIVATIONS, Activation, ActivationWord
from quatrain.layers.heads import HEADS, HeadConfig, SoftmaxHead
from quatrain.mixers import AnyMixer, Mixer, PoolingConfig
from quatrain.models._base import IGNORE, LanguageModelConfig, SequenceModel
from quatrain.ops.state import State


class FeedForwardLMState(NamedTuple):
    """What decoding remembers."""

    gathered: State
    """Of the mixer."""
    before: Int[Tensor, "batch reach"]
    """The last tokens, as many as the embedding looks back at."""


class FeedForwardLM(SequenceModel):
    """Predicts the next token by a feed-forward network over what one mixer has gathered; no residuals, no norms.

    With the running mean it is the deep averaging network of Iyyer et al. 2015
    (https://aclanthology.org/P15-1162), with a window of n - 1 tokens the n-gram network of Bengio et al. 2003
    (https://jmlr.org/papers/v3/bengio03a.html, whose direct connections from embedding to output are left out).

    Args:
        embedding: ids to vectors.
        mixer: gathers what came before.
        layers: linear maps, each followed by the activation.
        activation: what bends.
        head: vectors to logits.
        dropout: on the embedded input and behind every layer.
    """

    max_seq_len = None

    def __init__(
        self,
        embedding: Embedding,
        mixer: Mixer,
        layers: list[nn.Linear],
        activation: Activation,
        head: SoftmaxHead,
        *,
        dropout: float,
    ) -> None:
        super().__init__()
        self.vocab_size = len(embedding.table.weight)
        self.embedding, self.mixer, self.layers = embedding, mixer, nn.ModuleList(layers)
        self.activation, self.lm_head, self.dropout = activation, head, Dropout(dropout)

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the token after each position."""
        return self.lm_head(self.features(tokens, token_mask, documents))

    def features(
        self, tokens: Tensor, token_mask: Tensor | None = None, documents: Tensor | None = None
    ) -> Float[Tensor, "batch seq d_hidden"]:
        """What the head reads."""
        x = self.embedding(tokens, self.embedding.nothing(len(tokens)), token_mask, documents)
        return self._think(self.mixer(self.dropout(x), token_mask, documents))

    def token_losses(
        self,
        tokens: Int[Tensor, "batch seq"],
        targets: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq"]:
        """Nats paid for each target; 0 where the target is `IGNORE`."""
        h, scored = self.features(tokens, token_mask, documents), targets != IGNORE
        losses = self.lm_head.losses(h[scored], targets[scored])
        return torch.zeros_like(targets, dtype=losses.dtype).masked_scatter(scored, losses)

    @torch.no_grad()
    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Count n-grams for the embedding and frequencies for the head."""
        self.embedding.observe(tokens)
        self.lm_head.observe(tokens)

    def init_state(self, batch_size: int) -> FeedForwardLMState:
        """No past."""
        return FeedForwardLMState(self.mixer.init_state(batch_size), self.embedding.nothing(batch_size))

    def advance(
        self,
        tokens: Int[Tensor, "batch new"],
        state: FeedForwardLMState,
        token_mask: Bool[Tensor, "batch new"] | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], FeedForwardLMState]:
        """Logits after each new token, and the state to go on from."""
        x = self.embedding(tokens, state.before, token_mask)
        gathered, past = self.mixer.advance(x, state.gathered, token_mask)
        before = self.embedding.remember(tokens, state.before, token_mask)
        return self.lm_head(self._think(gathered)), FeedForwardLMState(past, before)

    def state_size(self, seq_len: int) -> int:
        """Bytes remembered for one sequence after `seq_len` tokens."""
        return self.mixer.state_size(seq_len) + 8 * self.embedding.reach

    @property
    def reach(self) -> int | None:
        """Of embedding and mixer together."""
        return None if self.mixer.reach is None else self.embedding.reach + self.mixer.reach

    def flops(self, seq_len: int) -> int:
        """Mixer, layers and head."""
        inside = sum(part.weight.numel() for part in (*self.layers, self.lm_head))
        return self.mixer.flops(seq_len) + seq_len * 2 * inside

    def _think(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = self.dropout(self.activation(layer(x)))
        return x


class FeedForwardLMConfig(LanguageModelConfig):
    """A feed-forward network over what one mixer gathers."""

    kind: ClassVar[str] = "feedforward_lm"

    d_model: int = 256
    """Width of the embedding."""
    d_hidden: int = 1024
    """Width of the layers."""
    n_layers: int = 1
    """Layers between what was gathered and the head."""
    mixer: AnyMixer = PoolingConfig()
    """What gathers: pool (a deep averaging network), conv (a window, Bengio's), or any other."""
    activation: ActivationWord = "tanh"
    """What bends: relu, gelu, gelu_tanh, relu2, silu, tanh or sigmoid."""
    dropout: float = 0.0
    """Probability of dropping a coordinate of the embedded input and behind each layer, while training."""
    embedding: Annotated[EmbeddingConfig, one_of(lambda: EMBEDDINGS)] = EmbeddingConfig(std=1.0)
    """What a token becomes: token, or ngram (the token and the ones before it)."""
    head: Annotated[HeadConfig, one_of(lambda: HEADS)] = HeadConfig(bias=True)
    """From vectors to the next token: softmax, or sampled (for large vocabularies)."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        for name in ("vocab_size", "d_model", "d_hidden", "n_layers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}={getattr(self, name)} must be at least 1.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    def build(self) -> FeedForwardLM:
        """A freshly initialised model; draws from torch's global generator."""
        widths = [self.d_model, *([self.d_hidden] * self.n_layers)]
        model = FeedForwardLM(
            self.embedding.build(self.vocab_size, self.d_model),
            self.mixer.at(0).build(self.d_model),
            [nn.Linear(width, self.d_hidden) for width in widths[:-1]],
            ACTIVATIONS[self.activation],
            self.head.build(self.d_hidden, self.vocab_size),
            dropout=self.dropout,
        )
        nn.init.normal_(model.embedding.table.weight, std=self.embedding.std)
        nn.init.zeros_(model.lm_head.weight)
        return model
