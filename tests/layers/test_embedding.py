"""Embeddings: which n-grams have a row, and what a look-up adds."""

from __future__ import annotations

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.layers.embedding import NGramEmbedding, NGramEmbeddingConfig


def built(n_rows: int = 50, min_count: int = 2, orders: tuple[int, ...] = (2, 3)) -> NGramEmbedding:
    torch.manual_seed(0)
    layer = NGramEmbedding(7, 4, orders=orders, n_rows=n_rows, min_count=min_count, dropout=0.0)
    return layer.double().eval()


def added(layer: NGramEmbedding, tokens: list[int]) -> torch.Tensor:
    """What the n-grams add at the last position."""
    line = torch.tensor([tokens])
    return (layer(line, layer.nothing(1)) - layer.table(line))[0, -1]


def test_a_frequent_bigram_adds_its_row_and_a_rare_one_nothing() -> None:
    layer = built(orders=(2,))
    layer.observe(torch.tensor([1, 2, 1, 2, 3, 4]))  # (1, 2) twice; (2, 1), (2, 3), (3, 4) once
    assert (layer.keys < torch.iinfo(torch.int64).max).sum() == 1
    assert torch.equal(added(layer, [5, 1, 2]), layer.ngrams.weight[1])
    assert added(layer, [5, 3, 4]).abs().sum() == 0


def test_the_most_frequent_get_the_rows_when_there_are_too_few() -> None:
    layer = built(n_rows=1, min_count=1, orders=(2,))
    layer.observe(torch.tensor([1, 2, 1, 2, 1, 2, 3, 3, 3]))  # (1, 2) three times, the others twice or once
    assert added(layer, [1, 2]).abs().sum() > 0
    assert added(layer, [3, 3]).abs().sum() == 0


def test_orders_are_told_apart_though_they_end_alike() -> None:
    layer = built(min_count=2)
    layer.observe(torch.tensor([1, 2, 3, 1, 2, 3]))
    bigram, both = added(layer, [6, 2, 3]), added(layer, [1, 2, 3])
    rows = layer.ngrams.weight.detach()
    assert any(torch.equal(bigram, row) for row in rows[1:])
    assert any(torch.allclose(both - bigram, row) for row in rows[1:])


def test_an_n_gram_does_not_reach_into_another_document() -> None:
    layer = built(orders=(2,))
    layer.observe(torch.tensor([1, 2, 1, 2]))
    line, documents = torch.tensor([[1, 2, 2]]), torch.tensor([[1, 2, 2]])
    apart = layer(line, layer.nothing(1), None, documents) - layer.table(line)
    assert apart[0, 1].abs().sum() == 0
    together = layer(line, layer.nothing(1)) - layer.table(line)
    assert together[0, 1].abs().sum() > 0


def test_training_leaves_n_grams_out_at_the_rate_asked_for() -> None:
    layer = NGramEmbedding(3, 4, orders=(2,), n_rows=5, min_count=1, dropout=0.25)
    layer.observe(torch.tensor([1, 2] * 50))
    torch.manual_seed(0)
    line = torch.tensor([[1, 2] * 2000])
    silent = (layer.train()(line, layer.nothing(1)) - layer.table(line)).abs().sum(dim=-1) == 0
    assert silent.double().mean().item() == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("orders", [(), (1, 2)])
def test_orders_below_two_are_refused(orders: tuple[int, ...]) -> None:
    with pytest.raises(ConfigError, match="each at least 2"):
        NGramEmbeddingConfig(orders=orders)
