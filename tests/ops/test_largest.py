"""The largest entries, against a sort of all."""

from __future__ import annotations

import pytest
import torch

from quatrain.ops.largest import BLOCK, largest


@pytest.mark.parametrize("n", [1, 7, BLOCK * 12 - 1, BLOCK * 12, BLOCK * 20 + 5])
@pytest.mark.parametrize("k", [1, 3])
def test_they_are_the_first_of_the_sorted_rows_with_their_places(n: int, k: int) -> None:
    k = min(n, k)
    for seed in range(5):
        x = torch.randn(4, n, generator=torch.Generator().manual_seed(seed))
        values, places = largest(x, k)
        expected = x.sort(dim=1, descending=True)
        assert torch.equal(values, expected.values[:, :k])
        assert torch.equal(places, expected.indices[:, :k])


def test_entries_of_minus_infinity_come_last() -> None:
    x = torch.full((1, 20 * BLOCK + 3), -torch.inf)
    x[0, -1], x[0, 40] = 1.0, 2.0
    values, places = largest(x, 4)
    assert values.tolist() == [[2.0, 1.0, -torch.inf, -torch.inf]]
    assert places[0, :2].tolist() == [40, 20 * BLOCK + 2]


def test_of_all_equal_entries_the_places_differ() -> None:
    values, places = largest(torch.zeros(2, 20 * BLOCK), 5)
    assert values.tolist() == [[0.0] * 5] * 2
    assert all(len(set(row)) == 5 for row in places.tolist())
