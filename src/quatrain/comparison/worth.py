"""What a start from a trained model is worth: scores against the number of labels, with it and without."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from quatrain.comparison.statistics import t_quantile
from quatrain.comparison.voices import listed

__all__ = ["Point", "Worth", "measured", "spoken"]


@dataclass(frozen=True)
class Point:
    """Scores at one number of labels, a value a seed."""

    n_labels: int
    scratch: tuple[float, ...]
    """From a random start."""
    start: tuple[float, ...]
    """From the trained model, with the same labels, seed by seed."""
    counted: tuple[float, ...]
    """Of the best that is counted or fitted in seconds on the same labels, seed by seed."""

    @property
    def gains(self) -> list[float]:
        """How much the start adds, seed by seed."""
        return [after - before for before, after in zip(self.scratch, self.start, strict=True)]

    @property
    def gain(self) -> float:
        """The mean over seeds."""
        return fmean(self.gains)

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval of the gain by a t-test over seeds, which draw labels of their own; None for one seed."""
        n = len(self.gains)
        if n < 2:
            return None
        half = t_quantile(0.975, n - 1) * stdev(self.gains) / math.sqrt(n)
        return self.gain - half, self.gain + half

    @property
    def is_sure_to_help(self) -> bool:
        """Whether all of the interval lies above nothing."""
        return self.interval is not None and self.interval[0] > 0

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "n_labels": self.n_labels,
            "scratch": {"values": list(self.scratch), "mean": fmean(self.scratch)},
            "start": {"values": list(self.start), "mean": fmean(self.start)},
            "counted": {"values": list(self.counted), "mean": fmean(self.counted)},
            "gain": self.gain,
            "interval": list(self.interval) if self.interval else None,
        }


@dataclass(frozen=True)
class Worth:
    """The whole curve."""

    points: Sequence[Point]
    """In rising order of labels."""
    measure: str
    """What the scores are: accuracy, f1, ...; higher is better."""

    @property
    def verdict(self) -> str:
        """A few plain sentences."""
        sentences = [*(_sentence(point, self.measure) for point in self.points), self._saved(), self._counted()]
        return " ".join(sentence for sentence in sentences if sentence)

    def _counted(self) -> str:
        """Where it would have been as well to count."""
        ahead = [
            f"{point.n_labels:,} ({100 * fmean(point.counted):.1f} %)"
            for point in self.points
            if fmean(point.counted) >= max(fmean(point.start), fmean(point.scratch))
        ]
        if not ahead:
            return ""
        return f"What is counted or fitted in seconds is as good or better with {listed(ahead)} labels."

    def _saved(self) -> str:
        """How many labels from scratch do as well as fewer from the start, where the start is sure to help."""
        for point in (point for point in self.points if point.is_sure_to_help):
            reached = fmean(point.start)
            enough = next((other for other in self.points if fmean(other.scratch) >= reached), None)
            if enough is not None and enough.n_labels > point.n_labels:
                return (
                    f"What the start reaches with {point.n_labels:,} labels, a random start needs up to "
                    f"{enough.n_labels:,} for."
                )
        return ""


def spoken(measure: str) -> str:
    """A score as people write it: `F1` for f1."""
    return measure.replace("_", " ").replace("f1", "F1")


def _sentence(point: Point, measure: str) -> str:
    name = spoken(measure)
    said = (
        f"With {point.n_labels:,} labels the start gives {100 * fmean(point.start):.1f} % {name} against "
        f"{100 * fmean(point.scratch):.1f} % from scratch: {100 * point.gain:+.1f} points"
    )
    if point.interval is None:
        return f"{said}; one seed tells nothing of its certainty."
    low, high = point.interval
    unsure = "so the start harms" if high < 0 else "so the seeds do not show that it helps"
    certain = "" if point.is_sure_to_help else f", {unsure}"
    return f"{said} (95 % interval {100 * low:+.1f} to {100 * high:+.1f}, {len(point.gains)} seeds{certain})."


def measured(
    scores: Mapping[tuple[int, bool, int], float], counted: Mapping[tuple[int, int], float], measure: str
) -> Worth:
    """The curve of scores; every combination is there.

    Args:
        scores: by (labels, whether from the start, seed).
        counted: by (labels, seed), of the best that is counted or fitted in seconds.
    """
    numbers = sorted({n_labels for n_labels, _, _ in scores})
    seeds = sorted({seed for _, _, seed in scores})
    points = [
        Point(
            n_labels,
            scratch=tuple(scores[n_labels, False, seed] for seed in seeds),
            start=tuple(scores[n_labels, True, seed] for seed in seeds),
            counted=tuple(counted[n_labels, seed] for seed in seeds),
        )
        for n_labels in numbers
    ]
    return Worth(points, measure)
