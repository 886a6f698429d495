"""The windows of a long table in parts that share no row: by time, or by whole recordings."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from jaxtyping import Int

from quatrain.data.labelled_series.cutting import Cut
from quatrain.data.labelled_series.read import LabelledWindows
from quatrain.errors import DataError

__all__ = ["split"]

TRAIN, VAL, TEST, LEFT_OUT = range(4)
NAMES = {TRAIN: "train", VAL: "val", TEST: "test"}


def split(found: Cut, val_share: float, test_share: float) -> tuple[dict[str, LabelledWindows], str]:
    """Windows in parts, and how they came to be, in a sentence.

    Args:
        val_share: of the windows, or of the recordings, that validate; 0: none.
        test_share: of those that are scored once, at the end; 0: none.
    Raises:
        DataError: there are too few recordings.
    """
    shares = {code: share for code, share in ((TEST, test_share), (VAL, val_share)) if share}
    if any(found.groups):
        parts, sentence = _by_group(found, shares)
    else:
        parts, sentence = _by_time(found, shares)
    kept = {name: found.windows.keep(parts == code, name) for code, name in NAMES.items() if code in (TRAIN, *shares)}
    return kept, sentence


def _by_time(found: Cut, shares: dict[int, float]) -> tuple[Int[np.ndarray, " n"], str]:
    """Of each class the first windows train, those after them validate, the last are the test."""
    parts = np.full(len(found.windows), TRAIN)
    labels = np.array(found.windows.labels)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        parts[own] = _in_time(found.starts[own], found.length, shares)
    n_out = int((parts == LEFT_OUT).sum())
    left_out = f" {n_out:,} windows that reach over a cut are left out." if n_out else ""
    return parts, f"By time: of each class {_counts(parts, shares)}, in this order.{left_out}"


def _in_time(starts: Int[np.ndarray, " n"], length: int, shares: dict[int, float]) -> Int[np.ndarray, " n"]:
    """The part of each window of a class; all train where there are too few."""
    parts, stop = np.full(len(starts), TRAIN), len(starts)
    for code, share in shares.items():  # from the end
        first = max(stop - max(round(share * len(starts)), 1), 0)
        parts[first:stop] = code
        overlapping = int((starts[:first] + length > starts[first]).sum()) if first < stop else 0
        stop = first - overlapping
        parts[stop:first] = LEFT_OUT
    return parts if stop > 0 else np.full(len(starts), TRAIN)


def _by_group(found: Cut, shares: dict[int, float]) -> tuple[Int[np.ndarray, " n"], str]:
    """Whole recordings in the order of a hash of their names; none whose class training would lack without it."""
    groups = np.array(found.groups)
    names = sorted({*found.groups}, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    if len(names) < 1 + len(shares):
        raise DataError(
            f"{len(names)} recordings cannot be split into {1 + len(shares)} parts. Give more, or let the windows of "
            "one stand in several parts, cut by time, by taking the column of recordings out of the table."
        )
    pairs = {*zip(found.groups, found.windows.labels, strict=True)}
    rest = Counter(label for _, label in pairs)  # recordings in training that have the class
    parts, free = np.full(len(groups), TRAIN), [*names]
    for code, share in shares.items():
        wanted = max(round(share * len(names)), 1)
        for name in [*free]:
            own = [label for group, label in pairs if group == name]
            if wanted and len(free) > 1 and all(rest[label] > 1 for label in own):
                parts[groups == name] = code
                rest.subtract(own)
                free.remove(name)
                wanted -= 1
    lacking = [NAMES[code] for code in shares if not (parts == code).any()]
    if lacking:
        raise DataError(
            f"no recording can be spared for {' and '.join(lacking)}: each has a class that no other has. Record every "
            "class more than once."
        )
    n_recordings = ", ".join(f"{NAMES[code]} {len({*groups[parts == code]}):,}" for code in (TRAIN, *reversed(shares)))
    return parts, f"By whole recordings: {n_recordings}; {_counts(parts, shares)}."


def _counts(parts: Int[np.ndarray, " n"], shares: dict[int, float]) -> str:
    """How many windows each part has."""
    numbers = [f"{int((parts == code).sum()):,} {NAMES[code]}" for code in (TRAIN, *reversed(shares))]
    return f"windows {', '.join(numbers)}"
