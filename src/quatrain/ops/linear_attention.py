"""Attention without a softmax: sums over the past that are carried along, the definition beside the chunked form."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

CHUNK = 64
"""Positions whose scores are computed against one another; all earlier ones are read from the carried sums."""
EPS = 1e-6
"""Added to the sum of the weights, as the authors do."""


def linear_attention_by_definition(
    q: Float[Tensor, "batch heads seq d_key"],
    k: Float[Tensor, "batch heads seq d_key"],
    v: Float[Tensor, "batch heads seq d_value"],
) -> Float[Tensor, "batch heads seq d_value"]:
    """y_i = sum over j <= i of (q_i . k_j) v_j, over the sum of these weights; q and k are positive features."""
    weights = (q @ k.transpose(-2, -1)).tril()  # (B, H, T, T)
    return weights @ v / (weights.sum(dim=-1, keepdim=True) + EPS)


def linear_attention(
    q: Float[Tensor, "batch heads seq d_key"],
    k: Float[Tensor, "batch heads seq d_key"],
    v: Float[Tensor, "batch heads seq d_value"],
    sums: Float[Tensor, "batch heads d_key values"],
) -> tuple[Float[Tensor, "batch heads seq d_value"], Float[Tensor, "batch heads d_key values"]]:
    """The same in linear time, from the sums over an earlier past on; gives the sums over all of it, too.

    Katharopoulos et al. 2020, eq. 8 to 12, https://arxiv.org/abs/2006.16236. A value more, always 1, sums the weights.
    """
    seq_len = q.shape[2]
    size = max(min(CHUNK, seq_len), 1)
    v = F.pad(v, (0, 1), value=1.0)
    filler = -seq_len % size
    q, k, v = (F.pad(x, (0, 0, 0, filler)).unflatten(2, (-1, size)) for x in (q, k, v))  # (B, H, N, C, K|V + 1)
    after = (k.transpose(-2, -1) @ v).cumsum(dim=2) + sums[:, :, None]  # (B, H, N, K, V + 1)
    before = torch.cat([sums[:, :, None], after[:, :, :-1]], dim=2)
    y = (q @ k.transpose(-2, -1)).tril() @ v + q @ before
    y = y.flatten(2, 3)[:, :, :seq_len]
    return y[..., :-1] / (y[..., -1:] + EPS), after[:, :, -1] if seq_len else sums
