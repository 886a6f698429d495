"""The masked language model: an encoder, and from its vectors the tokens that were hidden, and what follows on what."""

from __future__ import annotations

from typing import Annotated, ClassVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.layers.feedforward import ACTIVATIONS, ActivationWord
from quatrain.layers.heads import SoftmaxHead
from quatrain.layers.norms import NORMS, LayerNormConfig, NormConfig
from quatrain.models._base import IGNORE, ExampleModel, ModelConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones import Features, TextEncoder, TextEncoderConfig
from quatrain.ops.cooccurrence import cooccurrence_vectors
from quatrain.ops.flops import matrix_flops

FOLLOWS, RANDOM = 0, 1
"""Classes of a pair: its second text follows on the first, or stands elsewhere."""


class HiddenHead(nn.Module):
    """From the vector at a hidden position to the token that stood there.

    A layer, a norm, then a softmax: `get_masked_lm_output` of https://github.com/google-research/bert.

    Args:
        dense: the layer, as wide as the vectors.
        activation: what bends it, a word of ACTIVATIONS.
        norm: of the bent vectors.
        lm_head: to the logits.
    """

    def __init__(self, dense: nn.Linear, activation: str, norm: nn.Module, lm_head: SoftmaxHead) -> None:
        super().__init__()
        self.dense, self.norm, self.lm_head = dense, norm, lm_head
        self.bend = ACTIVATIONS[activation]

    def forward(self, x: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows vocab"]:
        """All logits."""
        return self.lm_head(self._turned(x))

    def losses(self, x: Float[Tensor, "rows d_model"], targets: Int[Tensor, " rows"]) -> Float[Tensor, " rows"]:
        """Nats paid for each target."""
        return self.lm_head.losses(self._turned(x), targets)

    def _turned(self, x: Tensor) -> Tensor:
        return self.norm(self.bend(self.dense(x)))


class NextHead(nn.Module):
    """Whether the second text follows on the first: a layer on the first vector, tanh, two logits.

    Devlin et al. 2019, section 3.1, task 2.

    Args:
        d_model: width of the vectors.
    """

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.pooler, self.classes = nn.Linear(d_model, d_model), nn.Linear(d_model, 2)

    def forward(self, x: Float[Tensor, "batch seq d_model"]) -> Float[Tensor, "batch two"]:
        """Logits of `FOLLOWS` and `RANDOM`."""
        return self.classes(self.pooler(x[:, 0]).tanh())


class MaskedLM(ExampleModel):
    """Tells the tokens that were hidden from all the others; BERT: Devlin et al. 2019, section 3.

    Args:
        backbone: reads the text whole.
        head: from its vectors to tokens.
        next_head: from its vectors to whether the second text follows on the first; None: that is not asked.
        tied: the head shares the embedding's table.
        neighbour_start: scale of the co-occurrence vectors `observe` starts the table from; 0: it does not.
    """

    def __init__(
        self,
        backbone: TextEncoder,
        head: HiddenHead,
        next_head: NextHead | None,
        *,
        tied: bool,
        neighbour_start: float = 0.0,
    ) -> None:
        super().__init__()
        self.backbone, self.head, self.next_head = backbone, head, next_head
        self.vocab_size, self.max_seq_len = backbone.vocab_size, backbone.max_seq_len
        self.neighbour_start = neighbour_start
        if tied:
            head.lm_head.weight = backbone.embedding.table.weight

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        segments: Int[Tensor, "batch seq"] | None = None,
        documents: Int[Tensor, "batch seq"] | None = None,
    ) -> Float[Tensor, "batch seq vocab"]:
        """Logits of the token at each position.

        Raises:
            ShapeError: the sequence is longer than the backbone's max_seq_len.
        """
        return self.head(self.backbone(tokens, token_mask, segments, documents).vectors)

    def hidden_losses(self, features: Features, targets: Int[Tensor, "batch seq"]) -> Float[Tensor, " hidden"]:
        """Nats paid for each target that counts, in the order of rows; no logits are taken of the others.

        Args:
            features: what `backbone` gave.
            targets: the tokens that were hidden; `IGNORE` everywhere else.
        """
        return self.head.losses(*self.hidden(features, targets))

    @staticmethod
    def hidden(
        features: Features, targets: Int[Tensor, "batch seq"]
    ) -> tuple[Float[Tensor, "hidden d_model"], Int[Tensor, " hidden"]]:
        """The vectors at the targets that count, and these targets."""
        places = (targets != IGNORE).flatten().nonzero().squeeze(1)  # (N,)
        return features.vectors.flatten(0, 1).index_select(0, places), targets.flatten()[places]

    @torch.no_grad()
    def observe(
        self, tokens: Int[Tensor, " n"], document_starts: Int[Tensor, " documents"], generator: torch.Generator
    ) -> None:
        """Count frequencies for the head and n-grams for the embedding; start the table from neighbours.

        Args:
            tokens: the training part, or a long stretch of it.
            document_starts: offsets of the tokens that start a document.
            generator: draws whatever is random about it.
        """
        self.backbone.observe(tokens)
        self.head.lm_head.observe(tokens)
        if self.neighbour_start:
            table = self.backbone.embedding.table.weight
            vectors = cooccurrence_vectors(tokens.cpu(), *table.shape, window=2, generator=generator)
            table.copy_(vectors * self.neighbour_start)

    def flops(self, seq_len: int) -> int:
        """Of one row, with the logits of every position."""
        return self.backbone.flops(seq_len) + seq_len * self.head_flops

    @property
    def head_flops(self) -> int:
        """Of the logits of one position."""
        return matrix_flops(self.head)


class MaskedLMConfig(ModelConfig):
    """A masked language model."""

    kind: ClassVar[str] = "masked_lm"

    backbone: Annotated[TextEncoderConfig, one_of(lambda: {TextEncoderConfig.kind: TextEncoderConfig})]
    """What reads the text: a table with `kind` text."""
    next_sentence: bool = False
    """Whether it also tells if the second text follows on the first."""
    activation: ActivationWord = "gelu"
    """What bends the layer before the logits."""
    norm: Annotated[NormConfig, one_of(lambda: NORMS)] = LayerNormConfig()
    """Of that layer."""
    tied: bool = True
    """The logits share the embedding's table."""
    neighbour_start: float = 0.0
    """Start the token table from co-occurrences in the training text, scaled to this root mean square; 0: random."""
    init_std: float = 0.02
    """Standard deviation of the heads' weights at the start."""

    def build(self) -> MaskedLM:
        """A freshly initialised model; draws from torch's global generator.

        Raises:
            ConfigError: two settings of the backbone contradict each other.
        """
        backbone = self.backbone.build()
        d_model, vocab_size = backbone.d_model, backbone.vocab_size
        head = HiddenHead(
            nn.Linear(d_model, d_model),
            self.activation,
            self.norm.build(d_model),
            SoftmaxHead(d_model, vocab_size, bias=True),
        )
        next_head = NextHead(d_model) if self.next_sentence else None
        model = MaskedLM(backbone, head, next_head, tied=self.tied, neighbour_start=self.neighbour_start)
        draw_start(model, self._start)
        nn.init.zeros_(head.lm_head.bias)
        return model

    def _start(self, name: str) -> float | None:
        """The backbone has its own start; where its table is the head's, too, so has that."""
        is_given = name.startswith("backbone.") or (self.tied and name == "head.lm_head")
        return None if is_given else self.init_std
