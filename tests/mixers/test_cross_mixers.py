"""Cross mixers against torch's attention and against their equations in loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from quatrain.errors import ConfigError
from quatrain.layers.tap import record
from quatrain.mixers import (
    CROSS_MIXERS,
    AdditiveAttentionConfig,
    CrossAttentionConfig,
    CrossMixer,
    CrossMixerConfig,
    FixedVectorConfig,
    Memory,
)
from quatrain.ops.state import Shared

CONFIGS: list[CrossMixerConfig] = [
    CrossAttentionConfig(n_heads=3, bias=True),
    AdditiveAttentionConfig(d_attention=5),
    FixedVectorConfig(),
]
every_kind = pytest.mark.parametrize("config", CONFIGS, ids=[config.kind for config in CONFIGS])
EXACT = {"rtol": 0, "atol": 1e-12}


def built(config: CrossMixerConfig, d_model: int = 6) -> CrossMixer:
    torch.manual_seed(0)
    mixer = config.build(d_model).double()
    with torch.no_grad():
        for weight in mixer.parameters():
            weight.normal_(std=0.5)
    return mixer


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


MASK = torch.tensor([[True] * 4, [True] * 3 + [False]])


def test_cross_attention_is_torchs_with_its_gradients() -> None:
    ours, oracle = built(CONFIGS[0]), nn.MultiheadAttention(6, 3, batch_first=True).double()
    with torch.no_grad():
        oracle.in_proj_weight.copy_(torch.cat([ours.q_proj.weight, ours.kv_proj.weight]))
        oracle.in_proj_bias.copy_(torch.cat([ours.q_proj.bias, ours.kv_proj.bias]))
        oracle.out_proj.load_state_dict(ours.out_proj.state_dict())
    x, memory = random(2, 5, 6).requires_grad_(), random(2, 4, 6, seed=2).requires_grad_()
    y, (expected, _) = ours(x, Memory(memory, MASK)), oracle(x, memory, memory, key_padding_mask=~MASK)
    torch.testing.assert_close(y, expected, **EXACT)
    weights = [ours.kv_proj.weight, x, memory]
    gradients = torch.autograd.grad(y.square().sum(), weights)
    expected_gradients = torch.autograd.grad(expected.square().sum(), [oracle.in_proj_weight, x, memory])
    torch.testing.assert_close(gradients[0], expected_gradients[0][6:], **EXACT)
    for one, other in zip(gradients[1:], expected_gradients[1:], strict=True):
        torch.testing.assert_close(one, other, **EXACT)


def additive(weights: dict[str, np.ndarray], x: np.ndarray, memory: np.ndarray, n_real: list[int]) -> np.ndarray:
    """Bahdanau et al. 2015, appendix A.1.2, a row, a position and a source position at a time."""
    w, u, v = weights["q_proj.weight"], weights["k_proj.weight"], weights["score_proj.weight"][0]
    y = np.zeros_like(x)
    for b in range(len(x)):
        for t in range(x.shape[1]):
            scores = [v @ np.tanh(w @ x[b, t] + weights["q_proj.bias"] + u @ memory[b, s]) for s in range(n_real[b])]
            total = sum(np.exp(score) for score in scores)
            context = sum(np.exp(score) / total * memory[b, s] for s, score in enumerate(scores))
            y[b, t] = weights["out_proj.weight"] @ context
    return y


def test_additive_attention_is_its_equation_in_loops_with_its_gradients() -> None:
    mixer, x, memory = built(CONFIGS[1]), random(2, 5, 6).requires_grad_(), random(2, 4, 6, seed=2)
    weights = {name: weight.detach().numpy().copy() for name, weight in mixer.named_parameters()}
    y, values = mixer(x, Memory(memory, MASK)), x.detach().numpy().copy()
    np.testing.assert_allclose(
        y.detach().numpy(), additive(weights, values, memory.numpy(), [4, 3]), rtol=0, atol=1e-12
    )
    weigh = random(2, 5, 6, seed=3)
    (y * weigh).sum().backward()
    gradients = {name: weight.grad for name, weight in mixer.named_parameters()} | {"x": x.grad}
    step = 1e-6
    for name, tensor in (weights | {"x": values}).items():
        for place in np.random.default_rng(0).choice(tensor.size, 3, replace=False):
            losses = []
            for sign in (1, -1):
                tensor.flat[place] += sign * step
                losses.append((additive(weights, values, memory.numpy(), [4, 3]) * weigh.numpy()).sum())
                tensor.flat[place] -= sign * step
            slope = (losses[0] - losses[1]) / (2 * step)
            assert gradients[name].flatten()[place].item() == pytest.approx(slope, abs=1e-7), name


def test_a_fixed_vector_is_the_mean_of_what_is_real_through_a_gate() -> None:
    mixer, x, memory = built(CONFIGS[2]), random(2, 5, 6), random(2, 4, 6, seed=2)
    y = mixer(x, Memory(memory, MASK))
    for b, mean in enumerate([memory[0].mean(dim=0), memory[1, :3].mean(dim=0)]):
        for t in range(5):
            gate = 1 / (1 + torch.exp(-(mixer.gate_proj.weight @ x[b, t] + mixer.gate_proj.bias)))
            torch.testing.assert_close(y[b, t], mixer.out_proj.weight @ (gate * mean), **EXACT)


@every_kind
def test_what_one_position_reads_does_not_depend_on_the_others(config: CrossMixerConfig) -> None:
    mixer, x, memory = built(config), random(2, 5, 6), Memory(random(2, 4, 6, seed=2), MASK)
    alone = torch.cat([mixer(position, memory) for position in x.split(1, dim=1)], dim=1)
    torch.testing.assert_close(mixer(x, memory), alone, **EXACT)


@every_kind
@pytest.mark.parametrize("owner", [[0, 1], [0, 0, 0, 1, 1, 1], [1, 0, 0], [1]], ids=str)
def test_rows_read_the_memory_of_their_owner_however_they_stand(config: CrossMixerConfig, owner: list[int]) -> None:
    mixer, memory, rows = built(config), Memory(random(2, 4, 6, seed=2), MASK), torch.tensor(owner)
    x = random(len(owner), 3, 6)
    y = mixer.read_shared(x, Shared.among(mixer.remember(memory), rows))
    torch.testing.assert_close(y, mixer(x, Memory(memory.vectors[rows], MASK[rows])), **EXACT)


@pytest.mark.parametrize("config", CONFIGS[:2], ids=["attention", "additive"])
def test_what_is_listened_to_are_the_weights_of_the_reading(config: CrossMixerConfig) -> None:
    mixer, x, memory = built(config), random(2, 5, 6), Memory(random(2, 4, 6, seed=2), MASK)
    y = mixer(x, memory)
    with record(mixer, "pattern") as seen:
        torch.testing.assert_close(mixer(x, memory), y, **EXACT)
    (weights,) = seen["pattern"]
    assert weights.shape == (2, 3 if config.kind == "attention" else 1, 5, 4)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(weights.shape[:-1]).double(), **EXACT)
    assert weights[1, ..., 3].abs().max() == 0
    mixer(x, memory)
    assert len(seen["pattern"]) == 1


@pytest.mark.parametrize(
    ("config", "flops", "size"),
    [
        (CrossAttentionConfig(n_heads=3), 5 * 2 * 2 * 36 + 4 * 2 * 72 + 4 * 5 * 4 * 6, 4 * 2 * 6 * 8),
        (
            AdditiveAttentionConfig(d_attention=5),
            5 * 2 * (30 + 36) + 4 * 2 * 30 + 5 * 4 * (4 * 5 + 2 * 6),
            4 * (5 + 6) * 8,
        ),
        (FixedVectorConfig(), 4 * 6 + 5 * 2 * 2 * 36, 6 * 8),
    ],
    ids=["attention", "additive", "fixed"],
)
def test_cost_and_state_are_those_counted_by_hand(config: CrossMixerConfig, flops: int, size: int) -> None:
    mixer = built(config)
    assert mixer.flops(5, 4) == flops
    assert mixer.state_size(4) == size


def test_the_words_build_them() -> None:
    assert list(CROSS_MIXERS.values()) == [type(config) for config in CONFIGS]


@pytest.mark.parametrize(
    ("config", "settings", "message"),
    [
        (CrossAttentionConfig, {"n_heads": 0}, "n_heads=0 must be at least 1"),
        (CrossAttentionConfig, {"n_heads": 4, "n_kv_heads": 3}, "n_kv_heads=3 must divide n_heads=4"),
        (AdditiveAttentionConfig, {"d_attention": 0}, "d_attention=0 must be at least 1, or null"),
    ],
)
def test_impossible_settings_are_refused(config: type[CrossMixerConfig], settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        config.from_dict(settings)
