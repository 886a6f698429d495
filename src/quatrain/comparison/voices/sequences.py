"""How texts, tasks with known answers and parallel text speak of their values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from quatrain.comparison.voices._base import LossVoice, ShareVoice, listed, place_of_counted


class TextVoice(LossVoice):
    """A text: is it worth training at all?"""

    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """Where the best of the counted stands."""
        first = "No model is ahead of the n-gram, which is counted in seconds: at this budget, use it."
        return place_of_counted(self, ranked, "counted n-gram", first)


class TaskVoice(ShareVoice):
    """A task: who solves it, and did theory say so?"""

    def value(self, value: float) -> str:
        """A share of something."""
        return f"{self.number(value)} {self.data['metric']}"

    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """Who solves it, what guessing reaches, and what theory said."""
        solved = [entrant["word"] for entrant in ranked if entrant["solves"]]
        known = self.data["chance"] is not None
        chance = f"guessing reaches {self.number(self.data['chance'])}" if known else "chance is not known"
        sentences = [
            f"Solved (99 % or more): {listed(solved)}; {chance}." if solved else f"No model solves it (99 %); {chance}."
        ]
        return sentences + _predictions(ranked)


class PairsVoice(LossVoice):
    """Parallel text: how good are the translations that a search finds?"""

    scores: ClassVar[Mapping[str, tuple[str, str]]] = {"bleu": ("BLEU", ".1f"), "chrf": ("chrF", ".1f")}

    @property
    def row(self) -> str:
        """Two sides."""
        return "pair"

    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """BLEU and chrF of the best two, and who comes first by BLEU."""
        bleu = {entrant["word"]: entrant["scores"]["bleu"]["value"] for entrant in ranked}
        best, *others = ranked
        sentences = [f"Its translations have {_quality(best)}"]
        sentences[0] += f", those of {others[0]['word']} {_quality(others[0])}." if others else "."
        first = max(bleu, key=lambda word: bleu[word])
        if bleu[first] > bleu[best["word"]]:
            sentences.append(
                f"By BLEU {first} comes first ({bleu[first]:.1f}), which was not tested: the order is that of the loss."
            )
        return sentences


def _quality(entrant: dict[str, Any]) -> str:
    scores = {name: score["value"] for name, score in entrant["scores"].items()}
    return f"BLEU {scores['bleu']:.1f} and chrF {scores['chrf']:.1f} ({scores['exact']:.1%} are the reference)"


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
            clauses += [f"{listed(words)} {one if len(words) == 1 else many}"] if words else []
        sentences += [f"{opening}, {'; '.join(clauses)}."] if clauses else []
    return sentences
