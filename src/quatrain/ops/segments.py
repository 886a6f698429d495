"""Rows with padding and several documents, taken apart into clean sequences and put together again."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


class Segments(NamedTuple):
    """Sequences of about one length, their positions from the left, nothing else between them."""

    places: Int[Tensor, "n longest"]
    """Where each position stands in the flattened rows; beyond a sequence's end, anywhere."""
    lengths: Int[Tensor, " n"]
    """Real positions of each sequence."""

    @property
    def is_real(self) -> Bool[Tensor, "n longest"]:
        """Where a sequence has a position."""
        return is_within(self.lengths, self.places.shape[1])


def find_segments(
    batch_size: int,
    seq_len: int,
    token_mask: Bool[Tensor, "batch seq"] | None,
    documents: Int[Tensor, "batch seq"] | None,
) -> list[Segments]:
    """The sequences in packed and padded rows: the real positions of one row that belong to one document.

    They come in groups whose lengths differ by less than a factor of two, so that at most half of a group is filler.
    """
    device = next(part.device for part in (token_mask, documents) if part is not None)
    real = torch.ones(batch_size, seq_len, dtype=torch.bool, device=device) if token_mask is None else token_mask
    flat = real.flatten().nonzero().squeeze(1)  # (N,)
    owner = flat // seq_len
    if documents is not None:
        numbers = documents.flatten()[flat]
        owner = owner * (int(numbers.max()) + 1 if len(numbers) else 1) + numbers
    order = owner.argsort(stable=True)
    _, lengths = owner[order].unique_consecutive(return_counts=True)
    starts = lengths.cumsum(0) - lengths
    sorts = (lengths - 1).clamp(min=1).log2().floor()
    groups = []
    for sort in sorts.unique():
        chosen = sorts == sort
        offsets = torch.arange(int(lengths[chosen].max()), device=device)
        index = (starts[chosen][:, None] + offsets).clamp(max=len(flat) - 1)
        groups.append(Segments(flat[order[index]], lengths[chosen]))
    return groups


def left_aligned(token_mask: Bool[Tensor, "batch seq"]) -> Segments:
    """One sequence a row, in the order of the rows, empty ones included."""
    batch_size, seq_len = token_mask.shape
    order = (~token_mask).int().argsort(dim=1, stable=True)  # (B, T), real positions first
    rows = torch.arange(batch_size, device=token_mask.device)[:, None]
    return Segments(order + rows * seq_len, token_mask.sum(dim=1))


def put_back(
    parts: list[tuple[Segments, Float[Tensor, "n longest d"]]], batch_size: int, seq_len: int
) -> Float[Tensor, "batch seq d"]:
    """Rows with every real position's value where it stood; 0 on padding."""
    places = torch.cat([segments.places[segments.is_real] for segments, _ in parts])
    values = torch.cat([y[segments.is_real] for segments, y in parts])
    empty = values.new_zeros(batch_size * seq_len, values.shape[-1])
    return empty.index_copy(0, places, values).unflatten(0, (batch_size, seq_len))


def is_within(lengths: Int[Tensor, " batch"], seq_len: int) -> Bool[Tensor, "batch seq"]:
    """Where rows of such lengths have a position."""
    return torch.arange(seq_len, device=lengths.device) < lengths[:, None]


def rows_from(
    x: Float[Tensor, "batch seq d"], first: Int[Tensor, " batch"] | None, n: int
) -> Float[Tensor, "batch n d"]:
    """`n` positions of each row from its own first one on; without one, the last."""
    if first is None:
        return x[:, x.shape[1] - n :]
    index = first[:, None] + torch.arange(n, device=x.device)
    return x.take_along_dim(index[..., None], dim=1)
