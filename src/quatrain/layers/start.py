"""What a target begins with, before its first token is written."""

from __future__ import annotations

from typing import ClassVar

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from quatrain.config import Config
from quatrain.errors import ConfigError
from quatrain.layers.embedding import Embedding


class Start(nn.Module):
    """The vector of the token that is given: the one that ended the text before."""

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], positions: Int[Tensor, "*rows seq"], embedding: Embedding
    ) -> Float[Tensor, "batch seq d_model"]:
        """Vectors of tokens, with that of the first one put in its place."""
        return x


class ZeroStart(Start):
    """Nothing: a zero vector, whatever token is given.

    Marian starts so (Junczys-Dowmunt et al. 2018, https://arxiv.org/abs/1804.00344), and CTranslate2 its models.
    """

    def forward(self, x: Tensor, positions: Tensor, embedding: Embedding) -> Tensor:
        """Zeros at position 0."""
        return x.masked_fill((positions == 0)[..., None], 0.0)


class TokenStart(Start):
    """The vector of one token, whatever token is given; T5's is padding.

    Args:
        token: its id.
    """

    def __init__(self, token: int) -> None:
        super().__init__()
        self.token = token

    def forward(self, x: Tensor, positions: Tensor, embedding: Embedding) -> Tensor:
        """Its vector at position 0."""
        first = embedding.table.weight[self.token] * embedding.scale
        return torch.where((positions == 0)[..., None], first, x)


class StartConfig(Config):
    """Base of the settings of what a target begins with."""

    def build(self, vocab_size: int) -> Start:
        """The part for targets of this vocabulary.

        Raises:
            ConfigError: it has no such token.
        """
        raise NotImplementedError


class GivenStartConfig(StartConfig):
    """A target begins with the vector of the end of text."""

    kind: ClassVar[str] = "given"

    def build(self, vocab_size: int) -> Start:
        """The part that does nothing."""
        return Start()


class ZeroStartConfig(StartConfig):
    """A target begins with zeros."""

    kind: ClassVar[str] = "zero"

    def build(self, vocab_size: int) -> ZeroStart:
        """The part."""
        return ZeroStart()


class TokenStartConfig(StartConfig):
    """A target begins with the vector of a token."""

    kind: ClassVar[str] = "token"

    token: int = 0
    """Its id."""

    def build(self, vocab_size: int) -> TokenStart:
        """The part."""
        if not 0 <= self.token < vocab_size:
            raise ConfigError(
                f"model.start.token={self.token}: the {vocab_size} tokens of the target are numbered from 0. "
                "Name one of them, or use start=given."
            )
        return TokenStart(self.token)


STARTS: dict[str, type[StartConfig]] = {"given": GivenStartConfig, "zero": ZeroStartConfig, "token": TokenStartConfig}
