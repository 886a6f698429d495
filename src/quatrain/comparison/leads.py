"""How sure the lead of the best entrant is: over the second, and over the best of those that are counted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quatrain.comparison.entrants import Entrant
from quatrain.comparison.statistics import paired_test
from quatrain.comparison.trainings import Trainings
from quatrain.comparison.words import test_sentence

SURE = 0.05
"""A difference that chance alone shows less often is significant."""


def leads(trainings: Trainings, ranked: Sequence[Entrant]) -> dict[str, Any]:
    """The tests of compare.json; None where there is nothing to test.

    Args:
        ranked: entrants with a result, the best first.
    """
    if len(ranked) < 2:
        return {"test": None, "counted_test": None}
    best, second, *others = ranked
    counted = next((entrant for entrant in others if entrant.is_counted), None)
    return {
        "test": lead(trainings, best, second),
        "counted_test": lead(trainings, best, counted) if counted else None,
    }


def lead(trainings: Trainings, best: Entrant, second: Entrant) -> dict[str, Any] | None:
    """Two entrants on the seeds that both have ended; a counted one stands for every seed. None: there is no such."""
    pair = (best, second)
    ended = [{*trainings.ended(entrant)} for entrant in pair if not entrant.is_counted]
    seeds = sorted(set.intersection(*ended)) if ended else [0]
    if not seeds:
        return None
    first, other = (trainings.blocks(entrant, [0] if entrant.is_counted else seeds) for entrant in pair)
    paired = paired_test(first, other)
    return {
        "best": best.word,
        "second": second.word,
        **paired.to_dict(),
        "seeds": seeds,
        "significant": paired.p < SURE,
        "sentence": test_sentence(len(seeds), first.shape[1], trainings.about["items"]),
    }
