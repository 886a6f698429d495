"""From a score for each tag of each word to the tags of a sentence: each word by itself, or all in one chain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.layers.crf import LinearChain


class TagHead(nn.Module, ABC):
    """A distribution over the tags of a sentence, given a score for each tag of each word.

    Words stand from the left; `word_mask` is True where one is real, and what is answered for others means nothing.
    """

    @abstractmethod
    def losses(
        self,
        scores: Float[Tensor, "batch words n_tags"],
        tags: Int[Tensor, "batch words"],
        word_mask: Bool[Tensor, "batch words"],
    ) -> Float[Tensor, " batch"]:
        """-log p(tags) of each sentence, in nats."""

    @abstractmethod
    def best(
        self, scores: Float[Tensor, "batch words n_tags"], word_mask: Bool[Tensor, "batch words"]
    ) -> Int[Tensor, "batch words"]:
        """The likeliest tags."""

    @abstractmethod
    def marginals(
        self, scores: Float[Tensor, "batch words n_tags"], word_mask: Bool[Tensor, "batch words"]
    ) -> Float[Tensor, "batch words n_tags"]:
        """The probability of each tag of each word, whatever the tags of the others."""


class WordByWord(TagHead):
    """The tag of each word by itself: a softmax over its scores."""

    def losses(self, scores: Tensor, tags: Tensor, word_mask: Tensor) -> Tensor:
        """The cross-entropies of the words, summed."""
        losses = F.cross_entropy(scores.transpose(1, 2), tags, reduction="none")
        return losses.masked_fill(~word_mask, 0.0).sum(dim=1)

    def best(self, scores: Tensor, word_mask: Tensor) -> Tensor:
        """The tag of the highest score."""
        return scores.argmax(dim=2)

    def marginals(self, scores: Tensor, word_mask: Tensor) -> Tensor:
        """The softmax."""
        return scores.softmax(dim=2)


class ChainedTags(TagHead):
    """A linear-chain conditional random field.

    Lample et al. 2016, "Neural architectures for named entity recognition", section 2.2,
    https://arxiv.org/abs/1603.01360. Differs from the paper: the likeliest tags are searched for among those in which
    an entity goes on only where it has begun.

    Args:
        tags: names of the tags.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        super().__init__()
        self.chain = LinearChain(
            len(tags),
            may_follow=[[goes_on(before, tag) for tag in tags] for before in tags],
            may_start=[goes_on("O", tag) for tag in tags],
        )

    def losses(self, scores: Tensor, tags: Tensor, word_mask: Tensor) -> Tensor:
        """The logarithm of the sum over all ways to tag the sentence, minus the score of this one."""
        return self.chain.log_partition(scores, word_mask) - self.chain.score(scores, tags, word_mask)

    def best(self, scores: Tensor, word_mask: Tensor) -> Tensor:
        """By Viterbi's search."""
        return self.chain.best(scores, word_mask)

    def marginals(self, scores: Tensor, word_mask: Tensor) -> Tensor:
        """By the forward-backward algorithm."""
        return self.chain.marginals(scores, word_mask)


def goes_on(before: str, tag: str) -> bool:
    """Whether a tag may stand behind another: `I-x` only goes on with an x.

    Example:
        >>> goes_on("B-person", "I-person"), goes_on("O", "I-person"), goes_on("O", "B-person")
        (True, False, True)
    """
    return not tag.startswith("I-") or before in (tag, "B-" + tag.removeprefix("I-"))


class TagHeadConfig(Config):
    """Base of what decides the tags of a sentence."""

    def build(self, tags: Sequence[str]) -> TagHead:
        """The part, for tags of these names."""
        raise NotImplementedError


class WordByWordConfig(TagHeadConfig):
    """Each word by itself."""

    kind: ClassVar[str] = "softmax"

    def build(self, tags: Sequence[str]) -> WordByWord:
        """Without weights."""
        return WordByWord()


class ChainedTagsConfig(TagHeadConfig):
    """All words of a sentence in one chain: a conditional random field."""

    kind: ClassVar[str] = "crf"

    def build(self, tags: Sequence[str]) -> ChainedTags:
        """A chain in which every tag follows every other alike."""
        return ChainedTags(tags)


TAG_HEADS: dict[str, type[TagHeadConfig]] = {config.kind: config for config in (WordByWordConfig, ChainedTagsConfig)}
"""Words for files."""
