"""The one sentence a reader wants first: does the model beat the n-gram, and is that beyond chance?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from quatrain.report.folder import Baseline, Result, RunFacts, Score
from quatrain.report.quantities import count, decimal, interval

Outcome = Literal["beats", "loses", "undecided", "unknown"]


@dataclass(frozen=True)
class Verdict:
    """What the scores show, and nothing that they do not."""

    outcome: Outcome
    headline: str
    """A few words."""
    sentence: str
    """The same with its numbers: losses and 95 % intervals in nats per token."""


def judge(run: RunFacts) -> Verdict:
    """Weigh a run against its baseline.

    The paired difference decides where it was measured, because both models are scored on the same targets;
    otherwise two intervals that do not overlap do.
    """
    result = run.result
    if result is None:
        return Verdict("unknown", "Not finished", _unfinished(run))
    if result.loss is None or not math.isfinite(result.loss):
        return Verdict("unknown", "No score", f"Loss of this model on held-out text: {decimal(result.loss)}.")
    if run.is_counted or result.baseline is None or result.baseline.loss is None:
        return _alone(run, result)
    return _against(result, result.baseline)


def _unfinished(run: RunFacts) -> str:
    progress = "before its first logged step"
    if run.train:
        last = run.train[-1]
        progress = f"after step {count(last.step)}, at a training loss of {decimal(last.loss)} nats per token"
    return (
        f"This run has no result: it was interrupted or is still training. What is here ends {progress}. "
        "It was not scored on held-out text, so nothing can be said against a baseline."
    )


def _alone(run: RunFacts, result: Result) -> Verdict:
    score = f"{_with_interval(result)} nats per token on held-out text"
    if run.is_counted:
        return Verdict("unknown", "The baseline itself", f"This is an n-gram, itself the baseline: it pays {score}.")
    return Verdict(
        "unknown",
        "No baseline",
        f"This model pays {score}; no baseline was scored beside it, so whether that is good is not known.",
    )


def _against(result: Result, baseline: Baseline) -> Verdict:
    losses = f"{_with_interval(result)} against {_with_interval(baseline)}"
    if result.n_targets != baseline.n_targets:
        return Verdict(
            "unknown",
            "Not comparable",
            f"This model cannot be compared with its baseline, {baseline.name}: they were scored "
            f"on different numbers of targets, {count(result.n_targets)} and {count(baseline.n_targets)}.",
        )
    outcome, evidence = _weigh(result, baseline)
    gap = abs(result.difference.mean if result.difference else (result.loss or 0) - (baseline.loss or 0))
    match outcome:
        case "beats":
            start = f"This model beats its baseline, {baseline.name}, by {decimal(gap)} nats per token"
            headline = "Beats the baseline"
        case "loses":
            start = (
                f"This model does NOT beat its baseline, {baseline.name}: it is worse by {decimal(gap)} nats per token"
            )
            headline = "Does not beat the baseline"
        case _:
            start = f"This model is not shown to beat its baseline, {baseline.name}"
            headline = "Not shown to beat the baseline"
    return Verdict(outcome, headline, f"{start} ({evidence}): {losses}.")


def _weigh(result: Result, baseline: Baseline) -> tuple[Outcome, str]:
    """The outcome, and the evidence it rests on."""
    if result.difference and result.difference.interval:
        low, high = result.difference.interval
        if high < 0:
            return "beats", f"95 % interval {interval((-high, -low))}"
        if low > 0:
            return "loses", f"95 % interval {interval((low, high))}"
        return "undecided", (
            f"the difference is {decimal(result.difference.mean)} nats per token and its 95 % interval, "
            f"{interval((low, high))}, includes zero"
        )
    if not (result.interval and baseline.interval):
        return "undecided", "there are no 95 % intervals, so chance is not ruled out"
    if result.interval[1] < baseline.interval[0]:
        return "beats", "their 95 % intervals do not overlap"
    if result.interval[0] > baseline.interval[1]:
        return "loses", "their 95 % intervals do not overlap"
    return "undecided", "their 95 % intervals overlap"


def _with_interval(score: Score) -> str:
    return decimal(score.loss) + (f" ({interval(score.interval)})" if score.interval else "")
