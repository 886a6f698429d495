"""The largest entries, against a sort of all."""

from __future__ import annotations

import pytest
import torch

from quatrain.ops.largest import BLOCK, largest


@pytest.mark.parametrize("n", [1, 7, BLOCK * 4 - 1, BLOCK * 4, BLOCK * 9 + 5])
@pytest.mark.parametrize("n_rows", [1, 3])
@pytest.mark.parametrize("k", [1, 3, 8])
def test_they_are_the_first_of_all_rows_sorted_together(n: int, n_rows: int, k: int) -> None:
    k = min(n * n_rows, k)
    for seed in range(5):
        generator = torch.Generator().manual_seed(seed)
        x, offset = torch.randn(4, n_rows, n, generator=generator), torch.randn(4, n_rows, generator=generator)
        values, places = largest(x, k, offset)
        expected = (x + offset[..., None]).flatten(1).sort(dim=1, descending=True)
        assert torch.equal(values, expected.values[:, :k])
        assert torch.equal(places, expected.indices[:, :k])


def test_entries_of_minus_infinity_come_last() -> None:
    n = 9 * BLOCK + 3
    x = torch.full((1, 2, n), -torch.inf)
    x[0, 1, -1], x[0, 0, 40] = 1.0, 2.0
    values, places = largest(x, 4, torch.tensor([[0.0, 1.5]]))
    assert values.tolist() == [[2.5, 2.0, -torch.inf, -torch.inf]]
    assert places[0, :2].tolist() == [2 * n - 1, 40]


def test_a_row_of_offset_minus_infinity_gives_nothing() -> None:
    _, places = largest(torch.zeros(1, 2, 9 * BLOCK), 5, torch.tensor([[-torch.inf, 0.0]]))
    assert bool((places >= 9 * BLOCK).all())


def test_of_all_equal_entries_the_places_differ() -> None:
    values, places = largest(torch.zeros(2, 3, 9 * BLOCK), 5, torch.zeros(2, 3))
    assert values.tolist() == [[0.0] * 5] * 2
    assert all(len(set(row)) == 5 for row in places.tolist())
