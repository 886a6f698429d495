"""Does it find entities better than a dictionary, and is that beyond chance?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.tagging.records import Other, Run, TaggingResult, with_interval
from quatrain.report.quantities import count, interval, points
from quatrain.report.verdict import Outcome, Verdict, unscored, weigh_intervals


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
    outcome, evidence = _weigh(result, baseline)
    headline, start = {
        "beats": ("Beats the baseline", "This model finds entities better than"),
        "loses": ("Does not beat the baseline", "This model does NOT find entities better than"),
    }.get(outcome, ("Not shown to beat the baseline", "This model is not shown to find entities better than"))
    scores = f"{ours} against {with_interval(baseline)}"
    return Verdict(outcome, headline, f"{start} its baseline, the {baseline.name}: {scores}; {evidence}.")


def _weigh(result: TaggingResult, baseline: Other) -> tuple[Outcome, str]:
    """The paired difference decides where it was measured, because both were asked about the same sentences."""
    difference = result.difference
    if difference is None or difference.interval is None:
        return weigh_intervals(result.interval, baseline.interval)
    low, high = difference.interval
    outcome: Outcome = "beats" if low > 0 else "loses" if high < 0 else "undecided"
    includes = ", which includes zero" if outcome == "undecided" else ""
    return outcome, (
        f"over the same sentences the difference is {points(difference.mean)} points, 95 % interval "
        f"{interval((low, high), points)}{includes}"
    )
