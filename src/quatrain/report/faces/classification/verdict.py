"""Does it tell more examples right than a model of counts, and is that beyond chance?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.classification.records import ClassResult, Other, Run, with_interval
from quatrain.report.quantities import count, interval, percent, tenths
from quatrain.report.verdict import Outcome, Verdict, unscored, weigh_intervals


def judge(run: Run) -> Verdict:
    """Whether it beats the best of the models beside it."""
    result = run.result
    if result is None:
        return unscored(run, "held-out examples")
    if not is_finite(result.accuracy):
        return Verdict(
            "unknown", "No score", f"Accuracy of this model on held-out examples: {percent(result.accuracy)}."
        )
    ours = with_interval(result.accuracy, result.interval, "95 % interval ")
    baseline = result.baseline
    if baseline is None or baseline.accuracy is None:
        words = f"This model tells {ours} of held-out examples right; no baseline was scored beside it."
        return Verdict("unknown", "No baseline", words)
    if result.n_targets != baseline.n_targets:
        words = (
            f"This model cannot be compared with its baseline, {baseline.name}: they were scored on different numbers "
            f"of examples, {count(result.n_targets)} and {count(baseline.n_targets)}."
        )
        return Verdict("unknown", "Not comparable", words)
    outcome, evidence = _weigh(result, baseline)
    headline, start = {
        "beats": ("Beats the baseline", "This model tells more examples right than"),
        "loses": ("Does not beat the baseline", "This model does NOT tell more examples right than"),
    }.get(outcome, ("Not shown to beat the baseline", "This model is not shown to tell more examples right than"))
    scores = f"{ours} against {with_interval(baseline.accuracy, baseline.interval)}"
    return Verdict(outcome, headline, f"{start} its baseline, {baseline.name}: {scores}; {evidence}.")


def _weigh(result: ClassResult, baseline: Other) -> tuple[Outcome, str]:
    """The paired difference decides where it was measured, because both were asked about the same examples."""
    difference = result.difference
    if difference is None or difference.interval is None:
        return weigh_intervals(result.interval, baseline.interval)
    low, high = difference.interval
    outcome: Outcome = "beats" if low > 0 else "loses" if high < 0 else "undecided"
    points = interval((100 * low, 100 * high), tenths)
    includes = ", which includes zero" if outcome == "undecided" else ""
    return outcome, (
        f"example by example the difference is {tenths(100 * difference.mean)} points, 95 % interval {points}{includes}"
    )
