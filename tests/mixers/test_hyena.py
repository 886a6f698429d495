"""Hyena against its equations written out, streaming over many tiles, and what its filters owe."""

import copy
import math
import random

import numpy as np
import pytest
import torch
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.mixers import Hyena, HyenaConfig
from quatrain.mixers.hyena import HyenaFilter
from quatrain.ops.state import select_rows, state_bytes
from quatrain.training.optim import AdamWConfig, MuonConfig

ROUNDING = {"rtol": 0, "atol": 1e-12}


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def build(d_model: int = 6, **settings: object) -> Hyena:
    torch.manual_seed(0)
    return HyenaConfig(**{"filter_len": 50, "filter_width": 8, "filter_bands": 3, **settings}).build(d_model)


def filter_by_the_equations(filters: HyenaFilter, n: int) -> np.ndarray:
    """Taps (n, channels), without the skip term: h_t = exp(-t rate) network([t, cos, sin])."""
    weight = {name: w.detach().numpy() for name, w in filters.named_parameters()}
    rates = np.abs(np.linspace(math.log(0.01) / 1.5, math.log(0.01) / 0.3, filters.n_channels))
    bands = np.linspace(1e-4, filters.n_bands - 1, filters.n_bands)
    rows = []
    for i in range(n):
        t = i / (filters.filter_len - 1)
        waves = np.exp(-1j * bands * 2 * math.pi * i / filters.filter_len)
        h = weight["first_weight"] @ np.array([t, *waves.real, *waves.imag]) + weight["first_bias"][:, 0]
        h = np.sin(weight["frequency"][:, 0] * h)
        for w, b in zip(weight["inner_weight"], weight["inner_bias"], strict=True):
            h = np.sin(weight["frequency"][:, 0] * (w @ h + b[:, 0]))
        rows.append(np.exp(-t * rates) * (weight["last_weight"] @ h))
    return np.array(rows)


def by_the_equations(mixer: Hyena, x: np.ndarray) -> np.ndarray:
    """One sequence (T, D), sum by sum: every convolution has the skip term that the published code adds to it."""
    seq_len, d_model = x.shape
    w, b = mixer.in_proj.weight.detach().numpy(), mixer.in_proj.bias.detach().numpy()
    short, short_bias = mixer.short_filter.weight.detach().numpy()[:, 0], mixer.short_filter.bias.detach().numpy()
    p = x @ w.T + b
    s = np.array([short_bias + sum(short[:, 2 - k] * p[t - k] for k in range(3) if t >= k) for t in range(seq_len)])
    *gates, v = np.split(s, mixer.order + 1, axis=1)
    h, skip = filter_by_the_equations(mixer.filters, seq_len), mixer.filters.skip.detach().numpy()
    for n in range(mixer.n_long):
        z = v * gates[mixer.order - 1 - n]
        mine = [c * mixer.n_long + n for c in range(d_model)]
        v = np.array([sum(h[t - j, mine] * z[j] for j in range(t + 1)) + skip[mine] * z[t] for t in range(seq_len)])
    return (v * gates[0]) @ mixer.out_proj.weight.detach().numpy().T + mixer.out_proj.bias.detach().numpy()


@pytest.mark.parametrize("order", [2, 3, 4])
def test_it_is_its_equations(order: int) -> None:
    mixer, x = build(order=order).double(), normal(2, 70, 6)  # longer than the filter's unit of time
    expected = np.stack([by_the_equations(mixer, row) for row in x.numpy()])
    torch.testing.assert_close(mixer(x).detach(), torch.from_numpy(expected), **ROUNDING)


@pytest.mark.parametrize("seq_len", [1, 2, 3, 64, 100, 257, 1000])
@pytest.mark.parametrize("order", [2, 3])
def test_streaming_in_any_chunks_equals_one_pass(seq_len: int, order: int) -> None:
    mixer, x, draw = build(order=order).double(), normal(2, seq_len, 6), random.Random(seq_len)
    state, parts, first = mixer.init_state(2), [], 0
    with torch.no_grad():
        while first < seq_len:
            n = draw.choice([1, 1, 2, 5, 17, 70])
            y, state = mixer.advance(x[:, first : first + n], state)
            parts.append(y)
            first += n
        torch.testing.assert_close(torch.cat(parts, dim=1), mixer(x), **ROUNDING)
    assert state_bytes(state) == 2 * mixer.state_size(seq_len)


def test_rows_that_stop_at_different_places_go_on_from_there() -> None:
    mixer, x = build(order=3).double(), normal(3, 90, 6)
    lengths = [(40, 37, 0), (1, 0, 0), (20, 20, 33), (29, 2, 1)]  # of each chunk, positions of each row
    state, n_seen, parts = mixer.init_state(3), [0, 0, 0], [[], [], []]
    with torch.no_grad():
        for chunk in lengths:
            mask = torch.arange(max(chunk)) < torch.tensor(chunk)[:, None]
            new = torch.full((3, max(chunk), 6), 7.0, dtype=torch.float64)
            for row, n in enumerate(chunk):
                new[row, :n] = x[row, n_seen[row] : n_seen[row] + n]
                n_seen[row] += n
            y, state = mixer.advance(new, state, mask)
            for row, n in enumerate(chunk):
                parts[row].append(y[row, :n])
        rows = torch.tensor([2, 0])
        last, _ = mixer.advance(x[rows, -1:], select_rows(state, rows))
        for row, n in enumerate(n_seen):
            torch.testing.assert_close(torch.cat(parts[row]), mixer(x[row : row + 1, :n])[0], **ROUNDING)
        for y, row in zip(last, (2, 0), strict=True):
            whole = torch.cat([x[row, : n_seen[row]], x[row, -1:]])
            torch.testing.assert_close(y, mixer(whole[None])[0, -1:], **ROUNDING)


def test_kept_taps_follow_the_weights() -> None:
    mixer, x = build().double(), normal(1, 9, 6)

    def streamed() -> Tensor:
        state, parts = mixer.init_state(1), []
        with torch.no_grad():
            for part in x.split(3, dim=1):
                y, state = mixer.advance(part, state)
                parts.append(y)
        return torch.cat(parts, dim=1)

    def agrees() -> bool:
        return torch.allclose(streamed(), mixer(x), rtol=0, atol=1e-6)

    assert agrees()
    before = streamed()
    optimiser = AdamWConfig(lr=0.1).build(mixer)
    mixer(x).sum().backward()
    optimiser.step(1.0)
    assert agrees()
    assert not torch.allclose(streamed(), before)
    mixer.load_state_dict(build().double().state_dict())
    torch.testing.assert_close(streamed(), before, **ROUNDING)
    with torch.inference_mode():
        assert agrees()
    other = copy.deepcopy(mixer)
    with torch.no_grad():
        mixer.filters.skip.mul_(2)
    assert agrees()
    assert not torch.allclose(streamed(), before)
    mixer = other
    torch.testing.assert_close(streamed(), before, **ROUNDING)
    x = x.float()
    mixer.float()
    assert agrees()


def test_the_past_can_be_differentiated_through_a_state() -> None:
    mixer, x = build().double(), normal(1, 9, 6).requires_grad_()
    _, state = mixer.advance(x[:, :5], mixer.init_state(1))
    y, _ = mixer.advance(x[:, 5:], state)
    found = torch.autograd.grad(y.square().sum(), (x, *mixer.parameters()))
    expected = torch.autograd.grad(mixer(x)[:, 5:].square().sum(), (x, *mixer.parameters()))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10)


def test_parameters_do_not_grow_with_the_length_and_no_length_is_too_long() -> None:
    short, long = build(filter_len=10), build(filter_len=10_000)
    assert sum(w.numel() for w in short.parameters()) == sum(w.numel() for w in long.parameters())
    assert short(normal(1, 300, 6, dtype=torch.float32)).isfinite().all()


def test_a_filter_decays_to_a_hundredth_where_its_window_says() -> None:
    filters = build(d_model=3, filter_len=1001).filters
    with torch.no_grad():
        window = filters._window(torch.tensor([0.0, 300.0, 1500.0]))
    torch.testing.assert_close(window[:, 0], torch.ones(3))
    torch.testing.assert_close(window[-1, 1], torch.tensor(0.01))  # the fastest
    torch.testing.assert_close(window[0, 2], torch.tensor(0.01))  # the slowest


def test_filters_learn_at_a_rate_of_their_own_without_decay_and_out_of_muon() -> None:
    model = torch.nn.ModuleDict({"blocks": torch.nn.ModuleList([build(filter_lr=0.25)])})
    filters = {id(w) for w in model["blocks"][0].filters.parameters()}
    groups = [group for one in MuonConfig(lr=0.02).build(model).parts for group in one.param_groups]
    theirs = [group for group in groups if filters & {id(w) for w in group["params"]}]
    assert [(group["lr"], group["weight_decay"]) for group in theirs] == [(0.005, 0.0)]
    assert {id(w) for w in theirs[0]["params"]} == filters


def test_under_autocast_filters_and_convolution_stay_in_float32() -> None:
    mixer, x = build(), normal(1, 40, 6, dtype=torch.float32)
    with torch.no_grad():
        expected = mixer(x)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            assert torch.equal(mixer.filters(40), mixer.filters(64)[:, :40])
            y = mixer(x)
            state, parts = mixer.init_state(1), []
            for part in x.split(8, dim=1):
                one, state = mixer.advance(part, state)
                parts.append(one)
        assert {tile.inputs.dtype for tile in state.long[0]} == {torch.float32}
    scale = expected.abs().max().item()
    torch.testing.assert_close(y.float(), expected, rtol=0, atol=0.05 * scale)
    torch.testing.assert_close(torch.cat(parts, dim=1).float(), expected, rtol=0, atol=0.05 * scale)


def test_orders_without_a_long_convolution_are_refused() -> None:
    with pytest.raises(ConfigError, match="order=1 must be at least 2: one long convolution between two gates"):
        HyenaConfig(order=1)
    with pytest.raises(ConfigError, match="filter_len=1 must be at least 2"):
        HyenaConfig(filter_len=1)
