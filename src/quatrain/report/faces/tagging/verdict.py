"""Does it find entities better than the simpler taggers, and is that beyond chance?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.tagging.records import Run, with_interval
from quatrain.report.quantities import count, points
from quatrain.report.verdict import Verdict, unscored, weigh_shares


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
        words = f"This model reaches {ours}; no baseline was scored beside it, so whether that is good is not known."
        return Verdict("unknown", "No baseline", words)
    if score.n_entities != baseline.n_entities:
        words = (
            f"This model cannot be compared with its baseline, the {baseline.name}: they were asked for different "
            f"numbers of entities, {count(score.n_entities)} and {count(baseline.n_entities)}."
        )
        return Verdict("unknown", "Not comparable", words)
    outcome, evidence = weigh_shares(score.interval, baseline.interval, score.difference, "over the same sentences")
    headline, start = {
        "beats": ("Beats the baseline", "This model finds entities better than"),
        "loses": ("Does not beat the baseline", "This model does NOT find entities better than"),
    }.get(outcome, ("Not shown to beat the baseline", "This model is not shown to find entities better than"))
    scores = f"{ours} against {with_interval(baseline)}"
    return Verdict(outcome, headline, f"{start} its baseline, the {baseline.name}: {scores}; {evidence}.")
