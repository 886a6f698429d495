"""Waves of rows and columns against the equation in loops."""

from __future__ import annotations

import math

import pytest
import torch

from quatrain.errors import ConfigError
from quatrain.positions import GridSinusoidalConfig, LearnedConfig


def test_each_patch_has_the_waves_of_its_row_and_of_its_column() -> None:
    position = GridSinusoidalConfig(base=100.0).build_grid(12, 0, (2, 5))
    y = position(torch.zeros(1, 10, 12, dtype=torch.float64), torch.arange(10))[0]
    for place in range(10):
        row, column = divmod(place, 5)
        expected = []
        for where in (row, column):
            angles = [where / 100.0 ** (m / 3) for m in range(3)]
            expected += [math.sin(a) for a in angles] + [math.cos(a) for a in angles]
        torch.testing.assert_close(y[place], torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-12)


def test_nothing_is_added_to_what_stands_before_the_patches() -> None:
    with_token = GridSinusoidalConfig().build_grid(8, 1, (2, 3))
    without = GridSinusoidalConfig().build_grid(8, 0, (2, 3))
    x = torch.randn(2, 7, 8, generator=torch.Generator().manual_seed(0))
    y = with_token(x, torch.arange(7))
    assert torch.equal(y[:, 0], x[:, 0])
    torch.testing.assert_close(y[:, 1:], without(x[:, 1:], torch.arange(6)))


def test_other_kinds_read_a_grid_as_a_sequence() -> None:
    assert LearnedConfig().build_grid(8, 1, (2, 3)).table.weight.shape == (7, 8)


def test_a_width_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"d_model=10 is no multiple of 4. Try d_model=12"):
        GridSinusoidalConfig().build_grid(10, 0, (2, 2))


def test_a_sequence_is_no_grid() -> None:
    with pytest.raises(ConfigError, match=r"for patches of pictures. For a sequence use sinusoidal or learned"):
        GridSinusoidalConfig().build(8, 4)
