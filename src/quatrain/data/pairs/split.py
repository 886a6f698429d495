"""Which pairs are kept for validation where the data does not say it."""

from __future__ import annotations

import numpy as np

from quatrain.data.hashes import content_hashes
from quatrain.data.pairs.texts import Texts
from quatrain.errors import DataError

__all__ = ["MOST_KEPT", "split_parts"]

MOST_KEPT = 2000
"""Pairs of a validation part that we make: enough to tell models apart, few enough to be scored often."""


def split_parts(parts: dict[str, Texts], val_fraction: float) -> tuple[dict[str, Texts], str]:
    """train, val and the test parts, and how they came to be, in a sentence.

    Where no part is for validation, sources are taken from training in the order of a hash of their text, each with
    all its targets, so that equal sources never fall into two parts, and the same data is split the same way.

    Raises:
        DataError: there is no training part, or it has fewer than two different sources.
    """
    train = parts.get("train")
    if train is None or not len(train):
        there = ", ".join(f"{name} {len(part):,}" for name, part in parts.items()) or "none"
        raise DataError(f"there is no pair to train on; parts and pairs: {there}. Give a training part.")
    if "val" in parts:
        counts = ", ".join(f"{name} {len(part):,}" for name, part in parts.items())
        return parts, f"As given: pairs of {counts}."
    hashes = content_hashes(text.encode() for text in train.src)
    sources, group, counts_of = np.unique(hashes, return_inverse=True, return_counts=True)
    if len(sources) < 2:
        raise DataError(
            f"the {len(train):,} pairs have a single source, so none can be kept for validation. Give at least two."
        )
    wanted = min(val_fraction * len(train), MOST_KEPT)
    n_sources = int(np.searchsorted(np.cumsum(counts_of), wanted, side="right"))
    is_val = group < min(max(n_sources, 1), len(sources) - 1)
    val = train.keep(is_val, "val")
    rest = {name: part for name, part in parts.items() if name != "train"}
    tests = f" As given: {', '.join(f'{name} {len(part):,}' for name, part in rest.items())}." if rest else ""
    sentence = f"{len(val):,} of {len(train):,} pairs, chosen by a hash of their source, validate.{tests}"
    return {"train": train.keep(~is_val), "val": val, **rest}, sentence
