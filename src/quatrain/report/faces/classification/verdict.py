"""Does it tell more examples right than a model of counts, and is that beyond chance?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.classification.records import ClassScore, Run, with_interval
from quatrain.report.quantities import count, percent
from quatrain.report.text import visible
from quatrain.report.verdict import Verdict, unscored, weigh_shares

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
        words = f"This model tells {ours} of held-out examples right; no baseline was scored beside it."
        return Verdict("unknown", "No baseline", words)
    if score.n_targets != baseline.n_targets:
        words = (
            f"This model cannot be compared with its baseline, {baseline.name}: they were scored on different numbers "
            f"of examples, {count(score.n_targets)} and {count(baseline.n_targets)}."
        )
        return Verdict("unknown", "Not comparable", words)
    outcome, evidence = weigh_shares(score.interval, baseline.interval, score.difference, "example by example")
    headline, start = {
        "beats": ("Beats the baseline", "This model tells more examples right than"),
        "loses": ("Does not beat the baseline", "This model does NOT tell more examples right than"),
    }.get(outcome, ("Not shown to beat the baseline", "This model is not shown to tell more examples right than"))
    scores = f"{ours} against {with_interval(baseline.accuracy, baseline.interval)}"
    sentence = f"{start} its baseline, {baseline.name}: {scores}; {evidence}."
    return Verdict(outcome, headline, f"{sentence} {_unfound(score)}".strip())


def _unfound(score: ClassScore) -> str:
    """Classes of which not one example is told, which a share of all examples does not show; empty: there are none."""
    missed = [
        f"{visible(name)} ({count(sum(row))})"
        for place, (name, row) in enumerate(zip(score.classes, score.confusion, strict=False))
        if sum(row) and not row[place]
    ]
    more = f" and of {count(len(missed) - SHOWN)} more classes" if len(missed) > SHOWN else ""
    return f"It finds none of the examples of {', '.join(missed[:SHOWN])}{more}." if missed else ""
