"""The tagger: a backbone, a score for each tag of each word, and what makes tags of the scores."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NamedTuple, Self

import torch
from jaxtyping import Bool, Float, Int
from pydantic import model_validator
from torch import Tensor, nn

from quatrain.config import one_of
from quatrain.layers.dropout import Dropout
from quatrain.layers.tag_heads import TAG_HEADS, ChainedTagsConfig, TagHead, TagHeadConfig
from quatrain.models._base import IGNORE, ExampleModel, ModelConfig
from quatrain.models._start import draw_start
from quatrain.models.backbones import AnyBackbone, Backbone


class Tagged(NamedTuple):
    """The words of some sentences with their tags."""

    tags: Int[Tensor, "batch words"]
    """The likeliest tags of each sentence."""
    probabilities: Float[Tensor, "batch words n_tags"]
    """Of each tag of each word, whatever the tags of the others."""
    word_mask: Bool[Tensor, "batch words"]
    """True where a word is real."""


class Tagger(ExampleModel):
    """Tells a tag for each word of a sentence.

    A word is known by the position of its first token, as in Devlin et al. 2019, section 5.3.

    Args:
        backbone: reads the sentence.
        head: from a vector to a score for each tag.
        decide: makes tags of the scores.
        dropout: probability of dropping a coordinate before the head, while training.
    """

    def __init__(self, backbone: Backbone, head: nn.Linear, decide: TagHead, dropout: float) -> None:
        super().__init__()
        self.backbone, self.head, self.decide = backbone, head, decide
        self.dropout = Dropout(dropout)

    def forward(self, *inputs: Any) -> Float[Tensor, "batch seq n_tags"]:
        """Scores of the tags at every position; the inputs are the backbone's."""
        return self.head(self.dropout(self.backbone(*inputs).vectors))

    def losses(
        self, scores: Float[Tensor, "batch seq n_tags"], targets: Int[Tensor, "batch seq"]
    ) -> Float[Tensor, " batch"]:
        """-log p(tags) of each sentence, in nats.

        Args:
            scores: what `forward` gave.
            targets: the tag of each word at the position of its first token; `IGNORE` elsewhere.
        """
        of_words, places, word_mask = _of_words(scores, targets != IGNORE)
        tags = targets.gather(1, places).masked_fill(~word_mask, 0)
        return self.decide.losses(of_words, tags, word_mask)

    def tag(self, scores: Float[Tensor, "batch seq n_tags"], firsts: Bool[Tensor, "batch seq"]) -> Tagged:
        """The tags of the words whose first tokens stand where `firsts` is True.

        Args:
            scores: what `forward` gave.
        """
        of_words, _, word_mask = _of_words(scores, firsts)
        return Tagged(self.decide.best(of_words, word_mask), self.decide.marginals(of_words, word_mask), word_mask)

    def flops(self, seq_len: int) -> int:
        """Of one sentence of so many positions."""
        return self.backbone.flops(seq_len) + 2 * seq_len * self.head.weight.numel()


def _of_words(scores: Tensor, firsts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Scores of words, from the left, in float32 or wider; the places of their first tokens; which are real."""
    n_words = firsts.sum(dim=1)
    places = firsts.int().argsort(dim=1, descending=True, stable=True)[:, : max(int(n_words.max()), 1)]  # (B, W)
    word_mask = torch.arange(places.shape[1], device=places.device) < n_words[:, None]
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    return wide.gather(1, places[..., None].expand(-1, -1, scores.shape[2])), places, word_mask


class TaggerConfig(ModelConfig):
    """A tagger."""

    kind: ClassVar[str] = "tagger"

    backbone: AnyBackbone
    """What reads the sentence."""
    tags: tuple[str, ...]
    """Names of the tags: O, and B-x and I-x for each type x of entity."""
    head: Annotated[TagHeadConfig, one_of(lambda: TAG_HEADS)] = ChainedTagsConfig()
    """What makes tags of scores: softmax (each word by itself) or crf (all words of a sentence in one chain)."""
    dropout: float = 0.5
    """Probability of dropping a coordinate of the vectors that tags are told from, while training."""
    init_std: float = 0.02
    """Standard deviation of the head's weights at the start."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len({*self.tags}) < max(len(self.tags), 2):
            raise ValueError(f"tags={list(self.tags)} must be at least two, no two of them alike.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must lie in [0, 1).")
        return self

    def build(self) -> Tagger:
        """A freshly initialised tagger; draws from torch's global generator.

        Raises:
            ConfigError: two settings of the backbone contradict each other.
        """
        backbone = self.backbone.build()
        head = nn.Linear(backbone.d_model, len(self.tags))
        tagger = Tagger(backbone, head, self.head.build(self.tags), self.dropout)
        draw_start(tagger, lambda name: self.init_std if name == "head" else None)
        return tagger
