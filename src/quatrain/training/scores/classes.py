"""How well classes are told: from the probabilities of each example to scores with intervals."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from quatrain.training.evaluation import N_RESAMPLES
from quatrain.training.scores.auroc import auroc, auroc_interval
from quatrain.training.scores.shares import wilson

__all__ = [
    "Bin",
    "ClassScore",
    "QuickScore",
    "bootstrap_counts",
    "calibration",
    "confusion",
    "glance",
    "macro_f1",
    "score_classes",
]

N_BINS = 15
LEAST = 1e-12
"""A probability below it is taken for it, so that one example cannot make the loss infinite."""


@dataclass(frozen=True)
class Bin:
    """Examples of which the model was about equally sure."""

    confidence: float
    """Mean probability of the class that was told."""
    accuracy: float
    """Share of them that are right."""
    n: int


@dataclass(frozen=True)
class QuickScore:
    """What is looked at on the way."""

    loss: float
    """Nats per example."""
    error: float
    """Share of examples that are told wrong."""
    n_targets: int
    """Examples scored."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return dict(vars(self))


@dataclass(frozen=True)
class ClassScore:
    """How well the classes of a part are told. Intervals are 95 %: Wilson's of the accuracy, else by
    bootstrap over the examples."""

    loss: float
    """Nats per example."""
    accuracy: float
    """Share of examples whose likeliest class is the right one."""
    interval: tuple[float, float]
    """Of the accuracy."""
    macro_f1: float
    """Mean over the classes of F1, the harmonic mean of precision and recall."""
    macro_f1_interval: tuple[float, float]
    auroc: float | None
    """Probability that an example of a class is held likelier to be of it than one of another class; the mean over
    the classes where there are more than two (one-vs-rest). None where only one class is there."""
    auroc_interval: tuple[float, float] | None
    ece: float
    """Expected calibration error over 15 bins of equal width: mean distance of confidence and accuracy (Guo et al.
    2017, https://arxiv.org/abs/1706.04599, eq. 3)."""
    calibration: tuple[Bin, ...]
    """The bins that are not empty."""
    confusion: tuple[tuple[int, ...], ...]
    """`confusion[true][told]`: examples."""
    classes: tuple[str, ...]
    n_targets: int
    """Examples scored."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            **vars(self),
            "interval": list(self.interval),
            "macro_f1_interval": list(self.macro_f1_interval),
            "auroc_interval": None if self.auroc_interval is None else list(self.auroc_interval),
            "calibration": [vars(found) for found in self.calibration],
            "confusion": [list(row) for row in self.confusion],
            "classes": list(self.classes),
        }


def score_classes(
    probabilities: Float[np.ndarray, "n classes"],
    labels: Int[np.ndarray, " n"],
    classes: tuple[str, ...],
    started: float | None = None,
) -> tuple[ClassScore, Float[np.ndarray, " n"]]:
    """All scores of some probabilities.

    Args:
        started: when the scoring began, by `time.perf_counter`; None: now.

    Returns:
        The score, and 1.0 for each example that is told right, 0.0 for the others.
    """
    started = time.perf_counter() if started is None else started
    told = probabilities.argmax(axis=1)
    right = told == labels
    counts = confusion(labels, told, len(classes))
    bins, ece = calibration(probabilities.max(axis=1), right)
    score = ClassScore(
        loss=_loss(probabilities, labels),
        accuracy=float(right.mean()),
        interval=wilson(int(right.sum()), len(right)),
        macro_f1=float(macro_f1(counts)),
        macro_f1_interval=bootstrap_counts(counts, partial(macro_f1, classes=_there(counts))),
        auroc=auroc(probabilities, labels),
        auroc_interval=auroc_interval(probabilities, labels),
        ece=ece,
        calibration=bins,
        confusion=tuple(map(tuple, counts.tolist())),
        classes=classes,
        n_targets=len(labels),
        seconds=time.perf_counter() - started,
    )
    return score, right.astype(np.float64)


def glance(probabilities: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"], started: float) -> QuickScore:
    """Loss and error alone, without intervals."""
    error = float((probabilities.argmax(axis=1) != labels).mean())
    return QuickScore(_loss(probabilities, labels), error, len(labels), time.perf_counter() - started)


def _loss(probabilities: Float[np.ndarray, "n classes"], labels: Int[np.ndarray, " n"]) -> float:
    return float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], LEAST)).mean())


def confusion(
    labels: Int[np.ndarray, " n"], told: Int[np.ndarray, " n"], n_classes: int
) -> Int[np.ndarray, "true told"]:
    """How many examples of each class are told to be of each."""
    pairs = labels * n_classes + told
    return np.bincount(pairs, minlength=n_classes * n_classes).reshape(n_classes, n_classes)


def macro_f1(
    counts: Int[np.ndarray, "*draws true told"], classes: Bool[np.ndarray, " true"] | None = None
) -> Float[np.ndarray, "*draws"]:
    """Mean F1 of the classes that are there or are told; one that is neither says nothing.

    Args:
        classes: which classes count; None: those. A draw without a class that counts has an F1 of 0 for it.
    """
    right, either = np.diagonal(counts, axis1=-2, axis2=-1), _either(counts)
    f1 = np.divide(2.0 * right, either, out=np.zeros(right.shape), where=either > 0)
    counted = either > 0 if classes is None else classes
    return (f1 * counted).sum(axis=-1) / np.maximum(counted.sum(axis=-1), 1)


def _either(counts: Int[np.ndarray, "*draws true told"]) -> Int[np.ndarray, "*draws classes"]:
    """Examples of a class and those told to be of it, added up: what is right counts twice."""
    return np.asarray(counts.sum(axis=-1) + counts.sum(axis=-2))


def _there(counts: Int[np.ndarray, "true told"]) -> Bool[np.ndarray, " classes"]:
    """Which classes are there or are told."""
    return np.asarray(_either(counts) > 0)


def calibration(
    confidence: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"], n_bins: int = N_BINS
) -> tuple[tuple[Bin, ...], float]:
    """The bins of confidence that are not empty, and the expected calibration error."""
    place = np.clip(np.ceil(confidence * n_bins).astype(np.int64) - 1, 0, n_bins - 1)  # bins are open below: (a, b]
    n = np.bincount(place, minlength=n_bins)
    sums = [np.bincount(place, weights=values, minlength=n_bins) for values in (confidence, right.astype(np.float64))]
    bins = tuple(Bin(float(sums[0][i] / n[i]), float(sums[1][i] / n[i]), int(n[i])) for i in range(n_bins) if n[i])
    return bins, sum(found.n * abs(found.confidence - found.accuracy) for found in bins) / len(confidence)


def bootstrap_counts(
    counts: Int[np.ndarray, "*cells"], statistic: Callable[[np.ndarray], np.ndarray], level: float = 0.95
) -> tuple[float, float]:
    """Interval of a statistic of counts, by drawing as many examples again (percentile method).

    To draw examples is to draw how many fall into each cell, so no example needs to be touched.
    """
    filled = np.flatnonzero(counts.reshape(-1))
    shares = counts.reshape(-1)[filled] / counts.sum()
    draws = np.zeros((N_RESAMPLES, counts.size), np.int64)
    draws[:, filled] = np.random.default_rng(0).multinomial(int(counts.sum()), shares, size=N_RESAMPLES)
    low, high = np.quantile(statistic(draws.reshape(N_RESAMPLES, *counts.shape)), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
