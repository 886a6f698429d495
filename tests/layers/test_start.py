"""What a target begins with."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.layers.embedding import Embedding
from quatrain.layers.start import GivenStartConfig, StartConfig, TokenStartConfig, ZeroStartConfig


@pytest.mark.parametrize("config", [GivenStartConfig(), ZeroStartConfig(), TokenStartConfig(token=3)], ids=str)
def test_only_the_first_position_is_changed(config: StartConfig) -> None:
    embedding = Embedding(5, 4, scale=2.0)
    tokens, positions = torch.tensor([[1, 2, 4], [0, 1, 1]]), torch.tensor([[0, 1, 2], [6, 7, 8]])
    x = embedding(tokens, embedding.nothing(2))
    y = config.build(5)(x, positions, embedding)
    changed = torch.zeros(2, 3, dtype=torch.bool)
    changed[0, 0] = config != GivenStartConfig()
    assert torch.equal(y[~changed], x[~changed])
    assert not torch.equal(y, x) or config == GivenStartConfig()


def test_zero_is_zeros_and_a_token_its_scaled_vector() -> None:
    embedding = Embedding(5, 4, scale=2.0)
    x, where = torch.rand(1, 2, 4), torch.arange(2)
    assert not ZeroStartConfig().build(5)(x, where, embedding)[0, 0].any()
    expected = embedding.table.weight[3] * 2
    torch.testing.assert_close(TokenStartConfig(token=3).build(5)(x, where, embedding)[0, 0], expected)


def test_a_token_beyond_the_vocabulary_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"start\.token=5: the 5 tokens of the target are numbered from 0"):
        TokenStartConfig(token=5).build(5)
