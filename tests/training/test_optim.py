"""Optimisers and schedules against torch's own, and against the papers' closed values."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from quatrain.config import Config
from quatrain.training.muon import JORDAN, POLAR_EXPRESS, Muon, orthogonalise
from quatrain.training.optim import OPTIMISERS, AdamWConfig, MuonConfig
from quatrain.training.schedules import SCHEDULES, CosineConfig, InverseSqrtConfig, ScheduleConfig, TrapezoidConfig


def two_layers(seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    blocks = nn.ModuleList([nn.Linear(6, 10), nn.Linear(10, 4)])
    return nn.ModuleDict({"blocks": blocks, "embedding": nn.Embedding(5, 6)})


def a_loss(model: nn.Module) -> torch.Tensor:
    x = model["embedding"](torch.arange(5))  # type: ignore[index]
    for block in model["blocks"]:  # type: ignore[index]
        x = torch.tanh(block(x))
    return (x**2).mean()


def test_orthogonalising_brings_every_singular_value_near_one() -> None:
    torch.manual_seed(0)
    matrices = torch.randn(3, 7, 12, dtype=torch.float64)
    for shape in (matrices, matrices.mT):
        for rounds, low, high in ((JORDAN, 0.6, 1.25), (POLAR_EXPRESS, 0.4, 1.6)):
            values = torch.linalg.svdvals(orthogonalise(shape, rounds))
            assert values.min() > low
            assert values.max() < high


def test_orthogonalising_keeps_the_singular_vectors() -> None:
    matrix = torch.randn(1, 6, 9, dtype=torch.float64)
    u, _, vt = torch.linalg.svd(matrix, full_matrices=False)
    rotated = u.mT @ orthogonalise(matrix, POLAR_EXPRESS) @ vt.mT
    off_diagonal = rotated - torch.diag_embed(rotated.diagonal(dim1=-2, dim2=-1))
    assert off_diagonal.abs().max() < 1e-12


def test_muon_takes_the_steps_of_torchs_muon() -> None:
    ours, theirs = torch.randn(2, 8, 20).unbind()
    theirs = ours.clone()
    ours, theirs = nn.Parameter(ours), nn.Parameter(theirs)
    mine = Muon([ours], lr=0.02, momentum=0.9, weight_decay=0.1, rounds=JORDAN)
    oracle = torch.optim.Muon([theirs], lr=0.02, momentum=0.9, weight_decay=0.1)
    start = ours.detach().clone()
    for seed in range(4):
        gradient = torch.randn(8, 20, generator=torch.Generator().manual_seed(seed))
        for weight, optimiser in ((ours, mine), (theirs, oracle)):
            weight.grad = gradient.clone()
            optimiser.step()
    moved, apart = (theirs - start).norm(), (ours - theirs).norm()
    assert apart < 0.02 * moved  # the oracle iterates in bfloat16, which keeps about three digits


def test_a_fused_projection_moves_as_its_parts_would() -> None:
    whole = nn.Parameter(torch.randn(9, 4))
    parts = [nn.Parameter(part.clone()) for part in whole.detach().split((4, 3, 2))]
    whole.fused = (4, 3, 2)  # type: ignore[attr-defined]
    whole.grad = torch.randn(9, 4)
    for part, gradient in zip(parts, whole.grad.split((4, 3, 2)), strict=True):
        part.grad = gradient.clone()
    Muon([whole]).step()
    Muon(parts).step()
    torch.testing.assert_close(whole.detach(), torch.cat([part.detach() for part in parts]), rtol=0, atol=1e-6)


def test_muon_learns_the_matrices_of_the_blocks_and_adamw_the_rest() -> None:
    muon, adamw = MuonConfig().build(two_layers()).parts
    assert [tuple(w.shape) for group in muon.param_groups for w in group["params"]] == [(10, 6), (4, 10)]
    assert {tuple(w.shape) for group in adamw.param_groups for w in group["params"]} == {(10,), (4,), (5, 6)}


def test_norms_and_biases_do_not_decay() -> None:
    (adamw,) = AdamWConfig(weight_decay=0.3).build(two_layers()).parts
    decays = {w.ndim: group["weight_decay"] for group in adamw.param_groups for w in group["params"]}
    assert decays == {2: 0.3, 1: 0.0}


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_optimiser_goes_on_after_a_restore_as_if_never_stopped(kind: str) -> None:
    config = OPTIMISERS[kind]()
    straight = two_layers()
    optimisers = config.build(straight)
    for _ in range(3):
        a_loss(straight).backward()
        optimisers.step(0.5)
    copy = two_layers(seed=1)
    copy.load_state_dict(straight.state_dict())
    resumed = config.build(copy)
    resumed.restore({name: value.clone() for name, value in optimisers.tensors().items()})
    for model, optimiser in ((straight, optimisers), (copy, resumed)):
        for _ in range(3):
            a_loss(model).backward()
            optimiser.step(0.25)
    for a, b in zip(straight.parameters(), copy.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("kind", OPTIMISERS)
def test_every_optimiser_lowers_a_loss(kind: str) -> None:
    model = two_layers()
    optimisers = OPTIMISERS[kind]().build(model)
    before = a_loss(model).item()
    for _ in range(30):
        a_loss(model).backward()
        optimisers.step(1.0)
    assert a_loss(model).item() < 0.8 * before


def test_the_factor_multiplies_each_groups_own_rate() -> None:
    optimisers = MuonConfig(lr=1e-3, muon_lr=0.02).build(two_layers())
    optimisers.step(0.5)
    optimisers.step(0.5)
    rates = [group["lr"] for part in optimisers.parts for group in part.param_groups]
    assert rates == [0.01, 5e-4, 5e-4]


def test_inverse_sqrt_is_the_papers_formula() -> None:
    schedule, d_model, peak = InverseSqrtConfig(warmup_steps=4000), 512, 4000**-0.5
    for step, expected in ((1, 1.747e-7), (4000, 6.988e-4), (100_000, 1.398e-4)):
        rate = d_model**-0.5 * peak * schedule.factor(step - 1, 0.0)
        assert rate == pytest.approx(expected, rel=1e-3)


def test_cosine_falls_to_its_floor() -> None:
    schedule = CosineConfig(floor=0.1)
    assert [schedule.factor(9, p) for p in (0.0, 0.5, 1.0)] == pytest.approx([1.0, 0.55, 0.1])


def test_trapezoid_stays_up_and_then_falls_in_a_line() -> None:
    schedule = TrapezoidConfig(warmup_steps=4, cooldown=0.5)
    assert [schedule.factor(s, 0.0) for s in range(5)] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert [schedule.factor(99, p) for p in (0.5, 0.75, 1.0)] == [1.0, 0.5, 0.0]


def test_constant_is_constant() -> None:
    assert {ScheduleConfig().factor(step, step / 10) for step in range(10)} == {1.0}


@pytest.mark.parametrize("kind", SCHEDULES)
def test_no_schedule_leaves_the_range_from_zero_to_one(kind: str) -> None:
    schedule = SCHEDULES[kind]()
    factors = [schedule.factor(step, step / 1000) for step in range(1001)]
    assert all(math.isfinite(f) and 0 <= f <= 1 for f in factors)


def test_settings_out_of_range_are_refused() -> None:
    from quatrain.errors import ConfigError

    cases: list[tuple[type[Config], dict[str, object], str]] = [
        (AdamWConfig, {"lr": 0.0}, "lr=0.0 must be above 0"),
        (TrapezoidConfig, {"cooldown": 0.0}, "must lie in"),
        (InverseSqrtConfig, {"warmup_steps": 0}, "at least 1"),
    ]
    for config, values, message in cases:
        with pytest.raises(ConfigError, match=message):
            config.from_dict(values)


def test_muon_takes_a_convolution_as_a_matrix_however_it_lies_in_memory() -> None:
    start = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(0))
    layouts = [start.clone(), start.clone().to(memory_format=torch.channels_last), start.clone().flatten(1)]
    weights = [torch.nn.Parameter(layout) for layout in layouts]
    optimisers = [Muon([weight], 0.1, weight_decay=0.1) for weight in weights]
    for seed in range(3):
        gradient = torch.randn(5, 3, 2, 2, generator=torch.Generator().manual_seed(seed))
        for weight, optimiser in zip(weights, optimisers, strict=True):
            weight.grad = gradient.reshape(weight.shape).clone()
            optimiser.step()
    plain, last, matrix = weights
    torch.testing.assert_close(plain.flatten(1), matrix)
    torch.testing.assert_close(plain, last, rtol=1e-4, atol=1e-5)
    assert not torch.equal(plain, start)
