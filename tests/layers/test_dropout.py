"""Dropout: the right share, the right mean, the same for the same seed."""

from __future__ import annotations

import pytest
import torch

from quatrain.layers.dropout import Dropout


@pytest.mark.parametrize("p", [0.1, 0.2, 0.5])
def test_the_share_of_zeros_and_the_mean_are_right(p: float) -> None:
    torch.manual_seed(0)
    y = Dropout(p)(torch.ones(1001, 333))
    assert (y == 0).double().mean().item() == pytest.approx(p, abs=1 / 512 + 0.003)
    assert y.double().mean().item() == pytest.approx(1.0, abs=0.005)


def test_neighbours_are_dropped_independently() -> None:
    torch.manual_seed(0)
    zeros = (Dropout(0.5)(torch.ones(200_000)) == 0).double()
    for gap in (1, 3, 8):
        assert torch.corrcoef(torch.stack([zeros[:-gap], zeros[gap:]]))[0, 1].abs() < 0.01


def test_the_seed_decides() -> None:
    drop, x = Dropout(0.3), torch.ones(50)
    torch.manual_seed(4)
    first = drop(x)
    torch.manual_seed(4)
    assert torch.equal(first, drop(x))


def test_it_does_nothing_when_not_training_or_at_zero() -> None:
    x = torch.ones(9)
    assert Dropout(0.3).eval()(x) is x
    assert Dropout(0.0)(x) is x


def test_the_gradient_flows_where_the_value_did() -> None:
    x = torch.ones(40, dtype=torch.float64, requires_grad=True)
    y = Dropout(0.25)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())
