"""How each kind of subject speaks of its values."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

COUNTED = "ngram"
"""The kind of a model that is not trained."""


@dataclass(frozen=True)
class Voice(ABC):
    """Writes values, and says what this kind of subject makes one want to know."""

    row: ClassVar[str] = "sequence"
    """What is learned from, one at a time."""

    data: dict[str, Any]
    """The part `data` of compare.json."""

    @abstractmethod
    def number(self, value: float) -> str:
        """A value alone."""

    @abstractmethod
    def value(self, value: float) -> str:
        """A value and what it is of."""

    @abstractmethod
    def gap(self, gap: float) -> str:
        """How far two values lie apart."""

    @abstractmethod
    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """What there is to say besides values, of the entrants that have one, best first."""


class LossVoice(Voice, ABC):
    """Nats."""

    def number(self, value: float) -> str:
        """Four decimals."""
        return f"{value:.4f}"

    def value(self, value: float) -> str:
        """In nats of something."""
        return f"{self.number(value)} {self.data['unit']}"

    def gap(self, gap: float) -> str:
        """In the same unit."""
        return self.value(gap)


class TextVoice(LossVoice):
    """A text: is it worth training at all?"""

    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """Where the best of the counted stands."""
        place = next((place for place, entrant in enumerate(ranked) if entrant["kind"] == COUNTED), None)
        if place is None:
            return []
        words = [entrant["word"] for entrant in ranked]
        if place == 0:
            return ["No model is ahead of the n-gram, which is counted in seconds: at this budget, use it."]
        after = words[place + 1 :]
        return [
            f"The counted n-gram ({self.number(ranked[place]['value'])}) comes after {listed(words[:place])}"
            + (f", and before {listed(after)}." if after else ".")
        ]


class TaskVoice(Voice):
    """A task: who solves it, and did theory say so?"""

    def number(self, value: float) -> str:
        """A share."""
        return f"{value:.1%}"

    def value(self, value: float) -> str:
        """A share of something."""
        return f"{self.number(value)} {self.data['metric']}"

    def gap(self, gap: float) -> str:
        """In hundredths."""
        return f"{gap * 100:.2g} points"

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

    row: ClassVar[str] = "pair"

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


VOICES: dict[str, type[Voice]] = {"text": TextVoice, "task": TaskVoice, "pairs": PairsVoice}
"""By the kind of the data in compare.json."""


def voice_of(data: dict[str, Any]) -> Voice:
    """What speaks of a subject."""
    return VOICES[data["kind"]](data)


def listed(words: list[str]) -> str:
    """`a, b and c`."""
    return "".join(words) if len(words) < 2 else f"{', '.join(words[:-1])} and {words[-1]}"


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
