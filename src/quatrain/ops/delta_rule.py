"""The gated delta rule: a matrix that forgets and corrects itself, by its definition and in chunks."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

CHUNK = 64
"""Positions whose corrections are found together, by one triangular system."""


def delta_rule_by_definition(
    q: Float[Tensor, "batch heads seq d_key"],
    k: Float[Tensor, "batch heads seq d_key"],
    v: Float[Tensor, "batch heads seq d_value"],
    log_decay: Float[Tensor, "batch heads seq"],
    beta: Float[Tensor, "batch heads seq"],
    memory: Float[Tensor, "batch heads d_key d_value"],
) -> tuple[Float[Tensor, "batch heads seq d_value"], Float[Tensor, "batch heads d_key d_value"]]:
    """S <- a S; S <- S + b k (v - k S); y = q S, position by position; gives all y, and the last S.

    Yang et al. 2024, eq. 10, https://arxiv.org/abs/2412.06464, with S transposed. A row of S that k points at is
    moved by a share b towards v.

    Args:
        k: keys, of length 1 or less.
        log_decay: log a, at most 0.
        beta: b, from 0 to 1; with a = 1 and b = 0 a position leaves no trace.
        memory: S before the first position.
    """
    parts = []
    for t in range(q.shape[2]):
        memory = memory * log_decay[:, :, t, None, None].exp()
        q_t, k_t, v_t = (x[:, :, t, None] for x in (q, k, v))  # (B, H, 1, K|V)
        correction = beta[:, :, t, None, None] * (v_t - k_t @ memory)
        memory = memory + k_t.transpose(-2, -1) * correction
        parts.append(q_t @ memory)
    return torch.cat(parts, dim=2) if parts else v, memory


def delta_rule(
    q: Float[Tensor, "batch heads seq d_key"],
    k: Float[Tensor, "batch heads seq d_key"],
    v: Float[Tensor, "batch heads seq d_value"],
    log_decay: Float[Tensor, "batch heads seq"],
    beta: Float[Tensor, "batch heads seq"],
    memory: Float[Tensor, "batch heads d_key d_value"],
) -> tuple[Float[Tensor, "batch heads seq d_value"], Float[Tensor, "batch heads d_key d_value"]]:
    """The same, a chunk at a time: section 3.3 of the paper.

    With g_i the product of the decays up to i, the corrections u of a chunk that starts at S solve
    u_i + b_i sum over j < i of (g_i / g_j) (k_i . k_j) u_j = b_i (v_i - g_i k_i S), which is linear in S: so the
    systems of all chunks are solved at once, and only products are left to do from chunk to chunk.
    """
    seq_len = q.shape[2]
    if seq_len <= 1:
        return delta_rule_by_definition(q, k, v, log_decay, beta, memory)
    size = min(CHUNK, seq_len)
    filler = -seq_len % size
    q, k, v = (F.pad(x, (0, 0, 0, filler)).unflatten(2, (-1, size)) for x in (q, k, v))  # (B, H, N, C, K|V)
    log_decay, beta = (F.pad(x, (0, filler)).unflatten(2, (-1, size)) for x in (log_decay, beta))  # (B, H, N, C)
    log_g = log_decay.cumsum(dim=-1)
    later = torch.ones(size, size, dtype=torch.bool, device=q.device).triu(1)
    ratio = (log_g[..., :, None] - log_g[..., None, :]).masked_fill(later, -torch.inf).exp()  # g_i / g_j, j <= i
    from_start, to_end = log_g.exp()[..., None], (log_g[..., -1:] - log_g).exp()[..., None]
    b = beta[..., None]
    system = (b * ratio * (k @ k.transpose(-2, -1))).tril(-1)  # its diagonal is read as 1
    solved = torch.linalg.solve_triangular(
        system, torch.cat([b * v, b * from_start * k], dim=-1), upper=False, unitriangular=True
    )
    of_values, of_memory = solved.split([v.shape[-1], k.shape[-1]], dim=-1)
    scores, q, k = ratio * (q @ k.transpose(-2, -1)), q * from_start, (k * to_end).transpose(-2, -1)
    parts = []
    chunks = (x.unbind(2) for x in (q, k, scores, of_values, of_memory, from_start[..., -1:, :]))
    for q_n, k_n, scores_n, values_n, of_memory_n, decay_n in zip(*chunks, strict=True):
        correction = values_n - of_memory_n @ memory  # (B, H, C, V)
        parts.append(q_n @ memory + scores_n @ correction)
        memory = decay_n * memory + k_n @ correction
    return torch.cat(parts, dim=2)[:, :, :seq_len], memory
