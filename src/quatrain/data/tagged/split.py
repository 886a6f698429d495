"""Which sentences are kept for validation where the data does not say it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from quatrain.data.hashes import content_hashes
from quatrain.data.tagged.sentences import Sentence
from quatrain.errors import DataError

__all__ = ["split_parts"]

MOST_KEPT = 2000
"""Sentences of a validation part that we make."""


def split_parts(parts: dict[str, list[Sentence]], val_fraction: float) -> tuple[dict[str, list[Sentence]], str]:
    """train, val and the test parts, and how they came to be, in a sentence.

    Where no part is for validation, sentences are taken from training in the order of a hash of their words, so that
    equal ones never fall into two parts, and the same data is split the same way.

    Raises:
        DataError: there is no training part, or it has fewer than two different sentences.
    """
    counts = ", ".join(f"{name} {len(part):,}" for name, part in parts.items())
    train = parts.get("train")
    if not train:
        raise DataError(f"there is no sentence to train on; parts and sentences: {counts}. Give a training part.")
    if "val" in parts:
        return parts, f"As given: sentences of {counts}."
    keys, group, sizes = np.unique(_hashes(train), return_inverse=True, return_counts=True)
    if len(keys) < 2:
        raise DataError(
            f"the {len(train):,} sentences of the training part are all the same, so none can be kept for validation. "
            "Give at least two."
        )
    wanted = min(val_fraction * len(train), MOST_KEPT)
    n_kept = min(max(int(np.searchsorted(np.cumsum(sizes), wanted, side="right")), 1), len(keys) - 1)
    is_val = group < n_kept
    val = [sentence for sentence, kept in zip(train, is_val, strict=True) if kept]
    rest = [sentence for sentence, kept in zip(train, is_val, strict=True) if not kept]
    others = {name: part for name, part in parts.items() if name != "train"}
    tests = f" As given: {', '.join(f'{name} {len(part):,}' for name, part in others.items())}." if others else ""
    sentence = f"{len(val):,} of {len(train):,} sentences, chosen by a hash of their words, validate.{tests}"
    return {"train": rest, "val": val, **others}, sentence


def _hashes(sentences: Sequence[Sentence]) -> np.ndarray:
    return content_hashes("\n".join(s.words).encode() for s in sentences)
