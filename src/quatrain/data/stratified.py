"""A share of every class: by a hash of the content, so that equal examples never fall into two parts, or drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, Self, TypeVar

import numpy as np
from jaxtyping import Bool, UInt64

from quatrain.errors import DataError

__all__ = ["chosen", "content_hashes", "keep_labels", "with_validation"]

MOST_KEPT = 5000
"""Examples of a validation part that we make."""


class LabelledPart(Protocol):
    """Examples that each have a class."""

    @property
    def labels(self) -> Sequence[str]:
        """The name of each example's class."""

    def __len__(self) -> int: ...

    def keep(self, is_kept: Bool[np.ndarray, " n"], name: str | None = None) -> Self:
        """Some of the examples, as a part of another name if one is given."""


PartT = TypeVar("PartT", bound=LabelledPart)


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


def with_validation(
    parts: Mapping[str, PartT],
    hashes: UInt64[np.ndarray, " n"],
    val_fraction: float,
    *,
    examples: str,
    content: str,
    contents: str = "ones",
) -> tuple[dict[str, PartT], str]:
    """train, val and the others, of parts of which none is for validation, and how they came to be, in a sentence.

    Validation takes the same share of every class of training in the order of a hash of the content, so that equal
    examples never fall into two parts, and the same data is split the same way.

    Args:
        hashes: of the contents of the training part.
        examples, content, contents: what examples are called, what of them is hashed, and what several of that are.
    Raises:
        DataError: no class has two different examples.
    """
    train = parts["train"]
    is_val = chosen(hashes, train.labels, min(val_fraction, MOST_KEPT / len(train)))
    if not is_val.any():
        raise DataError(
            f"of the {len(train):,} {examples} none can be kept for validation: no class has two different {contents}. "
            "Give more."
        )
    rest = {name: part for name, part in parts.items() if name != "train"}
    tests = f" As given: {', '.join(f'{name} {len(part):,}' for name, part in rest.items())}." if rest else ""
    sentence = (
        f"{int(is_val.sum()):,} of {len(train):,} {examples}, the same share of each class, chosen by a hash of their "
        f"{content}, validate.{tests}"
    )
    return {"train": train.keep(~is_val), "val": train.keep(is_val, "val"), **rest}, sentence


def keep_labels(train: PartT, n_labels: int | None, seed: int) -> PartT:
    """So many examples of a training part, drawn from each class by its share, at least one; None: all.

    Raises:
        DataError: there are more classes than that.
    """
    if n_labels is None or n_labels >= len(train):
        return train
    n_classes = len({*train.labels})
    if n_labels < n_classes:
        raise DataError(f"data.n_labels={n_labels} is less than one for each of the {n_classes} classes.")
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(train))
    labels = np.array(train.labels)[order]
    rank = np.empty(len(train))
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        rank[own] = (np.arange(len(own)) + generator.uniform()) / len(own)  # the same share of each comes before any
        rank[own[0]] = -1.0
    is_kept = np.zeros(len(train), bool)
    is_kept[order[np.argsort(rank, kind="stable")[:n_labels]]] = True
    return train.keep(is_kept)
