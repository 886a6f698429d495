"""Attention against torch's own, and its rules of who sees whom."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from quatrain.errors import ConfigError
from quatrain.mixers import Attention, AttentionConfig
from quatrain.mixers.scores import CosineScoreConfig, DotScoreConfig, NormedScoreConfig
from quatrain.positions import AlibiConfig, AttentionPositionConfig, NoAttentionConfig, RotaryConfig


def built(d_model: int = 12, **settings: object) -> Attention:
    torch.manual_seed(0)
    defaults = {"n_heads": 3, "position": NoAttentionConfig()}
    return AttentionConfig(**(defaults | settings)).build(d_model).double().eval()  # type: ignore[arg-type]


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("causal", [True, False])
def test_it_is_torchs_multi_head_attention_with_its_gradients(causal: bool) -> None:
    ours = built(causal=causal, bias=True)
    oracle = nn.MultiheadAttention(12, 3, bias=True, batch_first=True).double()
    with torch.no_grad():
        oracle.in_proj_weight.copy_(ours.qkv_proj.weight)
        oracle.in_proj_bias.copy_(ours.qkv_proj.bias)
        oracle.out_proj.weight.copy_(ours.out_proj.weight)
        oracle.out_proj.bias.copy_(ours.out_proj.bias)
    x, y = random(2, 5, 12).requires_grad_(), random(2, 5, 12).requires_grad_()
    with torch.no_grad():
        y.copy_(x)
    hidden = torch.ones(5, 5).triu(1).bool() if causal else None  # torch: True is hidden
    a, (b, _) = ours(x), oracle(y, y, y, attn_mask=hidden)
    torch.testing.assert_close(a, b, rtol=0, atol=1e-13)
    a.square().sum().backward()
    b.square().sum().backward()
    torch.testing.assert_close(x.grad, y.grad, rtol=0, atol=1e-12)
    torch.testing.assert_close(ours.qkv_proj.weight.grad, oracle.in_proj_weight.grad, rtol=0, atol=1e-12)


def test_grouped_heads_are_full_heads_with_repeated_keys_and_values() -> None:
    grouped = built(d_model=8, n_heads=4, n_kv_heads=2)
    full = built(d_model=8, n_heads=4)
    q, k, v = grouped.qkv_proj.weight.split([8, 4, 4])

    def repeated(weight: torch.Tensor) -> torch.Tensor:
        return weight.unflatten(0, (2, 2)).repeat_interleave(2, dim=0).flatten(0, 1)

    with torch.no_grad():
        full.qkv_proj.weight.copy_(torch.cat([q, repeated(k), repeated(v)]))
        full.out_proj.weight.copy_(grouped.out_proj.weight)
    x = random(2, 7, 8)
    torch.testing.assert_close(grouped(x), full(x), rtol=0, atol=1e-13)


def test_a_window_of_one_sees_only_itself() -> None:
    mixer = built(window=1)
    x = random(2, 6, 12)
    alone = torch.cat([mixer(x[:, i : i + 1]) for i in range(6)], dim=1)
    torch.testing.assert_close(mixer(x), alone, rtol=0, atol=1e-13)


def test_a_window_forgets_what_lies_behind_it() -> None:
    mixer = built(window=3)
    x = random(1, 8, 12)
    changed = x.clone()
    changed[:, 4] += 1
    moved = (mixer(x) - mixer(changed)).abs().amax(dim=(0, 2)) > 1e-9
    assert moved.tolist() == [False] * 4 + [True] * 3 + [False]


@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("position", [RotaryConfig(), AlibiConfig()], ids=lambda position: position.kind)
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("seq_len", [7, 9, 16])
def test_windows_read_one_by_one_are_the_whole_masked(
    seq_len: int, packed: bool, position: AttentionPositionConfig, causal: bool
) -> None:
    mixer = built(window=3, causal=causal, position=position, d_model=8, n_heads=4, n_kv_heads=2, d_head=4)
    documents = torch.arange(2 * seq_len).unflatten(0, (2, seq_len)) // 5 if packed else None
    x, other = (random(2, seq_len, 8).requires_grad_() for _ in range(2))
    y = mixer(x, None, documents)
    whole = mixer(other, torch.ones(2, seq_len, dtype=torch.bool), documents)  # a mask takes the whole matrix
    torch.testing.assert_close(y, whole, rtol=0, atol=1e-13)
    y.square().sum().backward()
    whole.square().sum().backward()
    torch.testing.assert_close(x.grad, other.grad, rtol=0, atol=1e-12)


def test_hard_attention_copies_the_best_value() -> None:
    mixer = Attention(
        2, n_heads=1, n_kv_heads=1, d_head=2,
        position=NoAttentionConfig().build(1, 2, causal=True),
        score=AttentionConfig().score.build(2, 1),
        hard=True,
    ).double()  # fmt: skip
    with torch.no_grad():
        mixer.qkv_proj.weight.copy_(torch.eye(2).repeat(3, 1))
        mixer.out_proj.weight.copy_(torch.eye(2))
    x = torch.tensor([[[3.0, 0.0], [0.0, 2.0], [1.0, 0.0]]], dtype=torch.float64)
    assert mixer(x)[0, 2].tolist() == [3.0, 0.0]


def test_the_worked_example_of_the_lecture_comes_out() -> None:
    """theory.md section 9: context A A B A, query [0, 1], scores without a scale: [0.524633, 0.475367]."""
    from quatrain.ops.attention import attend

    context = torch.tensor([[1.0, 0], [1, 0], [0, 1], [1, 0]], dtype=torch.float64).view(1, 4, 1, 2)
    for query, expected in (([0.0, 1.0], [0.524633, 0.475367]), ([0.0, 10.0], [1.3618e-4, 0.99986382])):
        q = torch.tensor(query, dtype=torch.float64).view(1, 1, 1, 2)
        y, _ = attend(q, context, context, visible=None, causal=False, bias=None, scale=1.0)
        assert y.flatten().tolist() == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("score", [CosineScoreConfig(), NormedScoreConfig()])
def test_scores_of_normed_vectors_do_not_depend_on_their_length(score: CosineScoreConfig) -> None:
    part = score.build(4, 3).double()
    q, k = random(2, 5, 3, 4), random(2, 6, 3, 4)
    a, b = part(q, k)
    longer_a, longer_b = part(7 * q, 0.5 * k)
    torch.testing.assert_close(a, longer_a, rtol=0, atol=1e-4)  # eps of the mean square
    torch.testing.assert_close(b, longer_b, rtol=0, atol=1e-4)


def test_a_bare_dot_product_is_not_divided() -> None:
    bare, scaled, x = built(score=DotScoreConfig()), built(), random(2, 5, 12)
    with torch.no_grad():
        bare.load_state_dict(scaled.state_dict())
        bare.qkv_proj.weight[:12] *= 4**-0.5  # the queries, by sqrt(d_head)
    torch.testing.assert_close(bare(x), scaled(x), rtol=0, atol=1e-13)


def test_cosine_scores_lie_between_plus_and_minus_the_temperature() -> None:
    part = CosineScoreConfig().build(4, 3).double()
    q, k = part(random(1, 9, 3, 4), random(1, 9, 3, 4))
    scores = torch.einsum("bthk,bshk->bhts", q, k) * part.scale
    assert scores.abs().max() <= 10 + 1e-9


def test_attention_that_looks_ahead_declines_to_decode() -> None:
    mixer = built(causal=False)
    with pytest.raises(ConfigError, match=r"looks at the whole sequence.*causal=true"):
        mixer.advance(random(1, 1, 12), mixer.init_state(1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_heads": 5}, "n_heads=5 does not divide d_model=12. Try n_heads=4 or n_heads=6"),
        ({"n_heads": 0}, "n_heads=0 must be at least 1"),
        ({"n_heads": 4, "n_kv_heads": 3}, "n_kv_heads=3 must divide n_heads=4"),
        ({"window": 0}, "window=0 must be at least 1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        AttentionConfig.from_dict(settings).build(12)
    assert message in str(caught.value)
