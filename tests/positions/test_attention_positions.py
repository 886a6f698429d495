"""Order inside attention against complex numbers, loops and the modules of `transformers`."""

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers.models.bloom.modeling_bloom import build_alibi_tensor
from transformers.models.gpt_neox import modeling_gpt_neox
from transformers.models.gpt_neox.configuration_gpt_neox import GPTNeoXConfig
from transformers.models.llama import modeling_llama
from transformers.models.llama.configuration_llama import LlamaConfig
from transformers.models.t5.configuration_t5 import T5Config
from transformers.models.t5.modeling_t5 import T5Attention

from quatrain.errors import ConfigError
from quatrain.positions import (
    ATTENTION_POSITIONS,
    Alibi,
    NoAttention,
    RelativeOneHot,
    Rotary,
    RotaryConfig,
    T5Relative,
)


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def turned_by_complex_numbers(x: np.ndarray, positions: np.ndarray, theta: float) -> np.ndarray:
    """x (B, T, H, K), positions (B, T): coordinate m and m + K/2 are one complex number, turned."""
    half = x.shape[-1] // 2
    angles = positions[:, :, None] * theta ** -(np.arange(half) / half)  # (B, T, K/2)
    z = (x[..., :half] + 1j * x[..., half:]) * np.exp(1j * angles)[:, :, None, :]
    return np.concatenate([z.real, z.imag], axis=-1)


@pytest.mark.parametrize("theta", [10_000.0, 500_000.0])
def test_rotary_turns_complex_numbers(theta):
    x, positions = normal(2, 5, 3, 8), torch.tensor([[0, 1, 2, 3, 4], [7, 8, 100, 3000, 60_000]])
    expected = turned_by_complex_numbers(x.numpy(), positions.numpy(), theta)
    # angles reach 6e4 radians, where neighbouring float64 values are 7e-12 apart
    y = Rotary(8, theta=theta).rotate(x, positions)
    torch.testing.assert_close(y, torch.from_numpy(expected), rtol=0, atol=2e-11)
    torch.testing.assert_close(y[0], torch.from_numpy(expected[0]), rtol=0, atol=1e-12)


def test_rotary_turns_gradients_back():
    x = normal(1, 4, 2, 6).requires_grad_()
    weights, positions = normal(1, 4, 2, 6, seed=1), torch.arange(3, 7)
    (Rotary(6).rotate(x, positions) * weights).sum().backward()
    expected = turned_by_complex_numbers(weights.numpy(), -positions[None].numpy(), 10_000.0)
    torch.testing.assert_close(x.grad, torch.from_numpy(expected), rtol=0, atol=1e-12)


def test_rotary_is_that_of_llama():
    config = LlamaConfig(
        hidden_size=24, num_attention_heads=3, rope_parameters={"rope_type": "default", "rope_theta": 1e4}
    )
    positions = torch.tensor([[0, 1, 2, 3, 4], [3, 4, 5, 6, 7]])
    q, k = normal(2, 5, 3, 8).requires_grad_(), normal(2, 5, 2, 8, seed=1).requires_grad_()
    cos, sin = modeling_llama.LlamaRotaryEmbedding(config)(q, positions)
    theirs = modeling_llama.apply_rotary_pos_emb(q.transpose(1, 2), k.transpose(1, 2), cos, sin)
    part = Rotary(8)
    for x, their in zip((q, k), theirs, strict=True):
        y, weights = part.rotate(x, positions), normal(*x.shape, seed=2)
        torch.testing.assert_close(y, their.transpose(1, 2), rtol=0, atol=1e-6)  # theirs keeps float32 tables
        (own,) = torch.autograd.grad((y * weights).sum(), x)
        (reference,) = torch.autograd.grad((their.transpose(1, 2) * weights).sum(), x, retain_graph=True)
        torch.testing.assert_close(own, reference, rtol=0, atol=1e-6)


def test_a_fraction_is_turned_as_in_gpt_neox():
    config = GPTNeoXConfig(
        hidden_size=24,
        num_attention_heads=2,
        rope_parameters={"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.5},
    )
    x, positions = normal(1, 5, 2, 12), torch.arange(5)
    cos, sin = modeling_gpt_neox.GPTNeoXRotaryEmbedding(config)(x, positions[None])
    their, _ = modeling_gpt_neox.apply_rotary_pos_emb(x.transpose(1, 2), x.transpose(1, 2), cos, sin)
    y = Rotary(12, fraction=0.5).rotate(x, positions)
    torch.testing.assert_close(y, their.transpose(1, 2), rtol=0, atol=1e-6)  # theirs keeps float32 tables
    assert torch.equal(y[..., 6:], x[..., 6:])


def test_rotary_scores_depend_on_offsets_only():
    q, k, part = normal(1, 1, 1, 8), normal(1, 1, 1, 8, seed=1), Rotary(8)

    def score(i: int, j: int) -> float:
        return (part.rotate(q, torch.tensor([i])) * part.rotate(k, torch.tensor([j]))).sum().item()

    assert score(5, 2) == pytest.approx(score(105, 102), abs=1e-12)
    assert score(5, 2) != pytest.approx(score(5, 3), abs=1e-3)
    assert score(0, 0) == pytest.approx((q * k).sum().item(), abs=1e-12)


def test_rotary_of_half_precision_is_rounded_once():
    x, positions = normal(2, 5, 3, 8, dtype=torch.float32).bfloat16(), torch.arange(200, 205)
    y = Rotary(8).rotate(x, positions)
    assert torch.equal(y, Rotary(8).rotate(x.float(), positions).bfloat16())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"d_head": 7}, "7 of d_head=7 cannot be paired"),
        ({"d_head": 6, "fraction": 0.5}, "3 of d_head=6 cannot be paired"),
        ({"d_head": 4, "fraction": 0.1}, "0 of d_head=4 cannot be paired"),
        ({"d_head": 8, "fraction": 1.5}, r"fraction=1.5 must lie in \(0, 1\]"),
        ({"d_head": 8, "theta": -1.0}, "theta=-1.0 must be positive"),
    ],
)
def test_rotary_refuses_what_it_cannot_pair(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Rotary(**arguments)


@pytest.mark.parametrize("n_heads", range(1, 21))
def test_alibi_differs_from_that_of_bloom_by_a_constant_a_row(n_heads):
    """Bloom adds slope * j, which a softmax over j cannot tell from -slope * (i - j)."""
    seq_len, bias = 6, Alibi(n_heads).bias(torch.arange(6), torch.arange(6))
    theirs = build_alibi_tensor(torch.ones(1, seq_len), n_heads, torch.float32).view(1, n_heads, 1, seq_len)
    past = torch.ones(seq_len, seq_len, dtype=torch.bool).tril()
    ours, theirs = (x.expand(1, n_heads, seq_len, seq_len).masked_fill(~past, -torch.inf) for x in (bias, theirs))
    torch.testing.assert_close(ours.softmax(-1), theirs.softmax(-1), rtol=0, atol=1e-6)  # float32, as theirs


def test_alibi_slopes_of_eight_and_of_six_heads():
    assert Alibi(8).slopes.tolist() == [2.0**-i for i in range(1, 9)]
    assert Alibi(6).slopes.tolist() == [2.0**-2, 2.0**-4, 2.0**-6, 2.0**-8, 2.0**-1, 2.0**-3]


def test_alibi_counts_distance_in_both_directions():
    bias = Alibi(1).bias(torch.tensor([5]), torch.tensor([3, 5, 9]))
    assert bias.tolist() == [[[[-2 / 256, 0.0, -4 / 256]]]]


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize(("n_buckets", "max_distance"), [(32, 128), (12, 20)])
def test_t5_buckets_and_their_gradients_are_those_of_t5(causal, n_buckets, max_distance):
    config = T5Config(
        d_model=15,
        num_heads=3,
        d_kv=5,
        is_decoder=causal,
        relative_attention_num_buckets=n_buckets,
        relative_attention_max_distance=max_distance,
    )
    torch.manual_seed(0)
    theirs = T5Attention(config, has_relative_attention_bias=True, layer_idx=0).double()
    part = T5Relative(3, n_buckets=n_buckets, max_distance=max_distance, causal=causal).double()
    part.load_state_dict({"table.weight": theirs.relative_attention_bias.weight.detach()})
    bias, their_bias = part.bias(torch.arange(150), torch.arange(170)), theirs.compute_bias(150, 170)
    assert torch.equal(bias, their_bias)
    weights = normal(1, 3, 150, 170)
    (bias * weights).sum().backward()
    (their_bias * weights).sum().backward()
    their_grad = theirs.relative_attention_bias.weight.grad
    torch.testing.assert_close(part.table.weight.grad, their_grad, rtol=0, atol=1e-10)  # sums of 25,500 numbers


def test_t5_refuses_buckets_that_cannot_be_dealt_out():
    with pytest.raises(ConfigError, match=r"n_buckets=3 and max_distance=128 leave .* n_buckets of at least 4"):
        T5Relative(2, n_buckets=3, causal=False)
    with pytest.raises(ConfigError, match="max_distance above 16"):
        T5Relative(2, n_buckets=32, max_distance=16, causal=True)


def test_relative_is_a_linear_map_of_a_onehot_clipped_offset():
    torch.manual_seed(0)
    part = RelativeOneHot(3, clip=2).double()
    q, k = torch.tensor([[4, 5], [0, 1]]), torch.tensor([[0, 4, 5, 6, 9], [0, 1, 2, 3, 4]])
    bias = part.bias(q, k)
    assert bias.shape == (2, 3, 2, 5)
    for b in range(2):
        for t in range(2):
            for s in range(5):
                onehot = torch.zeros(5, dtype=torch.float64)
                onehot[2 + max(-2, min(2, int(k[b, s] - q[b, t])))] = 1
                assert torch.equal(bias[b, :, t, s], onehot @ part.table.weight)
    bias.sum().backward()
    assert part.table.weight.grad.sum(0).tolist() == [20.0] * 3


def test_relative_refuses_to_tell_nothing_apart():
    with pytest.raises(ConfigError, match=r"clip=0 makes all offsets equal\. Give at least 1"):
        RelativeOneHot(2, clip=0)


def test_no_position_leaves_queries_and_scores_alone():
    x = normal(1, 2, 3, 4)
    assert NoAttention().rotate(x, torch.arange(2)) is x
    assert NoAttention().bias(torch.arange(2), torch.arange(2)) is None


@pytest.mark.parametrize("kind", ATTENTION_POSITIONS)
@pytest.mark.parametrize("causal", [True, False])
def test_one_row_of_positions_is_that_row_in_a_batch(kind, causal):
    torch.manual_seed(0)
    part = ATTENTION_POSITIONS[kind].from_dict({}).build(3, 8, causal)
    x, q, k = normal(2, 4, 3, 8, dtype=torch.float32), torch.arange(3, 7), torch.arange(7)
    assert torch.equal(part.rotate(x, q), part.rotate(x, q.expand(2, 4)))
    bias, batched = part.bias(q, k), part.bias(q.expand(2, 4), k.expand(2, 7))
    if bias is not None:
        assert bias.shape == (1, 3, 4, 7)
        assert torch.equal(bias.expand(2, 3, 4, 7), batched)


@pytest.mark.parametrize("word", ATTENTION_POSITIONS)
def test_words_of_the_table_are_the_kinds_of_its_configs(word):
    assert ATTENTION_POSITIONS[word].kind == word
    assert ATTENTION_POSITIONS[word].from_dict({}).to_dict()["kind"] == word


def test_settings_reach_the_part():
    part = RotaryConfig(theta=500_000.0, fraction=0.25).build(4, 16, True)
    assert (part.theta, part.n_turned) == (500_000.0, 4)
    part = ATTENTION_POSITIONS["t5"].from_dict({"n_buckets": 8, "max_distance": 20}).build(3, 16, False)
    assert (part.table.weight.shape, part.max_distance, part.causal) == ((8, 3), 20, False)
    assert ATTENTION_POSITIONS["relative"].from_dict({"clip": 5}).build(3, 16, True).table.weight.shape == (
        11,
        3,
    )
