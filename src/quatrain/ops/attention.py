"""Attention as a pure function: the plain definition beside the fused path."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from quatrain.errors import ShapeError

SHORT = 64
"""Queries and keys, as the root of their product, up to which products are faster in bfloat16 on a CPU."""
TIE = 1e-9
"""Scores this near to the best share it, in hard attention."""


def attend(
    q: Float[Tensor, "batch new heads d_head"],
    k: Float[Tensor, "batch seq kv_heads d_head"],
    v: Float[Tensor, "batch seq kv_heads d_head"],
    *,
    visible: Bool[Tensor, "#batch #new seq"] | None,
    causal: bool,
    bias: Float[Tensor, "#batch heads new seq"] | None,
    scale: float,
    hard: bool = False,
    dropout: float = 0.0,
    want_weights: bool = False,
) -> tuple[Float[Tensor, "batch new heads d_head"], Float[Tensor, "batch heads new seq"] | None]:
    """Every query reads a weighted mean of the values it may see; zeros where it may see none.

    Vaswani et al. 2017, eq. 1, https://arxiv.org/abs/1706.03762; hard attention: Hahn 2020, section 3,
    https://arxiv.org/abs/1906.06755.

    Args:
        q: queries. Query head h reads key and value head h // (heads / kv_heads).
        k: keys.
        v: values.
        visible: True where a key may be seen; one row of it may stand for all queries. It has the last word: with
            it, `causal` is not read.
        causal: without `visible`, query t sees keys 0 .. t; queries and keys are then of equal number.
        bias: added to the scaled scores.
        scale: what dot products are multiplied by.
        hard: the plain mean of the best-scoring values, ties within 1e-9 included, instead of a softmax; no
            gradient then reaches q and k.
        dropout: probability of dropping a weight.
        want_weights: return the weights too, as they were before dropout; they come from the plain path.

    Raises:
        ShapeError: causal without `visible`, and not as many queries as keys.
    """
    if visible is None and causal and q.shape[1] != k.shape[1]:
        raise ShapeError(
            f"causal attention of {q.shape[1]} queries over {k.shape[1]} keys needs to be told who sees whom: "
            "pass visible, from quatrain.masks.visible."
        )
    plain = hard or want_weights
    if causal and visible is None and (plain or bias is not None):  # the bare kernel needs no mask
        visible = torch.ones(1, q.shape[1], k.shape[1], dtype=torch.bool, device=q.device).tril()
    if plain:
        y, weights = _plain(q, k, v, visible, bias, scale, hard, dropout)
        return y, weights if want_weights else None
    return _fused(q, k, v, visible, causal, bias, scale, dropout), None


def _plain(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    visible: Tensor | None,
    bias: Tensor | None,
    scale: float,
    hard: bool,
    dropout: float,
) -> tuple[Tensor, Tensor]:
    """The definition; scores and weights in float32 or wider."""
    wide = torch.promote_types(q.dtype, torch.float32)
    group = q.shape[2] // k.shape[2]
    keys, values = (x.to(wide).repeat_interleave(group, dim=2) for x in (k, v))  # (B, S, H, K)
    scores = torch.einsum("bthk,bshk->bhts", q.to(wide), keys).to(wide) * scale  # autocast narrows einsum
    if bias is not None:
        scores = scores + bias.to(wide)
    seen = torch.ones_like(scores, dtype=torch.bool) if visible is None else visible[:, None]
    scores = scores.masked_fill(~seen, torch.finfo(wide).min)  # finite, so that an empty row has a softmax
    weights = _best(scores) if hard else scores.softmax(dim=-1)
    weights = weights.masked_fill(~seen, 0.0)
    y = torch.einsum("bhts,bshk->bthk", F.dropout(weights, dropout), values)
    return y.to(q.dtype), weights


def _best(scores: Tensor) -> Tensor:
    """Equal weights on the largest scores of each row, zero on the others."""
    best = (scores >= scores.amax(dim=-1, keepdim=True) - TIE).to(scores.dtype)
    return best / best.sum(dim=-1, keepdim=True)


def _fused(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    visible: Tensor | None,
    causal: bool,
    bias: Tensor | None,
    scale: float,
    dropout: float,
) -> Tensor:
    """The same by torch's fused kernels.

    They differ in what a query that sees nothing gives (zeros, or NaN, or NaN in the gradient alone), so it is
    shown everything, and its answer is replaced by zeros.
    """
    mask, blind = bias, None
    if visible is not None:
        blind = ~visible.any(dim=-1)  # (B|1, T|1)
        mask = (visible | blind[..., None])[:, None]  # (B|1, 1, T|1, S)
        mask = mask if bias is None else bias.masked_fill(~mask, -torch.inf)
    if mask is not None and mask.is_floating_point():
        mask = mask.to(q.dtype)
    if _is_small(q, k):
        y = _products(q, k, v, mask, causal and mask is None, scale, dropout)
    else:
        y = F.scaled_dot_product_attention(
            q.transpose(1, 2),
            k.transpose(1, 2),
            v.transpose(1, 2),
            attn_mask=mask,
            dropout_p=dropout,
            is_causal=causal and mask is None,
            scale=scale,
            enable_gqa=q.shape[2] != k.shape[2],
        ).transpose(1, 2)  # (B, T, H, K)
    return y if blind is None or _is_none(blind) else y.masked_fill(blind[..., None, None], 0.0)


def _is_small(q: Tensor, k: Tensor) -> bool:
    """Whether two batched products are faster on a CPU than torch's kernel, which works there in large blocks.

    For a query a row, as while decoding, they take half the time; in bfloat16 and for sentences a fifth, most of it
    backwards (docs/benchmarks_translation.md).
    """
    if q.device.type != "cpu":
        return False
    return q.shape[1] == 1 if q.dtype.itemsize >= 4 else q.shape[1] * k.shape[1] <= SHORT**2


def _products(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, causal: bool, scale: float, dropout: float
) -> Tensor:
    """Scores, their softmax in float32 or wider, means: batched products, in which query heads that read the same keys
    are rows of one."""
    (batch_size, n_queries, n_heads, _), n_kv_heads = q.shape, k.shape[2]
    keys, values = k.transpose(1, 2), v.transpose(1, 2)  # (B, kv heads, S, K)
    rows = (q * scale).transpose(1, 2).reshape(batch_size, n_kv_heads, -1, q.shape[3])  # heads of each, then queries
    scores = (rows @ keys.transpose(2, 3)).view(batch_size, n_heads, n_queries, -1)  # (B, H, T, S)
    if causal:
        mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).tril()
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf) if mask.dtype == torch.bool else scores + mask
    weights = scores.softmax(dim=-1, dtype=torch.promote_types(q.dtype, torch.float32)).to(q.dtype)
    weights = F.dropout(weights, dropout).view(batch_size, n_kv_heads, rows.shape[2], -1)
    return (weights @ values).view(batch_size, n_heads, n_queries, -1).transpose(1, 2)


def _is_none(blind: Tensor) -> bool:
    """Whether it is known, where knowing costs less than a pass over the answers, that every query sees something."""
    return blind.device.type == "cpu" and not torch.compiler.is_compiling() and not bool(blind.any())
