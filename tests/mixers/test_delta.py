"""The gated delta rule against loops, and the mixer around it against its equations."""

import numpy as np
import pytest
import torch
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.mixers import GatedDelta, GatedDeltaConfig
from quatrain.mixers.delta import EPS
from quatrain.ops.delta_rule import CHUNK, delta_rule, delta_rule_by_definition

LENGTHS = [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5]


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def inputs(seq_len: int) -> list[Tensor]:
    """q, k, v, log_decay, beta, memory: batch 2, heads 3, keys 4, values 5."""
    q, k = (normal(2, 3, seq_len, 4, seed=s) for s in (0, 1))
    k = k / k.norm(dim=-1, keepdim=True)
    gates = normal(2, 3, seq_len, seed=3).sigmoid().log(), normal(2, 3, seq_len, seed=4).sigmoid()
    found = [q, k, normal(2, 3, seq_len, 5, seed=2), *gates, normal(2, 3, 4, 5, seed=5)]
    return [x.requires_grad_() for x in found]


def by_loops(q, k, v, log_decay, beta, memory) -> tuple[np.ndarray, np.ndarray]:
    """S_t = a_t S_(t-1) (I - b_t k_t k_t^T) + b_t v_t k_t^T and y_t = S_t q_t, as the paper has them."""
    y, last = np.zeros(v.shape), np.zeros(memory.shape)
    for b, h in np.ndindex(*q.shape[:2]):
        s = memory[b, h].T
        for t in range(q.shape[2]):
            key, share = k[b, h, t], beta[b, h, t]
            s = np.exp(log_decay[b, h, t]) * s @ (np.eye(len(key)) - share * np.outer(key, key))
            s = s + share * np.outer(v[b, h, t], key)
            y[b, h, t] = s @ q[b, h, t]
        last[b, h] = s.T
    return y, last


@pytest.mark.parametrize("rule", [delta_rule, delta_rule_by_definition])
@pytest.mark.parametrize("seq_len", LENGTHS)
def test_it_is_the_recurrence_of_the_paper(rule, seq_len: int) -> None:
    given = [x.detach() for x in inputs(seq_len)]
    expected = [torch.from_numpy(x) for x in by_loops(*(x.numpy() for x in given))]
    torch.testing.assert_close(list(rule(*given)), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seq_len", [2, CHUNK + 9])
def test_gradients_in_chunks_equal_those_of_the_definition(seq_len: int) -> None:
    given, gradients = inputs(seq_len), []
    for rule in (delta_rule, delta_rule_by_definition):
        y, memory = rule(*given)
        loss = (y * normal(*y.shape, seed=7)).sum() + (memory * normal(*memory.shape, seed=8)).sum()
        gradients.append(torch.autograd.grad(loss, given))
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-11)


def test_strong_forgetting_over_a_whole_chunk_stays_finite() -> None:
    q, k, v, _, beta, memory = (x.detach().float() for x in inputs(2 * CHUNK))
    log_decay = torch.full_like(beta, -50.0).requires_grad_()
    y, _ = delta_rule(q, k, v, log_decay, beta, memory)
    y.sum().backward()
    assert y.isfinite().all()
    assert log_decay.grad.isfinite().all()


def test_a_key_written_twice_stands_for_the_last_value() -> None:
    key = torch.tensor([0.6, 0.8], dtype=torch.float64).expand(1, 1, 2, 2)
    v = normal(1, 1, 2, 3)
    y, _ = delta_rule(key, key, v, torch.zeros(1, 1, 2).double(), torch.ones(1, 1, 2).double(), normal(1, 1, 2, 3))
    torch.testing.assert_close(y, v, rtol=0, atol=1e-14)


def by_the_equations(mixer: GatedDelta, x: np.ndarray) -> np.ndarray:
    """One sequence (T, D) through everything around the rule."""
    weight = {name: w.detach().numpy() for name, w in mixer.named_parameters()}
    inner, heads = mixer.n_heads * mixer.d_head, mixer.n_heads

    def silu(a):
        return a / (1 + np.exp(-a))

    p = x @ weight["in_proj.weight"].T
    qkv, gate, step, beta = np.split(p, [3 * inner, 4 * inner, 4 * inner + heads], axis=1)
    taps = weight["conv"][:, 0]
    qkv = np.array([sum(taps[:, -1 - n] * qkv[t - n] for n in range(4) if t >= n) for t in range(len(x))])
    q, k, v = silu(qkv).reshape(len(x), 3, heads, -1).transpose(1, 2, 0, 3)[:, None]  # (1, H, T, K)
    q, k = (a / np.sqrt((a**2).sum(-1, keepdims=True) + EPS) for a in (q, k))
    log_decay = -np.exp(weight["log_rate"]) * np.log1p(np.exp(step + weight["step_bias"]))
    memory = np.zeros((1, heads, mixer.d_head, mixer.d_head))
    y, _ = by_loops(q, k, v, log_decay.T[None], 1 / (1 + np.exp(-beta.T[None])), memory)
    y = y / np.sqrt((y**2).mean(-1, keepdims=True) + EPS) * weight["gain"]
    return (y[0].transpose(1, 0, 2).reshape(len(x), -1) * silu(gate)) @ weight["out_proj.weight"].T


def test_the_mixer_is_its_equations() -> None:
    mixer, x = GatedDeltaConfig(n_heads=3, d_head=5).build(7).double(), normal(2, 70, 7)
    expected = torch.from_numpy(np.stack([by_the_equations(mixer, row) for row in x.numpy()]))
    torch.testing.assert_close(mixer(x).detach(), expected, rtol=0, atol=1e-11)


def test_streaming_goes_over_many_chunks_with_a_state_of_one_size() -> None:
    mixer, x = GatedDeltaConfig(n_heads=2).build(8).double(), normal(1, 300, 8)
    state, parts = mixer.init_state(1), []
    for part in x.split([1, 1, 99, 130, 69], dim=1):
        y, state = mixer.advance(part, state)
        parts.append(y)
    torch.testing.assert_close(torch.cat(parts, dim=1), mixer(x), rtol=0, atol=1e-12)
    assert mixer.state_size(0) == mixer.state_size(10**6) == (2 * 4 * 4 + 3 * 24) * 8


def test_memory_stays_in_float32_under_autocast() -> None:
    mixer = GatedDeltaConfig(n_heads=2).build(8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y, state = mixer.advance(normal(1, 70, 8).float(), mixer.init_state(1))
        y, state = mixer.advance(normal(1, 1, 8).float(), state)
    assert state.memory.dtype == torch.float32
    assert y.isfinite().all()


def test_settings_without_sense_are_refused() -> None:
    with pytest.raises(ConfigError, match="conv_width=-1 must be at least 0"):
        GatedDeltaConfig(conv_width=-1)
    with pytest.raises(ConfigError, match="n_heads=5 does not divide d_model=8"):
        GatedDeltaConfig(n_heads=5).build(8)
