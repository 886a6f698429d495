"""The result of a comparison as one paragraph, which says no more than the numbers do."""

from __future__ import annotations

from typing import Any

COUNTED = "ngram"
"""The kind of a model that is not trained."""


def judge(result: dict[str, Any]) -> str:
    """Who is best, how sure that is, what the counted baseline says, and what it costs."""
    by_word = {entrant["word"]: entrant for entrant in result["entrants"]}
    ranked = [by_word[word] for word in result["ranking"]]
    if not ranked:
        return "No model has a result: see why each of them failed."
    sentences = [_first(ranked, result)]
    if result["test"]:
        sentences.append(_second(result))
    n_seeds = len(result["seeds"])
    if n_seeds == 1:
        sentences.append("This is one seed; 3 would tell how much the luck of the start is worth.")
    sentences += _about_task(ranked, result) if result["data"]["kind"] == "task" else _about_baseline(ranked)
    sentences += _cost(result)
    fewer = [f"{e['word']} {len(e['runs'])}" for e in ranked if e["kind"] != COUNTED and len(e["runs"]) < n_seeds]
    if fewer:
        sentences.append(f"Of {n_seeds} trainings, fewer came to an end: {_list(fewer)}.")
    failed = [entrant["word"] for entrant in result["entrants"] if entrant["failed"]]
    if failed:
        sentences.append(f"Without a result: {_list(failed)}.")
    return " ".join(sentences)


def _first(ranked: list[dict[str, Any]], result: dict[str, Any]) -> str:
    best, data = ranked[0], result["data"]
    low, high = best["interval"]
    value = _value(best["value"], data)
    significant = result["test"] is not None and result["test"]["significant"] and len(result["test"]["seeds"]) > 1
    is_best = "is best" if significant else "comes out first"
    who = f"At equal {_equal(result['budget'])}, {best['word']}"
    if best["kind"] == COUNTED:
        who = f"{best['word']}, counted and not trained,"
    return f"{who} {is_best} on {data['name']}: {value} (95 % interval {_number(low, data)} to {_number(high, data)})."


def _second(result: dict[str, Any]) -> str:
    test, data = result["test"], result["data"]
    gap, p = abs(test["difference"]), test["p"]
    chance = "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"
    difference = f"{gap * 100:.2g} points" if data["kind"] == "task" else f"{gap:.4f} {data['unit']}"
    if test["significant"] and len(test["seeds"]) == 1:
        return (
            f"Its lead over the second, {test['second']}, is {difference}: more than the luck of the text explains "
            f"({chance}), but the luck of the start is not in this test."
        )
    if test["significant"]:
        return f"Its lead over the second, {test['second']}, is {difference} ({chance}): more than luck explains."
    return (
        f"Its lead over the second, {test['second']}, is {difference}, which is not significant ({chance}): the two "
        "cannot be told apart by this comparison; more seeds or a larger budget might."
    )


def _about_task(ranked: list[dict[str, Any]], result: dict[str, Any]) -> list[str]:
    data = result["data"]
    solved = [entrant["word"] for entrant in ranked if entrant["solves"]]
    chance = f"guessing reaches {data['chance']:.1%}" if data["chance"] is not None else "chance is not known"
    sentences = [
        f"Solved (99 % or more): {_list(solved)}; {chance}." if solved else f"No model solves it (99 %); {chance}."
    ]
    return sentences + _predictions(ranked)


def _predictions(ranked: list[dict[str, Any]]) -> list[str]:
    """What theory said of each model, confirmed or contradicted."""
    groups: dict[tuple[bool, bool], list[str]] = {}
    for entrant in ranked:
        if entrant["predicted"] is not None:
            is_right = entrant["predicted"] == entrant["solves"]
            groups.setdefault((is_right, entrant["solves"]), []).append(entrant["word"])
    sentences = []
    for is_right, opening in ((True, "As theory predicts"), (False, "Against what theory predicts")):
        clauses = []
        for solves, one, many in ((True, "solves it", "solve it"), (False, "does not", "do not")):
            words = groups.get((is_right, solves), [])
            clauses += [f"{_list(words)} {one if len(words) == 1 else many}"] if words else []
        sentences += [f"{opening}, {'; '.join(clauses)}."] if clauses else []
    return sentences


def _about_baseline(ranked: list[dict[str, Any]]) -> list[str]:
    """Where the best of the counted stands."""
    place = next((place for place, entrant in enumerate(ranked) if entrant["kind"] == COUNTED), None)
    if place is None:
        return []
    words = [entrant["word"] for entrant in ranked]
    if place == 0:
        return ["No model is ahead of the n-gram, which is counted in seconds: at this budget, use it."]
    after = words[place + 1 :]
    return [
        f"The counted n-gram ({ranked[place]['value']:.4f}) comes after {_list(words[:place])}"
        + (f", and before {_list(after)}." if after else ".")
    ]


def _cost(result: dict[str, Any]) -> list[str]:
    """From which length on the cheaper ones are cheaper than attention."""
    found = [crossing for crossing in result["crossovers"] if crossing["length"]]
    if not found:
        return []
    slow = found[0]["slow"]
    lengths = next(entrant["cost"]["lengths"] for entrant in result["entrants"] if entrant["word"] == slow)
    always = [crossing["fast"] for crossing in found if crossing["length"] <= lengths[0]]
    later = [f"{c['fast']} from {_about(c['length'])}" for c in found if c["length"] > lengths[0]]
    cheaper = f"A sequence is cheaper to train on than by {slow}"
    sentences = [f"{cheaper} at every length measured with {_list(always)}."]
    sentences += [f"{'The same holds' if always else cheaper} with {_list(later)} tokens."]
    return [sentence for sentence, words in zip(sentences, (always, later), strict=True) if words]


def _about(length: float) -> str:
    return f"about {float(f'{length:.2g}'):,.0f}"


def _equal(budget: dict[str, Any]) -> str:
    return {"time": "parameters and time", "params": "parameters and updates", "flops": "operations of training"}[
        budget["kind"]
    ]


def _value(value: float, data: dict[str, Any]) -> str:
    return f"{_number(value, data)} {data['metric']}" if data["kind"] == "task" else f"{value:.4f} {data['unit']}"


def _number(value: float, data: dict[str, Any]) -> str:
    return f"{value:.1%}" if data["kind"] == "task" else f"{value:.4f}"


def _list(words: list[str]) -> str:
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"
