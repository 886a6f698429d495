"""Pooling against brute force: every window cut out and pooled by itself."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from quatrain.errors import ConfigError
from quatrain.mixers import Pooling, PoolingConfig
from quatrain.mixers.pooling import WeightedMean

WINDOWS = [None, 1, 2, 5, 8, 40]


def built(d_model: int = 3, **settings: object) -> Pooling:
    torch.manual_seed(0)
    return PoolingConfig.from_dict(settings).build(d_model).double()


def random(*shape: int) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


def brute_force(mixer: Pooling, x: Tensor, pool: str) -> Tensor:
    """The definition, position by position."""
    n, window, parts = x.shape[1], mixer.window, []
    for t in range(n):
        if mixer.is_causal:
            first, last = (0 if window is None else max(t - window + 1, 0)), t
        elif window is None:
            first, last = 0, n - 1
        else:
            first, last = max(t - window // 2, 0), min(t + (window - 1) // 2, n - 1)
        seen = x[:, first : last + 1]
        values = seen @ mixer.v_proj.weight.T
        if pool == "attention":
            assert isinstance(mixer.pool, WeightedMean)
            parts.append((mixer.pool.score(seen).softmax(dim=1) * values).sum(dim=1))
        else:
            parts.append(values.mean(dim=1) if pool == "mean" else values.amax(dim=1))
    return torch.stack(parts, dim=1) @ mixer.out_proj.weight.T


@pytest.mark.parametrize("pool", ["mean", "max", "attention"])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("window", WINDOWS)
def test_it_is_brute_force_with_its_gradients(pool: str, causal: bool, window: int | None) -> None:
    mixer, x = built(pool=pool, causal=causal, window=window), random(2, 37, 3).requires_grad_()
    y, expected = mixer(x), brute_force(mixer, x, pool)
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-13)
    inputs = [x, *mixer.parameters()]
    for one, other in zip(
        torch.autograd.grad(y.square().sum(), inputs),
        torch.autograd.grad(expected.square().sum(), inputs),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-11)


def test_the_mean_is_blind_to_order() -> None:
    mixer, x = built(), random(1, 20, 3)
    torch.testing.assert_close(mixer(x)[:, -1], mixer(x.flip(1))[:, -1], rtol=0, atol=1e-13)


def test_a_running_maximum_finds_the_latest_birthday() -> None:
    """Lecture 003: the latest day of the year in a class, at any size."""
    mixer = built(1, pool="max")
    with torch.no_grad():
        mixer.v_proj.weight.fill_(1.0)
        mixer.out_proj.weight.fill_(1.0)
    days = torch.tensor([40.0, 12, 300, 299, 301, 5], dtype=torch.float64).view(1, 6, 1)
    assert mixer(days).flatten().tolist() == [40, 40, 300, 300, 301, 301]


@pytest.mark.parametrize(
    ("settings", "n_numbers"),
    [
        ({}, 1 + 3),
        ({"pool": "max"}, 3),
        ({"pool": "attention", "window": 5}, 4 * (1 + 3)),
        ({"pool": "max", "window": 5}, 4 * 3),
        ({"window": 1}, 0),
    ],
    ids=str,
)
def test_the_state_is_one_summary_or_the_rest_of_a_window(settings: dict[str, object], n_numbers: int) -> None:
    mixer = built(**settings)
    assert mixer.state_size(0) == mixer.state_size(10_000) == 8 * n_numbers


def test_cost_is_that_of_the_projections_and_two_operations_a_value() -> None:
    assert built().flops(8) == 8 * (2 * 2 * 3 * 3 + 4 * 3)
    assert built(pool="attention").flops(8) == 8 * (2 * (2 * 3 * 3 + 3) + 4 * 3)
    mixer = built(pool="max")
    with FlopCounterMode(display=False) as counter:
        mixer(random(1, 8, 3))
    assert mixer.flops(8) - 8 * 4 * 3 == counter.get_total_flops()


@pytest.mark.parametrize(("settings", "reach"), [({}, None), ({"window": 5}, 4), ({"window": 5, "causal": False}, 2)])
def test_reach_is_the_window(settings: dict[str, object], reach: int | None) -> None:
    assert built(**settings).reach == reach


def test_impossible_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="window=0 must be at least 1, or null for the whole past"):
        PoolingConfig.from_dict({"window": 0})
    with pytest.raises(ConfigError, match=r"pool: .*'mean', 'max' or 'attention'"):
        PoolingConfig.from_dict({"pool": "sum"})
