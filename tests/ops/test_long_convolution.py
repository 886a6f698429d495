"""Convolution by FFT against its definition, forward and backward."""

import pytest
import torch
from torch import Tensor, nn

from quatrain.errors import ShapeError
from quatrain.ops.long_convolution import BLOCK, convolve_by_definition, fast_length, long_convolution
from quatrain.ops.short_convolution import short_convolution


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def test_the_definition_is_a_sum_over_the_past() -> None:
    u, taps = normal(2, 3, 5), normal(2, 5, seed=1)
    expected = [
        [sum(taps[c, i - j] * u[c, b, j] for j in range(i + 1)) for i in range(5)] for c in (0, 1) for b in range(3)
    ]
    torch.testing.assert_close(
        convolve_by_definition(u, taps).flatten(0, 1), torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-14
    )


@pytest.mark.parametrize("seq_len", [1, 2, 3, 64, 100, 257, 1000])
def test_by_fft_equals_the_definition(seq_len: int) -> None:
    u, taps = normal(3, 2, seq_len), normal(3, seq_len, seed=1)
    torch.testing.assert_close(long_convolution(u, taps), convolve_by_definition(u, taps), rtol=0, atol=1e-12)


def test_gradients_equal_those_of_the_definition() -> None:
    u, taps = normal(3, 2, 257).requires_grad_(), normal(3, 257, seed=1).requires_grad_()
    weights = normal(3, 2, 257, seed=2)
    found = torch.autograd.grad((long_convolution(u, taps) * weights).sum(), (u, taps))
    expected = torch.autograd.grad((convolve_by_definition(u, taps) * weights).sum(), (u, taps))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("seq_len", [1, 2, 7])
def test_gradients_equal_finite_differences(seq_len: int) -> None:
    inputs = normal(2, 3, seq_len).requires_grad_(), normal(2, seq_len, seed=1).requires_grad_()
    assert torch.autograd.gradcheck(long_convolution, inputs)


def test_many_blocks_of_channels_equal_one() -> None:
    u, taps = normal(5, 2, BLOCK // 7, dtype=torch.float32), normal(5, BLOCK // 7, seed=1, dtype=torch.float32)
    alone = torch.cat([long_convolution(u[c : c + 1], taps[c : c + 1]) for c in range(5)])
    torch.testing.assert_close(long_convolution(u, taps), alone, rtol=0, atol=1e-6)


def test_half_precision_is_convolved_in_float32() -> None:
    u, taps = normal(2, 1, 300).bfloat16(), normal(2, 300, seed=1, dtype=torch.float32)
    y = long_convolution(u, taps)
    assert y.dtype == torch.bfloat16
    assert torch.equal(y, long_convolution(u.float(), taps).bfloat16())


def test_the_last_of_a_long_float32_row_is_still_exact() -> None:
    u, taps = normal(1, 1, 8192, dtype=torch.float32), normal(1, 8192, seed=1, dtype=torch.float32) / 8192**0.5
    expected = long_convolution(u.double(), taps.double()).float()
    torch.testing.assert_close(long_convolution(u, taps), expected, rtol=0, atol=1e-5)


def test_as_many_taps_as_positions_are_asked_for() -> None:
    with pytest.raises(ShapeError, match="taps has shape \\(2, 4\\) but u has 2 channels of 5 positions"):
        long_convolution(normal(2, 1, 5), normal(2, 4))


def test_fast_lengths_are_the_least_products_of_small_primes() -> None:
    smooth = sorted(2**a * 3**b * 5**c for a in range(1, 14) for b in range(9) for c in range(6))
    for n in [*range(1, 200), 1999, 8191, 8193]:
        assert fast_length(n) == next(m for m in smooth if m >= n)


@pytest.mark.parametrize("seq_len", [1, 2, 3, 9])
def test_a_short_convolution_equals_torchs(seq_len: int) -> None:
    conv = nn.Conv1d(4, 4, 3, groups=4, padding=2, dtype=torch.float64)
    x = normal(2, 4, seq_len).requires_grad_()
    weights = normal(2, 4, seq_len, seed=2)
    variables = (x, conv.weight, conv.bias)
    y = short_convolution(x.transpose(0, 1), conv.weight, conv.bias).transpose(0, 1)
    expected = conv(x)[..., :seq_len]
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-14)
    found = torch.autograd.grad((y * weights).sum(), variables)
    torch.testing.assert_close(found, torch.autograd.grad((expected * weights).sum(), variables), rtol=0, atol=1e-13)
