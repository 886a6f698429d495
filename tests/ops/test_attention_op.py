"""Attention against loops in NumPy, and the fused path against the plain one."""

import numpy as np
import pytest
import torch
from torch import Tensor

from quatrain.errors import ShapeError
from quatrain.ops.attention import attend

B, T, S, H, K = 2, 5, 7, 6, 4


def normal(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def inputs(n_queries: int, n_keys: int, n_kv_heads: int = H, dtype: torch.dtype = torch.float64) -> list[Tensor]:
    shapes = [(B, n_queries, H, K), (B, n_keys, n_kv_heads, K), (B, n_keys, n_kv_heads, K)]
    return [normal(*shape, seed=seed, dtype=dtype).requires_grad_() for seed, shape in enumerate(shapes)]


def some_visible(n_queries: int, n_keys: int, batch: int = B) -> Tensor:
    """Holes everywhere; in the last row query 1 sees nothing."""
    seen = torch.rand(batch, n_queries, n_keys, generator=torch.Generator().manual_seed(5)) > 0.4
    seen[..., 2] = True
    seen[-1, 1] = False
    return seen


def by_loops(q, k, v, seen, bias, scale, hard) -> tuple[np.ndarray, np.ndarray]:
    """The definition, one query at a time; q, k, v (B, T|S, H, K) with as many key heads as query heads."""
    y, weights = np.zeros(q.shape), np.zeros((q.shape[0], q.shape[2], q.shape[1], k.shape[1]))
    for b, t, h in np.ndindex(*q.shape[:3]):
        shown = [s for s in range(k.shape[1]) if seen[b, t, s]]
        if not shown:
            continue
        scores = np.array([q[b, t, h] @ k[b, s, h] * scale + bias[b, h, t, s] for s in shown])
        share = (scores >= scores.max() - 1e-9) * 1.0 if hard else np.exp(scores - scores.max())
        weights[b, h, t, shown] = share / share.sum()
        y[b, t, h] = weights[b, h, t] @ v[b, :, h]
    return y, weights


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("n_kv_heads", [6, 3, 1])
def test_attention_is_its_definition(hard, n_kv_heads):
    q, k, v = inputs(T, S, n_kv_heads)
    seen, bias = some_visible(T, S), normal(B, H, T, S, seed=4)
    keys, values = (x.detach().numpy()[:, :, [h // (H // n_kv_heads) for h in range(H)]] for x in (k, v))
    expected_y, expected = by_loops(q.detach().numpy(), keys, values, seen.numpy(), bias.numpy(), 0.3, hard)
    y, weights = attend(q, k, v, visible=seen, causal=False, bias=bias, scale=0.3, hard=hard, want_weights=True)
    torch.testing.assert_close(y.detach(), torch.from_numpy(expected_y), rtol=0, atol=1e-12)
    torch.testing.assert_close(weights.detach(), torch.from_numpy(expected), rtol=0, atol=1e-12)


MASKS = {
    "everything": (T, S, None, False),
    "causal": (T, T, None, True),
    "visible": (T, S, some_visible(T, S), False),
    "visible for all rows": (T, S, some_visible(T, S, batch=1), False),
    "one query": (1, S, None, False),
    "one query, visible": (1, S, some_visible(T, S)[:, 1:2], False),
}


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("n_kv_heads", [6, 2])
@pytest.mark.parametrize("n_biased_rows", [0, 1, B])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_the_fused_path_agrees_with_the_plain_one(mask, n_kv_heads, n_biased_rows, dtype):
    n_queries, n_keys, seen, causal = MASKS[mask]
    tensors, bias = inputs(n_queries, n_keys, n_kv_heads, dtype), None
    if n_biased_rows:
        bias = normal(n_biased_rows, H, n_queries, n_keys, seed=4, dtype=dtype).requires_grad_()
        tensors.append(bias)
    answers, upstream = {}, normal(B, n_queries, H, K, seed=6, dtype=dtype)
    for want_weights in (False, True):
        y, weights = attend(*tensors[:3], visible=seen, causal=causal, bias=bias, scale=0.5, want_weights=want_weights)
        assert (weights is not None) == want_weights
        answers[want_weights] = [y.detach(), *torch.autograd.grad(y, tensors, upstream)]
    # bfloat16 keeps 8 bits, and gradients add up several rounded terms
    atol = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 5e-2}[dtype]
    for fused, plain in zip(answers[False], answers[True], strict=True):
        assert fused.dtype == dtype
        torch.testing.assert_close(fused, plain, rtol=0, atol=atol)


@pytest.mark.parametrize("bias", [None, normal(1, H, T, S, seed=4, dtype=torch.float32)], ids=["bare", "biased"])
def test_under_autocast_both_paths_agree_and_empty_rows_stay_zero(bias):
    tensors, seen = inputs(T, S, dtype=torch.float32), some_visible(T, S)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        fused, _ = attend(*tensors, visible=seen, causal=False, bias=bias, scale=0.5)
        plain, weights = attend(*tensors, visible=seen, causal=False, bias=bias, scale=0.5, want_weights=True)
    assert weights.dtype == torch.float32
    assert not plain[-1, 1].any()
    assert not fused[-1, 1].any()
    torch.testing.assert_close(fused.float(), plain.float(), rtol=0, atol=5e-2)  # bfloat16 keeps 8 bits


@pytest.mark.parametrize("way", [{}, {"want_weights": True}, {"hard": True}], ids=str)
def test_a_query_that_sees_nothing_gives_zeros_and_takes_no_gradient(way):
    tensors, seen = inputs(T, S), torch.ones(B, T, S, dtype=torch.bool)
    seen[0, 3] = seen[1] = False
    y, _ = attend(*tensors, visible=seen, causal=False, bias=None, scale=0.5, **way)
    assert not y[0, 3].any()
    assert not y[1].any()
    assert y[0, 2].all()
    q, k, v = torch.autograd.grad(y.square().sum(), tensors, allow_unused=True)
    assert v.isfinite().all()
    assert v[0].any()
    assert not v[1].any()
    if "hard" in way:
        assert q is None
        assert k is None
    else:
        assert q[0, 2].any()
        assert not q[0, 3].any()
        assert not k[1].any()


def test_causal_sees_the_past_and_itself():
    _, weights = attend(*inputs(T, T), visible=None, causal=True, bias=None, scale=0.5, want_weights=True)
    past = torch.ones(T, T, dtype=torch.bool).tril()
    assert (weights[..., past] > 0).all()
    assert not weights[..., ~past].any()


def test_visible_has_the_last_word():
    tensors, ahead = inputs(T, T), torch.ones(1, T, T, dtype=torch.bool).triu()
    for want_weights in (False, True):
        y, _ = attend(*tensors, visible=ahead, causal=True, bias=None, scale=0.5, want_weights=want_weights)
        torch.testing.assert_close(y[:, -1], tensors[2][:, -1], rtol=0, atol=1e-12)


def test_causal_needs_as_many_queries_as_keys_or_a_word_on_who_sees_whom():
    with pytest.raises(ShapeError) as caught:
        attend(*inputs(T, S), visible=None, causal=True, bias=None, scale=0.5)
    assert str(caught.value) == (
        "causal attention of 5 queries over 7 keys needs to be told who sees whom: "
        "pass visible, from quatrain.masks.visible."
    )


def test_hard_attention_shares_between_ties_only():
    q, k = (
        torch.ones(1, 1, 1, 1, dtype=torch.float64),
        torch.tensor([2.0, 5.0, 5.0 - 1e-10, 5.0 - 1e-8], dtype=torch.float64).view(1, 4, 1, 1),
    )
    v = torch.tensor([100.0, 1.0, 2.0, 50.0], dtype=torch.float64).view(1, 4, 1, 1)
    y, weights = attend(q, k, v, visible=None, causal=False, bias=None, scale=1.0, hard=True, want_weights=True)
    assert weights.tolist() == [[[[0.0, 0.5, 0.5, 0.0]]]]
    assert y.item() == 1.5


@pytest.mark.parametrize("hard", [False, True])
def test_weights_sum_to_one(hard):
    tensors = inputs(T, S, dtype=torch.float32)
    _, weights = attend(*tensors, visible=None, causal=False, bias=None, scale=0.5, hard=hard, want_weights=True)
    torch.testing.assert_close(weights.sum(-1), torch.ones(B, H, T), rtol=0, atol=1e-6)


@pytest.mark.parametrize("want_weights", [False, True])
def test_dropout_takes_weights_and_scales_the_rest(want_weights):
    """With values one-hot by key, the answer shows the weights: each 0 or 4/3 of 1/256."""
    torch.manual_seed(0)
    n = 256
    q, v = torch.zeros(1, n, 1, n), torch.eye(n).view(1, n, 1, n)
    y, weights = attend(
        q, q, v, visible=None, causal=False, bias=None, scale=1.0, dropout=0.25, want_weights=want_weights
    )
    kept = y > 0
    torch.testing.assert_close(y[kept], torch.full_like(y[kept], 4 / 3 / n), rtol=0, atol=1e-8)
    assert kept.float().mean().item() == pytest.approx(0.75, abs=0.01)
    if want_weights:
        torch.testing.assert_close(weights, torch.full_like(weights, 1 / n), rtol=0, atol=1e-8)
