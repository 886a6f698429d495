"""Each pooling against what it stands for, row by row, without padding."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from quatrain.layers.pooling import POOLINGS, AttentionPooling, Pooling

LENGTHS = (5, 1, 3)


def attended(pooling: Pooling, row: Tensor) -> Tensor:
    """One head of attention, whose query is no vector of the row: a vector that learns."""
    assert isinstance(pooling, AttentionPooling)
    first, _, last = pooling.score
    keys = torch.tanh(row @ first.weight.T + first.bias)  # type: ignore[union-attr]
    query = last.weight * keys.shape[1] ** 0.5  # takes back what scaled_dot_product_attention divides by
    return torch.nn.functional.scaled_dot_product_attention(query[None], keys[None], row[None])[0, 0]


ORACLES: dict[str, Callable[[Pooling, Tensor], Tensor]] = {
    "first": lambda _, row: row[0],
    "last": lambda _, row: row[-1],
    "mean": lambda _, row: torch.stack([column.mean() for column in row.T]),
    "max": lambda _, row: torch.stack([column.max() for column in row.T]),
    "attention": attended,
}


@pytest.fixture
def rows() -> Tensor:
    """Three rows of five vectors of four numbers."""
    return torch.randn(3, 5, 4, dtype=torch.float64, requires_grad=True)


@pytest.mark.parametrize("kind", POOLINGS)
@pytest.mark.parametrize("is_left", [False, True], ids=["padded on the right", "padded on the left"])
def test_it_is_what_it_stands_for_with_its_gradients(kind: str, is_left: bool, rows: Tensor) -> None:
    pooling = POOLINGS[kind]().build(4).double()
    places = torch.arange(5)
    mask = torch.stack([places >= 5 - n if is_left else places < n for n in LENGTHS])
    ours = pooling(rows, mask)
    theirs = torch.stack([ORACLES[kind](pooling, row[real]) for row, real in zip(rows, mask, strict=True)])
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-12)
    weights = torch.randn(3, 4, dtype=torch.float64)
    wanted = [rows, *pooling.parameters()]
    one, other = (torch.autograd.grad((result * weights).sum(), wanted) for result in (ours, theirs))
    torch.testing.assert_close(one, other, rtol=0, atol=1e-12)
    assert one[0][~mask].abs().sum() == 0, "padding learns nothing"


@pytest.mark.parametrize("kind", POOLINGS)
def test_without_a_mask_every_position_is_real(kind: str, rows: Tensor) -> None:
    pooling = POOLINGS[kind]().build(4).double()
    everywhere = torch.ones(3, 5, dtype=torch.bool)
    torch.testing.assert_close(pooling(rows), pooling(rows, everywhere), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", POOLINGS)
def test_equal_vectors_give_that_vector(kind: str) -> None:
    vector = torch.randn(4)
    pooling = POOLINGS[kind]().build(4)
    torch.testing.assert_close(pooling(vector.expand(1, 7, 4))[0], vector, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", POOLINGS)
def test_what_stands_in_padding_does_not_matter_even_if_it_is_no_number(kind: str, rows: Tensor) -> None:
    pooling = POOLINGS[kind]().build(4).double()
    mask = torch.arange(5) < torch.tensor([[5], [1], [3]])
    spoilt = rows.detach().masked_fill(~mask[..., None], torch.inf)
    torch.testing.assert_close(pooling(spoilt, mask), pooling(rows, mask), rtol=0, atol=1e-12)
