"""Does it tell more examples right than a model of counts, and is that beyond chance?"""

from __future__ import annotations

from dataclasses import replace

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.classification.records import ClassScore, Run, with_interval
from quatrain.report.quantities import count, percent
from quatrain.report.text import visible
from quatrain.report.verdict import Verdict, claimed, incomparable, unscored, weigh_shares, without_baseline

SHOWN = 3
"""Classes that are named."""


def judge(run: Run) -> Verdict:
    """Whether it beats the best of the models beside it."""
    result = run.result
    if result is None:
        return unscored(run, "held-out examples")
    if not is_finite(result.accuracy):
        return Verdict(
            "unknown", "No score", f"Accuracy of this model on held-out examples: {percent(result.accuracy)}."
        )
    score = result.final
    ours = with_interval(score.accuracy, score.interval, "95 % interval ")
    baseline = score.baseline
    if baseline is None or baseline.accuracy is None:
        return without_baseline(f"tells {ours} of held-out examples right")
    if score.n_targets != baseline.n_targets:
        return incomparable(baseline.name, "examples", score.n_targets, baseline.n_targets)
    outcome, evidence = weigh_shares(score.interval, baseline.interval, score.difference, "example by example")
    scores = f"{ours} against {with_interval(baseline.accuracy, baseline.interval)}; {evidence}"
    better = ("tells more examples right than", "tell more examples right than")
    verdict = claimed(outcome, better, baseline.name, scores)
    return replace(verdict, sentence=f"{verdict.sentence} {_unfound(score)}".strip())


def _unfound(score: ClassScore) -> str:
    """Classes of which not one example is told, which a share of all examples does not show; empty: there are none."""
    missed = [
        f"{visible(name)} ({count(sum(row))})"
        for place, (name, row) in enumerate(zip(score.classes, score.confusion, strict=False))
        if sum(row) and not row[place]
    ]
    more = f" and of {count(len(missed) - SHOWN)} more classes" if len(missed) > SHOWN else ""
    return f"It finds none of the examples of {', '.join(missed[:SHOWN])}{more}." if missed else ""
