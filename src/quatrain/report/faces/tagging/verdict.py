"""Does it find entities better than a dictionary, and is that beyond chance?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.tagging.records import Run, with_interval
from quatrain.report.quantities import count, points
from quatrain.report.verdict import Verdict, unscored, weigh_shares


def judge(run: Run) -> Verdict:
    """Whether it beats the dictionary, and whether it finds what training does not have."""
    result = run.result
    if result is None:
        return unscored(run, "held-out sentences")
    if not is_finite(result.f1):
        return Verdict("unknown", "No score", f"Entity F1 of this model on held-out sentences: {points(result.f1)}.")
    ours = f"entity F1 {with_interval(result, '95 % interval ')}"
    baseline = result.baseline
    if baseline is None or baseline.f1 is None:
        words = f"This model reaches {ours}; no baseline was scored beside it, so whether that is good is not known."
        return Verdict("unknown", "No baseline", words)
    if result.n_entities != baseline.n_entities:
        words = (
            f"This model cannot be compared with its baseline, the {baseline.name}: they were asked for different "
            f"numbers of entities, {count(result.n_entities)} and {count(baseline.n_entities)}."
        )
        return Verdict("unknown", "Not comparable", words)
    outcome, evidence = weigh_shares(result.interval, baseline.interval, result.difference, "over the same sentences")
    headline, start = {
        "beats": ("Beats the baseline", "This model finds entities better than"),
        "loses": ("Does not beat the baseline", "This model does NOT find entities better than"),
    }.get(outcome, ("Not shown to beat the baseline", "This model is not shown to find entities better than"))
    scores = f"{ours} against {with_interval(baseline)}"
    return Verdict(outcome, headline, f"{start} its baseline, the {baseline.name}: {scores}; {evidence}.")
