"""Does it forecast better than what needs no training; of prices, than a random walk?"""

from __future__ import annotations

from quatrain.report.faces._base import is_finite
from quatrain.report.faces.forecast.records import ForecastScore, Plain, Run
from quatrain.report.quantities import decimal, interval
from quatrain.report.verdict import Outcome, Verdict, unscored

WALKS: dict[str, tuple[Outcome, str]] = {
    "better": ("beats", "Better than a random walk"),
    "worse": ("loses", "Worse than a random walk"),
    "hint": ("undecided", "Not shown to be better than a random walk"),
    "same": ("undecided", "Not distinguishable from a random walk"),
    "still": ("undecided", "Nothing moved"),
    "few": ("undecided", "Too few windows to tell"),
}
"""Outcome and headline, by what both tests show."""


def judge(run: Run) -> Verdict:
    """By the test part, which chose nothing."""
    if run.result is None:
        return unscored(run, "later rows", "error per value")
    score = run.result.final
    if not is_finite(score.mse):
        return Verdict("unknown", "No score", f"Squared error of this model on later rows: {decimal(score.mse)}.")
    if score.walk is not None:
        outcome, headline = WALKS[score.walk.outcome]
        return Verdict(outcome, headline, f"This model is {score.walk.verdict}.")
    if not score.others:
        return Verdict("unknown", "No baseline", f"Squared error {_told(score)}; nothing was scored beside it.")
    best = min(score.others, key=lambda one: one.mse if one.mse is not None else float("inf"))
    return _against(score, best)


def _against(score: ForecastScore, best: Plain) -> Verdict:
    """By the paired difference, for both forecast the same windows."""
    difference = best.difference
    numbers = f"squared error {_told(score)} against {_told(best)}"
    if difference is None or difference.interval is None:
        return Verdict("undecided", "Not shown to beat a plain forecast", f"Beside {best.name}: {numbers}.")
    low, high = difference.interval
    if high < 0:
        evidence = f"better by {decimal(-difference.mean)}, 95 % interval {interval((-high, -low))}"
        return Verdict(
            "beats",
            "Beats every plain forecast",
            f"This model beats the best of them, {best.name} ({evidence}): {numbers}.",
        )
    evidence = f"the difference is {decimal(difference.mean)}, 95 % interval {interval((low, high))}"
    if low > 0:
        sentence = f"This model does NOT beat {best.name}, which needs no training ({evidence}): {numbers}."
        return Verdict("loses", "Does not beat a plain forecast", sentence)
    sentence = f"This model is not shown to beat {best.name} ({evidence}, includes zero): {numbers}."
    return Verdict("undecided", "Not shown to beat a plain forecast", sentence)


def _told(score: ForecastScore | Plain) -> str:
    return decimal(score.mse) + (f" ({interval(score.interval)})" if score.interval else "")
