"""The result of a comparison as one paragraph, which says no more than the numbers do."""

from __future__ import annotations

from typing import Any

from quatrain.comparison.voices import Voice, aside, is_counted, listed, voice_of
from quatrain.training.horizon import FEW_UPDATES

OFF = 0.1
"""Share of the agreed size from which a model is not called equal to the others."""


def judge(result: dict[str, Any]) -> str:
    """Who is best, how sure that is, what this kind of subject makes one want to know, and what it costs."""
    by_word = {entrant["word"]: entrant for entrant in result["entrants"]}
    ranked = [by_word[word] for word in result["ranking"]]
    if not ranked:
        return "No model has a result: see why each of them failed."
    voice = voice_of(result["data"])
    sentences = [_first(ranked, result, voice)]
    if result["test"]:
        sentences.append(_lead(result["test"], f"the second, {result['test']['second']}", voice))
    n_seeds = len(result["seeds"])
    if n_seeds == 1:
        sentences.append("This is one seed; 3 would tell how much the luck of the start is worth.")
    sentences += voice.about(ranked)
    if counted := result.get("counted_test"):
        sentences.append(_lead(counted, f"what is counted, {counted['second']}", voice, ranked[0]["word"]))
    sentences += _cost(result, voice)
    sentences += _haste(result, ranked)
    fewer = [f"{e['word']} {len(e['runs'])}" for e in ranked if not is_counted(e) and len(e["runs"]) < n_seeds]
    if fewer:
        sentences.append(f"Of {n_seeds} trainings, fewer came to an end: {listed(fewer)}.")
    failed = [entrant["word"] for entrant in result["entrants"] if entrant["failed"]]
    if failed:
        sentences.append(f"Without a result: {listed(failed)}.")
    return " ".join(sentences)


def _first(ranked: list[dict[str, Any]], result: dict[str, Any], voice: Voice) -> str:
    best, name = ranked[0], result["data"]["name"]
    low, high = best["interval"]
    significant = result["test"] is not None and result["test"]["significant"] and len(result["test"]["seeds"]) > 1
    is_best = "is best" if significant else "comes out first"
    interval = f"95 % interval {voice.number(low)} to {voice.number(high)}"
    return f"{_who(best, result['budget'])} {is_best} on {name}: {voice.value(best['value'])} ({interval})."


def _who(best: dict[str, Any], budget: dict[str, Any]) -> str:
    """The best, and what it has in common with the others."""
    off = best.get("solution", {}).get("deviation", 0.0)
    if is_counted(best):
        return f"{best['word']}, counted and not trained,"
    if abs(off) > OFF:
        return f"{best['word']}, which has no width to solve for and is {aside(off)} the size of the others,"
    return f"At equal {_equal(budget)}, {best['word']}"


def _lead(test: dict[str, Any], over: str, voice: Voice, best: str | None = None) -> str:
    """How sure it is that the best is better than another.

    Args:
        over: the other.
        best: its name, where it is not clear who is spoken of.
    """
    p, difference = test["p"], voice.gap(abs(test["difference"]))
    lead = f"{'Its lead' if best is None else f'The lead of {best}'} over {over}, is {difference}"
    chance = "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
    if test["significant"] and len(test["seeds"]) == 1:
        return (
            f"{lead}: more than the luck of the {voice.drawn} explains ({chance}), but the luck of the start is not in "
            "this test."
        )
    if test["significant"]:
        return f"{lead} ({chance}): more than luck explains."
    return (
        f"{lead}, which is not significant ({chance}): the two cannot be told apart by this comparison; more seeds or "
        "a larger budget might."
    )


def _cost(result: dict[str, Any], voice: Voice) -> list[str]:
    """From which length on the cheaper ones are cheaper than the yardstick."""
    found = [crossing for crossing in result["crossovers"] if crossing["length"]]
    if not found:
        return []
    slow = found[0]["slow"]
    lengths = next(entrant["cost"]["lengths"] for entrant in result["entrants"] if entrant["word"] == slow)
    always = [crossing["fast"] for crossing in found if crossing["length"] <= lengths[0]]
    later = [f"{c['fast']} from {_about(c['length'])}" for c in found if c["length"] > lengths[0]]
    told = [f"with {listed(always)} at every length measured"] if always else []
    told += [f"with {listed(later)} tokens"] if later else []
    return [f"Training on a {voice.row} is cheaper than with {slow}: {', '.join(told)}."]


def _haste(result: dict[str, Any], ranked: list[dict[str, Any]]) -> list[str]:
    """Whose trainings were too short to judge a kind of model by."""
    if result["budget"]["kind"] == "params":
        return []
    made = {e["word"]: min(run["steps"] for run in e["runs"]) for e in ranked if not is_counted(e)}
    few = [f"{word} {steps:,}" for word, steps in made.items() if steps < FEW_UPDATES]
    return [f"The budget is too small to judge by; updates made: {listed(few)}."] if few else []


def _about(length: float) -> str:
    return f"about {float(f'{length:.2g}'):,.0f}"


def _equal(budget: dict[str, Any]) -> str:
    return {"time": "parameters and time", "params": "parameters and updates", "flops": "operations of training"}[
        budget["kind"]
    ]
