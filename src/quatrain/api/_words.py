"""Results in words, for people."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from quatrain.report.folder import VALIDATION, judging_part

Say = Callable[[str], None]


def silent(line: str) -> None:
    """Says nothing."""


def to_stderr(line: str) -> None:
    """Says it where it does not mix with results."""
    print(line, file=sys.stderr, flush=True)


def score_line(score: dict[str, Any]) -> str:
    """A score in one line."""
    low, high = score["interval"]
    return (
        f"{score['loss']:.4f} nats per token (95 % interval {low:.4f} to {high:.4f}), "
        f"perplexity {score['perplexity']:,.2f}, {score['bits_per_byte']:.3f} bits per byte, "
        f"{score['n_targets']:,} tokens scored, context {score['context']}, stride {score['stride']}"
    )


def others_of(score: dict[str, Any]) -> list[dict[str, Any]]:
    """The scores beside the model's on a part, the baseline first, each with its difference."""
    baseline = score.get("baseline")
    first = [{**baseline, "difference": score.get("difference")}] if baseline else []
    return [*first, *score.get("beside", ())]


def result_lines(
    result: dict[str, Any],
    score_lines: Callable[[dict[str, Any]], list[str]],
    beside_lines: Callable[[dict[str, Any]], Iterable[str]],
) -> list[str]:
    """All parts of a result, the one first by which the model is judged: a test part with a baseline, or validation."""
    tests = result.get("tests", {})
    parts, judged = {VALIDATION: result, **tests}, judging_part({name: s.get("baseline") for name, s in tests.items()})
    first, *rest = score_lines(parts[judged])
    where = "" if judged == VALIDATION else f"{judged} part, scored once: "
    return [
        where + first,
        *rest,
        *beside_lines(parts[judged]),
        *(f"{name}: {score_lines(score)[0]}" for name, score in parts.items() if name != judged),
    ]


def beside(result: dict[str, Any]) -> str:
    """The comparison with the baseline in words."""
    baseline, difference = result["baseline"], result["difference"]
    if baseline is None:
        return "no baseline beside it"
    low, high = difference["interval"]
    gain = f"{abs(difference['mean']):.4f} nats per token (95 % interval {-high:.4f} to {-low:.4f})"
    if high < 0:
        return f"it beats the {baseline['name']} ({baseline['loss']:.4f}) by {gain}"
    if low > 0:
        return f"it does NOT beat the {baseline['name']} ({baseline['loss']:.4f}): train longer, or use the n-gram"
    return f"it is not distinguishable from the {baseline['name']} ({baseline['loss']:.4f})"
