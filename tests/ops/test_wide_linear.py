"""A wide linear map in pieces is the linear map."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from quatrain.ops.wide_linear import PIECE, wide_linear


@pytest.mark.parametrize("d_out", [3, PIECE, 2 * PIECE + 5])
@pytest.mark.parametrize("has_bias", [True, False])
@pytest.mark.parametrize("shape", [(4,), (2, 3), (0,)], ids=str)
@pytest.mark.parametrize("is_grad", [True, False])
def test_it_is_torchs(d_out: int, has_bias: bool, shape: tuple[int, ...], is_grad: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (
        torch.randn(*size, generator=generator, dtype=torch.float64) for size in ((*shape, 6), (d_out, 6), (d_out,))
    )
    with torch.set_grad_enabled(is_grad):
        y = wide_linear(x, weight, bias if has_bias else None)
    torch.testing.assert_close(y, F.linear(x, weight, bias if has_bias else None), rtol=0, atol=1e-12)


def test_it_has_gradients_where_they_are_wanted() -> None:
    x, weight = (torch.randn(rows, 4, dtype=torch.float64, requires_grad=True) for rows in (2, PIECE + 1))
    wide_linear(x, weight, None).sum().backward()
    torch.testing.assert_close(x.grad, weight.sum(dim=0).expand(2, 4), rtol=0, atol=1e-12)
