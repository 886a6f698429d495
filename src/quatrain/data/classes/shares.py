"""A share of every class: by a hash of the content, so that equal examples never fall into two parts, or drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from jaxtyping import Bool, UInt64

from quatrain.data.classes.part import LabelledPart
from quatrain.errors import DataError

__all__ = ["chosen", "keep_labels", "split_parts", "training_part"]

MOST_KEPT = 5000
"""Examples of a validation part that we make."""
PartT = TypeVar("PartT", bound=LabelledPart)


def training_part(parts: Mapping[str, PartT], example: str) -> PartT:
    """The part to train on.

    Args:
        example: what an example is called.
    Raises:
        DataError: there is none, or nothing is in it.
    """
    train = parts.get("train")
    if train is None or not len(train):
        raise DataError(
            f"there is no {example} to train on; parts and {example}s: {_sizes(parts) or 'none'}. Give a training part."
        )
    return train


def split_parts(
    parts: Mapping[str, PartT],
    val_fraction: float,
    hashes: Callable[[PartT], UInt64[np.ndarray, " n"]],
    *,
    example: str,
    content: str,
    contents: str = "ones",
) -> tuple[dict[str, PartT], str]:
    """train, val and the test parts, and how they came to be, in a sentence.

    Where no part is for validation, the same share of every class is taken from training in the order of a hash of the
    content, so that equal examples never fall into two parts, and the same data is split the same way.

    Args:
        hashes: makes a number for the content of each example, the same for equal ones.
        example, content, contents: what an example is called, what of it is hashed, and what several of that are.
    Raises:
        DataError: there is nothing to train on, or no class has two different examples.
    """
    train = training_part(parts, example)
    if "val" in parts:
        return dict(parts), f"As given: {example}s of {_sizes(parts)}."
    is_val = chosen(hashes(train), train.labels, min(val_fraction, MOST_KEPT / len(train)))
    if not is_val.any():
        raise DataError(
            f"of the {len(train):,} {example}s none can be kept for validation: no class has two different {contents}. "
            "Give more."
        )
    rest = {name: part for name, part in parts.items() if name != "train"}
    tests = f" As given: {_sizes(rest)}." if rest else ""
    sentence = (
        f"{int(is_val.sum()):,} of {len(train):,} {example}s, the same share of each class, chosen by a hash of their "
        f"{content}, validate.{tests}"
    )
    return {"train": train.keep(~is_val), "val": train.keep(is_val, "val"), **rest}, sentence


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


def _sizes(parts: Mapping[str, LabelledPart]) -> str:
    return ", ".join(f"{name} {len(part):,}" for name, part in parts.items())
