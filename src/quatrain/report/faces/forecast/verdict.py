"""Does it forecast better than what needs no training; of prices, than a random walk?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.forecast.records import ForecastScore, PlainScore, Run
from quatrain.report.quantities import decimal, interval
from quatrain.report.verdict import Outcome, Verdict, unscored, weigh_intervals

WALKS: dict[str, tuple[Outcome, str]] = {
    "better": ("beats", "Better than a random walk"),
    "worse": ("loses", "Worse than a random walk"),
    "hint": ("undecided", "Not shown to be better than a random walk"),
    "same": ("undecided", "Not distinguishable from a random walk"),
}
"""Outcome and headline, by what both tests show."""


def judge(run: Run) -> Verdict:
    """By the test part, which chose nothing."""
    if run.result is None:
        return unscored(run, "later rows")
    score = run.result.final
    if not is_finite(score.mse):
        return Verdict("unknown", "No score", f"Squared error of this model on later rows: {decimal(score.mse)}.")
    if score.walk is not None:
        outcome, headline = WALKS[score.walk.outcome]
        return Verdict(outcome, headline, f"This model is {score.walk.verdict}.")
    if not score.baselines:
        return Verdict("unknown", "No baseline", f"Squared error {_told(score)}; nothing was scored beside it.")
    best = min(score.baselines, key=lambda one: one.mse if one.mse is not None else float("inf"))
    return _against(score, best)


def _against(score: ForecastScore, best: PlainScore) -> Verdict:
    ours, theirs = score.interval, best.interval
    negative = tuple((-high, -low) if bounds else None for bounds in (ours, theirs) for low, high in [bounds or (0, 0)])
    outcome, evidence = weigh_intervals(*negative)
    numbers = f"squared error {_told(score)} against {_told(best)} ({evidence})"
    match outcome:
        case "beats":
            return Verdict(
                outcome, "Beats every plain forecast", f"This model beats the best of them, {best.name}: {numbers}."
            )
        case "loses":
            return Verdict(
                outcome,
                "Does not beat a plain forecast",
                f"This model does NOT beat {best.name}, which needs no training: {numbers}.",
            )
        case _:
            return Verdict(
                outcome,
                "Not shown to beat a plain forecast",
                f"This model is not shown to beat {best.name}: {numbers}.",
            )


def _told(score: ForecastScore | PlainScore) -> str:
    return decimal(score.mse) + (f" ({interval(score.interval)})" if score.interval else "")
