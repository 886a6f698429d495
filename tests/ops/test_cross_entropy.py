"""The cross-entropy of a linear map against torch's, whatever rows weigh and however many there are."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from quatrain.ops import cross_entropy
from quatrain.ops.cross_entropy import linear_cross_entropy

N, V, D = 600, 11, 5


def inputs(bias: bool, dtype: torch.dtype = torch.float64) -> tuple[list[Tensor], Tensor]:
    """Vectors, weight and maybe bias, all with gradients, and targets."""
    generator = torch.Generator().manual_seed(0)
    shapes = [(N, D), (V, D)] + ([(V,)] if bias else [])
    tensors = [torch.randn(shape, dtype=dtype, generator=generator).requires_grad_() for shape in shapes]
    return tensors, torch.randint(V, (N,), generator=generator)


@pytest.mark.parametrize("bias", [False, True], ids=["bare", "biased"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("weights", ["even", "uneven"])
def test_it_is_torchs_with_its_gradients(
    bias: bool, smoothing: float, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cross_entropy, "LOGITS", 1)  # 256 rows at once, the last chunk shorter
    tensors, targets = inputs(bias)
    upstream = torch.full((N,), 0.3) if weights == "even" else torch.linspace(-1, 2, N)
    losses = linear_cross_entropy(*tensors[:2], tensors[2] if bias else None, targets, smoothing)
    expected = F.cross_entropy(F.linear(*tensors), targets, reduction="none", label_smoothing=smoothing)
    torch.testing.assert_close(losses, expected, rtol=0, atol=1e-13)
    for _ in range(2):  # asked for twice, they are the same
        gradients = torch.autograd.grad(losses, tensors, upstream.double(), retain_graph=True)
        for one, other in zip(
            gradients, torch.autograd.grad(expected, tensors, upstream.double(), retain_graph=True), strict=True
        ):
            torch.testing.assert_close(one, other, rtol=0, atol=1e-12)


def test_an_impossible_target_costs_what_it_should() -> None:
    h = torch.tensor([[300.0, 0.0]], requires_grad=True)
    losses = linear_cross_entropy(h, torch.eye(2), None, torch.tensor([1]))
    assert losses.item() == 300.0
    (gradient,) = torch.autograd.grad(losses, h)
    assert gradient.tolist() == [[1.0, -1.0]]


def test_no_rows_have_no_losses_and_gradients_of_zero() -> None:
    h, weight = torch.zeros(0, D, requires_grad=True), torch.ones(V, D, requires_grad=True)
    losses = linear_cross_entropy(h, weight, None, torch.zeros(0, dtype=torch.long), 0.1)
    losses.sum().backward()
    assert losses.shape == (0,)
    assert weight.grad is not None
    assert weight.grad.abs().max() == 0
