"""A share of every class, chosen by a hash of the content, so that equal examples never fall into two parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Bool, UInt64

__all__ = ["chosen", "content_hashes"]


def content_hashes(contents: Iterable[bytes]) -> UInt64[np.ndarray, " n"]:
    """A number for each content, the same for equal ones."""
    digests = [hashlib.sha256(content).digest()[:8] for content in contents]
    return np.frombuffer(b"".join(digests), "<u8")


def chosen(hashes: UInt64[np.ndarray, " n"], labels: Sequence[str], share: float) -> Bool[np.ndarray, " n"]:
    """Of each class so large a share of its different contents, at least one where there are two."""
    _, firsts, content_of = np.unique(hashes, return_index=True, return_inverse=True)
    label_of = np.array(labels)[firsts]  # of a content that has several, the first
    is_chosen = np.zeros(len(firsts), bool)
    for label in np.unique(label_of):
        own = np.flatnonzero(label_of == label)  # in the order of their hashes
        if len(own) > 1:
            is_chosen[own[: min(max(round(share * len(own)), 1), len(own) - 1)]] = True
    return is_chosen[content_of]
