"""The one sentence a reader wants first: does the model beat its baseline, and is that beyond chance?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from quatrain.report.folder import Difference, RunFacts, Score
from quatrain.report.quantities import count, decimal, interval, points

Outcome = Literal["beats", "loses", "undecided", "unknown"]
Bounds = tuple[float, float]

HEADLINES: dict[Outcome, str] = {
    "beats": "Beats the baseline",
    "loses": "Does not beat the baseline",
    "undecided": "Not shown to beat the baseline",
    "unknown": "No verdict",
}
APART = "their 95 % intervals do not overlap"
OVERLAPPING = "their 95 % intervals overlap"
WITHOUT_INTERVALS = "there are no 95 % intervals, so chance is not ruled out"


@dataclass(frozen=True)
class Verdict:
    """What the scores show, and nothing that they do not."""

    outcome: Outcome
    headline: str
    """A few words."""
    sentence: str
    """The same with its numbers and 95 % intervals."""


def unscored(run: RunFacts[Any, Any], held_out: str, measure: str = "nats per token") -> Verdict:
    """The verdict on a run that has no result.

    Args:
        held_out: what it would have been scored on.
        measure: what its losses are counted in.
    """
    if run.was_trained_elsewhere:
        return Verdict(
            "unknown",
            "Not scored",
            "This model was not trained here: it was imported, or mixed of other runs. "
            f"It was not scored on {held_out}, so nothing can be said against a baseline.",
        )
    progress = "before its first logged step"
    if run.train:
        last = run.train[-1]
        progress = f"after step {count(last.step)}, at a training loss of {decimal(last.loss)} {measure}"
    return Verdict(
        "unknown",
        "Not finished",
        f"This run has no result: it was interrupted or is still training. What is here ends {progress}. "
        f"It was not scored on {held_out}, so nothing can be said against a baseline.",
    )


def without_baseline(reached: str) -> Verdict:
    """The verdict on a run beside which nothing was scored.

    Args:
        reached: what it does, as in `reaches BLEU 31.0`.
    """
    words = f"This model {reached}; no baseline was scored beside it, so whether that is good is not known."
    return Verdict("unknown", "No baseline", words)


def incomparable(baseline: str, what: str, ours: int | None, theirs: int | None) -> Verdict:
    """The verdict on scores that are not of the same items.

    Args:
        what: what they are of, as in `examples`.
        ours, theirs: how many of them.
    """
    words = (
        f"This model cannot be compared with its baseline, {baseline}: they were scored on different numbers of "
        f"{what}, {count(ours)} and {count(theirs)}."
    )
    return Verdict("unknown", "Not comparable", words)


def claimed(outcome: Outcome, better: tuple[str, str], baseline: str, scores: str) -> Verdict:
    """The verdict that the evidence allows.

    Args:
        better: what a better model does, as in `it tells more right than` and `to tell more right than`.
        scores: both scores and the evidence.
    """
    does, do = better
    starts = {"beats": f"This model {does}", "loses": f"This model does NOT {do}"}
    start = starts.get(outcome, f"This model is not shown to {do}")
    return Verdict(outcome, HEADLINES[outcome], f"{start} its baseline, {baseline}: {scores}.")


def by_loss(ours: Score, theirs: Score, difference: Difference | None, baseline: str, measure: str) -> Verdict:
    """The verdict by which of two losses on the same targets is lower.

    Args:
        measure: what they are counted in, as in `nats per token`.
    """
    if ours.n_targets != theirs.n_targets:
        return incomparable(baseline, "targets", ours.n_targets, theirs.n_targets)
    outcome, evidence = weigh_losses(ours, theirs, difference)
    gap = f"{decimal(gap_of(ours, theirs, difference))} {measure}"
    tails = {"beats": f", by {gap}", "loses": f": it is worse by {gap}"}
    starts = {"beats": "beats", "loses": "does NOT beat"}
    start = f"This model {starts.get(outcome, 'is not shown to beat')} its baseline, {baseline}{tails.get(outcome, '')}"
    losses = " against ".join(loss_in_words(score) for score in (ours, theirs))
    return Verdict(outcome, HEADLINES[outcome], f"{start} ({evidence}): {losses}.")


def loss_in_words(score: Score) -> str:
    """A loss as it is said in a sentence: `1.5000 (1.4900 to 1.5100)`."""
    return decimal(score.loss) + (f" ({interval(score.interval)})" if score.interval else "")


def weigh_losses(ours: Score, theirs: Score, difference: Difference | None) -> tuple[Outcome, str]:
    """Which of two losses is lower, and the evidence it rests on.

    The paired difference decides where it was measured, because both models are scored on the same targets;
    otherwise two intervals that do not overlap do.
    """
    if difference and difference.interval:
        low, high = difference.interval
        if high < 0:
            return "beats", f"95 % interval {interval((-high, -low))}"
        if low > 0:
            return "loses", f"95 % interval {interval((low, high))}"
        return "undecided", (
            f"the difference is {decimal(difference.mean)} nats per token and its 95 % interval, "
            f"{interval((low, high))}, includes zero"
        )
    if not (ours.interval and theirs.interval):
        return "undecided", WITHOUT_INTERVALS
    return weigh_intervals(theirs.interval, ours.interval)


def weigh_intervals(ours: Bounds | None, theirs: Bounds | None) -> tuple[Outcome, str]:
    """Which of two scores is higher, as far as their intervals tell, and the evidence it rests on."""
    if ours is None or theirs is None:
        return "undecided", WITHOUT_INTERVALS
    if ours[0] > theirs[1]:
        return "beats", APART
    return ("loses", APART) if ours[1] < theirs[0] else ("undecided", OVERLAPPING)


def weigh_shares(
    ours: Bounds | None, theirs: Bounds | None, difference: Difference | None, over: str
) -> tuple[Outcome, str]:
    """Which of two scores from 0 to 1 is higher, and the evidence it rests on.

    The paired difference decides where it was measured, because both models were asked the same; otherwise two
    intervals that do not overlap do.

    Args:
        ours, theirs: intervals of the scores.
        difference: ours minus theirs.
        over: how the pairs were made, as in `example by example`.
    """
    if difference is None or difference.interval is None:
        return weigh_intervals(ours, theirs)
    low, high = difference.interval
    outcome: Outcome = "beats" if low > 0 else "loses" if high < 0 else "undecided"
    includes = ", which includes zero" if outcome == "undecided" else ""
    gap, ends = points(difference.mean), interval((low, high), points)
    return outcome, f"{over} the difference is {gap} points, 95 % interval {ends}{includes}"


def gap_of(ours: Score, theirs: Score, difference: Difference | None) -> float:
    """How far two losses are apart."""
    return abs(difference.mean if difference else (ours.loss or 0) - (theirs.loss or 0))
