"""The body of a decoder language model as a backbone, so that a GPT can be asked about a text, too."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from jaxtyping import Bool, Int
from torch import Tensor, nn

from quatrain.models.backbones._base import Backbone, BackboneConfig, Features
from quatrain.models.causal_lm import CausalLM, CausalLMConfig
from quatrain.ops.flops import matrix_flops


class LanguageBody(Backbone):
    """A decoder without its head.

    Radford et al. 2018, "Improving language understanding by generative pre-training", section 3.2.

    Args:
        lm: the language model; its head is taken off.
    """

    def __init__(self, lm: CausalLM) -> None:
        super().__init__()
        self.d_model, self.vocab_size, self.max_seq_len = lm.lm_head.weight.shape[1], lm.vocab_size, lm.max_seq_len
        lm.lm_head = cast(Any, nn.Identity())  # nothing below calls it
        self.lm = lm

    def forward(
        self,
        tokens: Int[Tensor, "batch seq"],
        token_mask: Bool[Tensor, "batch seq"] | None = None,
        segments: Int[Tensor, "batch seq"] | None = None,
    ) -> Features:
        """Vectors of tokens, each of which knows the ones before it; segments are not told apart.

        Raises:
            ShapeError: the sequence is longer than max_seq_len.
        """
        return Features(self.lm.features(tokens, token_mask), token_mask)

    def observe(self, tokens: Int[Tensor, " n"]) -> None:
        """Count the n-grams of a training text, where the embedding knows some."""
        self.lm.embedding.observe(tokens)

    def flops(self, seq_len: int) -> int:
        """Mixers and feed-forwards over one sequence."""
        return sum(block.mixer.flops(seq_len) + seq_len * matrix_flops(block.ffn) for block in self.lm.stack())


class LanguageBodyConfig(BackboneConfig):
    """A decoder language model without its head."""

    kind: ClassVar[str] = "language"
    reads: ClassVar[str] = "text"

    lm: CausalLMConfig
    """The language model."""

    def build(self) -> LanguageBody:
        """A freshly initialised body.

        Raises:
            ConfigError: as `CausalLMConfig.build`.
        """
        return LanguageBody(self.lm.build())
