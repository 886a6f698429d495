"""Does it find entities better than the simpler taggers, and is that beyond chance?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.tagging.records import Run, with_interval
from quatrain.report.quantities import points
from quatrain.report.verdict import Verdict, claimed, incomparable, unscored, weigh_shares, without_baseline


def judge(run: Run) -> Verdict:
    """Whether it beats the best of the simpler taggers."""
    result = run.result
    if result is None:
        return unscored(run, "held-out sentences")
    if not is_finite(result.f1):
        return Verdict("unknown", "No score", f"Entity F1 of this model on held-out sentences: {points(result.f1)}.")
    score = result.final
    ours = f"entity F1 {with_interval(score, '95 % interval ')}"
    baseline = score.baseline
    if baseline is None or baseline.f1 is None:
        return without_baseline(f"reaches {ours}")
    if score.n_entities != baseline.n_entities:
        return incomparable(f"the {baseline.name}", "entities", score.n_entities, baseline.n_entities)
    outcome, evidence = weigh_shares(score.interval, baseline.interval, score.difference, "over the same sentences")
    scores = f"{ours} against {with_interval(baseline)}; {evidence}"
    better = ("finds entities better than", "find entities better than")
    return claimed(outcome, better, f"the {baseline.name}", scores)
