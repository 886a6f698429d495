"""Linear attention against its recurrence in loops."""

import numpy as np
import pytest
import torch
from torch import Tensor

from quatrain.errors import ConfigError
from quatrain.mixers import LinearAttentionConfig
from quatrain.ops.linear_attention import CHUNK, EPS, linear_attention, linear_attention_by_definition


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_recurrence(mixer, x: np.ndarray) -> np.ndarray:
    """Katharopoulos et al. 2020, eq. 16 to 20, one sequence (T, D)."""
    w, out = mixer.qkv_proj.weight.detach().numpy(), mixer.out_proj.weight.detach().numpy()
    heads = (x @ w.T).reshape(len(x), 3, mixer.n_heads, mixer.d_head)
    y = np.zeros((len(x), mixer.n_heads, mixer.d_head))
    for h in range(mixer.n_heads):
        s, z = np.zeros((mixer.d_head, mixer.d_head)), np.zeros(mixer.d_head)
        for t in range(len(x)):
            q, k = (np.where(u > 0, u + 1, np.exp(u)) for u in heads[t, :2, h])
            s, z = s + np.outer(k, heads[t, 2, h]), z + k
            y[t, h] = q @ s / (q @ z + EPS)
    return y.reshape(len(x), -1) @ out.T


@pytest.mark.parametrize("seq_len", [1, 2, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_chunks_equal_the_recurrence(seq_len: int) -> None:
    mixer, x = LinearAttentionConfig(n_heads=3, d_head=5).build(7).double(), normal(2, seq_len, 7)
    expected = torch.from_numpy(np.stack([by_recurrence(mixer, row) for row in x.numpy()]))
    torch.testing.assert_close(mixer(x).detach(), expected, rtol=0, atol=1e-12)


def test_gradients_equal_those_of_the_definition() -> None:
    q, k, v = (normal(2, 3, 150, 4, seed=s) for s in range(3))
    inputs = [x.requires_grad_() for x in (q.exp(), k.exp(), v)]
    y, _ = linear_attention(*inputs, torch.zeros(2, 3, 4, 5, dtype=torch.float64))
    found = torch.autograd.grad((y * normal(*y.shape, seed=9)).sum(), inputs)
    y = linear_attention_by_definition(*inputs)
    expected = torch.autograd.grad((y * normal(*y.shape, seed=9)).sum(), inputs)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)


def test_streaming_goes_over_many_chunks_with_the_same_state() -> None:
    mixer, x = LinearAttentionConfig(n_heads=2).build(8).double(), normal(1, 300, 8)
    state, parts = mixer.init_state(1), []
    for part in x.split([1, 1, 99, 130, 69], dim=1):
        y, state = mixer.advance(part, state)
        parts.append(y)
    torch.testing.assert_close(torch.cat(parts, dim=1), mixer(x), rtol=0, atol=1e-12)
    assert mixer.state_size(0) == mixer.state_size(10**6) == 2 * 4 * 5 * 8


def test_sums_stay_in_float32_under_autocast() -> None:
    mixer = LinearAttentionConfig(n_heads=2).build(8)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, state = mixer.advance(normal(1, 5, 8).float(), mixer.init_state(1))
    assert state.sums.dtype == torch.float32


def test_heads_that_do_not_divide_the_width_are_refused() -> None:
    with pytest.raises(ConfigError, match="n_heads=5 does not divide d_model=8"):
        LinearAttentionConfig(n_heads=5).build(8)
    with pytest.raises(ConfigError, match="n_heads=0 must be at least 1"):
        LinearAttentionConfig(n_heads=0)
