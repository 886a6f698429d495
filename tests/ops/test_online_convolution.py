"""Convolution of inputs that arrive bit by bit against convolution of all at once."""

import random

import pytest
import torch
from torch import Tensor

from quatrain.ops.long_convolution import long_convolution
from quatrain.ops.online_convolution import Taps, Tile, extend_convolution, remember

ROUNDING = {"rtol": 0, "atol": 1e-12}
"""Of sums of 1,000 products of unit Gaussians in float64."""


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def in_chunks(u: Tensor, chunks: list[int], taps: Taps) -> tuple[Tensor, tuple[Tile, ...]]:
    tiles: tuple[Tile, ...] = ()
    parts = []
    for chunk in u.split(chunks, dim=-1):
        y, tiles = extend_convolution(chunk, tiles, taps)
        parts.append(y)
    return torch.cat(parts, dim=-1), tiles


def random_chunks(n: int, seed: int) -> list[int]:
    draw, chunks = random.Random(seed), []
    while sum(chunks) < n:
        chunks.append(min(draw.choice([1, 1, 2, 3, 8, 31, 100]), n - sum(chunks)))
    return chunks


@pytest.mark.parametrize("seq_len", [1, 2, 3, 64, 100, 257, 1000])
@pytest.mark.parametrize("how", ["one by one", "at once", "random 1", "random 2"])
def test_any_chunks_equal_one_pass(seq_len: int, how: str) -> None:
    u = normal(2, 3, seq_len)
    chunks = {"one by one": [1] * seq_len, "at once": [seq_len]}.get(how) or random_chunks(seq_len, int(how[-1]))
    y, tiles = in_chunks(u, chunks, Taps(lambda n: normal(3, 2048, seed=1)[:, :n]))
    filters = normal(3, 2048, seed=1)[:, :seq_len]
    expected = long_convolution(u.transpose(0, 1), filters).transpose(0, 1)
    torch.testing.assert_close(y, expected, **ROUNDING)
    assert [tile.inputs.shape[-1] for tile in tiles] == [1 << k for k in range(10, -1, -1) if seq_len >> k & 1]


def test_remembering_afterwards_equals_remembering_on_the_way() -> None:
    u, taps = normal(2, 3, 45), Taps(lambda n: normal(3, 64, seed=1)[:, :n])
    _, tiles = in_chunks(u, [1] * 45, taps)
    for found, expected in zip(remember(u, taps), tiles, strict=True):
        torch.testing.assert_close(found, expected, **ROUNDING)


def test_taps_are_computed_a_few_times_however_many_are_asked_for() -> None:
    asked = []

    def values(n: int) -> Tensor:
        asked.append(n)
        return normal(3, 1024, seed=1)[:, :n]

    in_chunks(normal(1, 3, 300), [1] * 300, Taps(values))
    assert asked == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
