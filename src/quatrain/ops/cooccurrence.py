"""Vectors of tokens from what stands beside them: a start for embeddings that costs seconds."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

N_NEIGHBOURS = 8000
"""Only the most frequent tokens count as neighbours."""
N_POWER_ITERATIONS = 4
OVERSAMPLING = 32


def cooccurrence_vectors(
    tokens: Int[Tensor, " n"], vocab_size: int, d_model: int, *, window: int, generator: torch.Generator
) -> Float[Tensor, "vocab d_model"]:
    """Singular vectors of the positive pointwise mutual information between tokens and their neighbours.

    Levy and Goldberg 2014, "Neural Word Embedding as Implicit Matrix Factorization"; left and right neighbours
    are told apart, contexts are smoothed by the power 0.75 (Levy et al. 2015, section 3.1), and the factors come
    from a randomised singular value decomposition (Halko et al. 2011).

    Args:
        window: neighbours up to this far count, by the inverse of their distance.
        generator: draws the random start and the random rotation of the result.

    Returns:
        One vector a token, root mean square about 1; nearly zero for tokens that never occur.
    """
    association = _association(tokens, vocab_size, window)
    transposed = association.transpose(0, 1).coalesce()
    n_columns = association.shape[1]
    width = min(d_model + OVERSAMPLING, vocab_size, n_columns)
    basis = association @ torch.randn(n_columns, width, generator=generator)
    for _ in range(N_POWER_ITERATIONS):
        basis = association @ torch.linalg.qr(transposed @ torch.linalg.qr(basis)[0])[0]
    basis = torch.linalg.qr(basis)[0]
    u, s, _ = torch.linalg.svd((transposed @ basis).T, full_matrices=False)
    k = min(d_model, len(s))
    vectors = torch.zeros(vocab_size, d_model)
    vectors[:, :k] = (basis @ u[:, :k]) * s[:k].sqrt()
    rotation = torch.linalg.qr(torch.randn(d_model, d_model, generator=generator))[0]
    vectors = vectors @ rotation
    length = vectors.norm(dim=1, keepdim=True)
    return vectors / (length.square() + 0.05 * length.median().square() + 1e-12).sqrt() * d_model**0.5


def _association(tokens: Tensor, vocab_size: int, window: int) -> Tensor:
    """Sparse (vocab, 2 * neighbours): shifted by nothing, clipped at zero, damped where counts are small."""
    by_frequency = torch.bincount(tokens, minlength=vocab_size).argsort(descending=True, stable=True)
    n_columns = min(N_NEIGHBOURS, vocab_size)
    column = torch.full((vocab_size,), -1)
    column[by_frequency[:n_columns]] = torch.arange(n_columns)
    rows, columns, weights = [], [], []
    for distance in range(1, min(window, len(tokens) - 1) + 1):
        left, right = tokens[:-distance], tokens[distance:]
        for word, neighbour, side in ((left, right, 0), (right, left, n_columns)):
            kept = column[neighbour] >= 0
            rows.append(word[kept])
            columns.append(column[neighbour[kept]] + side)
            weights.append(torch.full((int(kept.sum()),), 1.0 / distance))
    shape = (vocab_size, 2 * n_columns)
    counts = torch.sparse_coo_tensor(
        torch.stack([torch.cat(rows), torch.cat(columns)]), torch.cat(weights), shape, check_invariants=False
    ).coalesce()
    place, x = counts.indices(), counts.values()
    of_row = torch.zeros(shape[0]).index_add_(0, place[0], x)
    of_column = torch.zeros(shape[1]).index_add_(0, place[1], x).pow(0.75)
    of_column = of_column / of_column.sum()
    information = (x / (of_row[place[0]] * of_column[place[1]])).log().clamp(min=0)
    return torch.sparse_coo_tensor(place, information * x / (x + 1), shape, check_invariants=False).coalesce()
