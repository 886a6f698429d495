"""The area under the receiver operating characteristic, by ranks, and its interval."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

__all__ = ["auroc", "auroc_interval"]

MOST_WORK = 40_000_000
"""Examples times classes times resamples."""
N_RESAMPLES, FEWEST_RESAMPLES = 2000, 200
AT_ONCE = 100
"""Resamples held in memory together."""


def auroc(probabilities: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"]) -> float | None:
    """Of the second of two classes, or the mean of each class against the rest (Hand and Till 2001, section 2).

    Classes that are not there are left out; None where only one is there.
    """
    areas = _areas(probabilities, labels, np.ones((1, len(labels)), np.int64))[0]
    return None if np.isnan(areas) else float(areas)


def auroc_interval(
    probabilities: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"], level: float = 0.95
) -> tuple[float, float] | None:
    """By bootstrap over the examples, percentile method; None where only one class is there."""
    n, n_classes = probabilities.shape
    n_resamples = int(np.clip(MOST_WORK // (n * n_classes), FEWEST_RESAMPLES, N_RESAMPLES))
    generator = np.random.default_rng(0)
    areas = [
        _areas(probabilities, labels, generator.multinomial(n, np.full(n, 1 / n), size=AT_ONCE))
        for _ in range(-(-n_resamples // AT_ONCE))
    ]
    found = np.concatenate(areas)
    if np.isnan(found).all():
        return None
    low, high = np.nanquantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _areas(
    probabilities: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"], weights: Int[np.ndarray, "draws n"]
) -> Float[np.ndarray, " draws"]:
    """The area where each example counts so many times; nan where only one class counts."""
    n_classes = probabilities.shape[1]
    told = [1] if n_classes == 2 else range(n_classes)
    areas = np.stack([_area(probabilities[:, k], labels == k, weights) for k in told])  # (K, draws)
    n_there = (~np.isnan(areas)).sum(axis=0)
    return np.where(n_there > 0, np.nansum(areas, axis=0) / np.maximum(n_there, 1), np.nan)


def _area(
    scores: Float[np.ndarray, " n"], is_of_class: np.ndarray, weights: Int[np.ndarray, "draws n"]
) -> Float[np.ndarray, " draws"]:
    """Share of the pairs of one of the class and one of the others that stand in the right order; ties count half."""
    order = np.argsort(scores, kind="stable")
    firsts = np.flatnonzero(np.diff(scores[order], prepend=np.nan) != 0)  # where a new value starts
    positive, negative = (
        np.add.reduceat(weights[:, order] * chosen[order], firsts, axis=1) for chosen in (is_of_class, ~is_of_class)
    )
    below = np.cumsum(negative, axis=1) - negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    return np.divide((positive * below).sum(axis=1), pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
