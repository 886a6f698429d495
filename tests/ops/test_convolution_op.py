"""Convolutions against torch's conv1d."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from quatrain.ops.convolution import depthwise, taps


def random(*shape: int, seed: int = 1) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).requires_grad_()


@pytest.mark.parametrize(
    ("seq_len", "width", "dilation"),
    [(9, 3, 1), (9, 1, 1), (9, 1, 5), (11, 3, 2), (12, 3, 4), (13, 2, 8), (9, 2, 8), (3, 3, 1)],
)
def test_a_depthwise_filter_is_torchs_conv1d_with_its_gradients(seq_len: int, width: int, dilation: int) -> None:
    x, kernel = random(2, seq_len, 5), random(5, 1, width, seed=2)
    ours = depthwise(x, kernel, dilation)
    theirs = F.conv1d(x.transpose(1, 2), kernel, dilation=dilation, groups=5).transpose(1, 2)
    assert ours.shape == (2, seq_len - (width - 1) * dilation, 5)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-13)
    for one, other in zip(
        torch.autograd.grad(ours.square().sum(), (x, kernel)),
        torch.autograd.grad(theirs.square().sum(), (x, kernel)),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_taps_read_the_oldest_position_first() -> None:
    x = torch.arange(7.0).view(1, 7, 1)
    assert [tap.flatten().tolist() for tap in taps(x, width=3, dilation=2)] == [[0, 1, 2], [2, 3, 4], [4, 5, 6]]
