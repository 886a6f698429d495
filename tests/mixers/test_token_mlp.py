"""The feed-forward network across positions against the equation of the paper in loops."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from quatrain.errors import ConfigError, ShapeError
from quatrain.mixers import TokenMLPConfig


def test_every_channel_goes_through_the_same_two_matrices() -> None:
    mixer = TokenMLPConfig(n_positions=5, d_hidden=3).build(4).double()
    x = torch.randn(2, 5, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    y = mixer(x)
    for row in range(2):
        for channel in range(4):
            h = F.gelu(mixer.up_proj.weight @ x[row, :, channel] + mixer.up_proj.bias)
            expected = mixer.down_proj.weight @ h + mixer.down_proj.bias
            torch.testing.assert_close(y[row, :, channel], expected, rtol=0, atol=1e-12)


def test_a_shorter_sequence_is_read_as_if_zeros_followed() -> None:
    mixer = TokenMLPConfig(n_positions=5).build(4).double()
    x = torch.randn(1, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(mixer(x), mixer(F.pad(x, (0, 0, 0, 2)))[:, :3], rtol=0, atol=1e-12)


def test_the_hidden_width_is_half_of_the_stream_as_in_the_paper() -> None:
    assert TokenMLPConfig(n_positions=196).build(512).up_proj.weight.shape == (256, 196)


def test_a_longer_sequence_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"6 positions, but this mixer has weights for n_positions=5"):
        TokenMLPConfig(n_positions=5).build(4)(torch.zeros(1, 6, 4))


@pytest.mark.parametrize("settings", [{"n_positions": 0}, {"n_positions": 3, "d_hidden": 0}])
def test_no_positions_and_no_width_are_refused(settings: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="must be at least 1"):
        TokenMLPConfig(**settings)
