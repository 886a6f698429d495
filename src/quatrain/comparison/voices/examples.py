"""How examples that are read whole speak of their values: beside each stands what is counted."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from typing import Any, ClassVar

from quatrain.comparison.voices._base import LossVoice, ShareVoice, Voice, is_counted, listed, place_of_counted


class ExampleVoice(Voice, ABC):
    """Is it worth training at all?"""

    @property
    def row(self) -> str:
        """As the data calls it."""
        return str(self.data["row"])

    @property
    def drawn(self) -> str:
        """As the data calls what has a value each."""
        return str(self.data["items"])

    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """Where the baseline stands, and what the best has besides."""
        method = next((entrant["solution"].get("method") for entrant in ranked if is_counted(entrant)), None)
        what = f" ({method})" if method else ""
        first = f"No model is ahead of what is counted in seconds{what}: at this budget, use that."
        scores = self.beside(ranked[0])
        told = [f"{ranked[0]['word']} has {listed(scores)}."] if scores else []
        return told + place_of_counted(self, ranked, "baseline", first, method)


class ClassVoice(ShareVoice, ExampleVoice):
    """The class of each example."""

    scores: ClassVar[Mapping[str, tuple[str, str]]] = {"macro_f1": ("macro F1", ".1%"), "auroc": ("AUROC", ".3f")}

    def value(self, value: float) -> str:
        """A share of the examples."""
        return f"{self.number(value)} accuracy"

    def about(self, ranked: list[dict[str, Any]]) -> list[str]:
        """What guessing reaches, too."""
        guess = f"Always telling the commonest class is right in {self.number(self.data['chance'])}."
        return [*super().about(ranked), guess]


class TagVoice(ShareVoice, ExampleVoice):
    """The entities of sentences."""

    scores: ClassVar[Mapping[str, tuple[str, str]]] = {"precision": ("precision", ".1%"), "recall": ("recall", ".1%")}

    def number(self, value: float) -> str:
        """In hundredths, as F1 is said."""
        return f"{100 * value:.1f}"

    def value(self, value: float) -> str:
        """F1 of whole entities."""
        return f"entity F1 {self.number(value)}"


class MaskedVoice(LossVoice, ExampleVoice):
    """Hidden tokens."""

    scores: ClassVar[Mapping[str, tuple[str, str]]] = {"accuracy": ("accuracy", ".1%")}


class ForecastVoice(ExampleVoice):
    """Windows of a series."""

    scores: ClassVar[Mapping[str, tuple[str, str]]] = {"mae": ("mean absolute error", ".4f")}

    def number(self, value: float) -> str:
        """Four decimals."""
        return f"{value:.4f}"

    def value(self, value: float) -> str:
        """In standard units."""
        return f"a squared error of {self.number(value)}"

    def gap(self, gap: float) -> str:
        """In the same."""
        return self.number(gap)
