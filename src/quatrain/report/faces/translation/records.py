"""What a translator leaves in result.json and samples.jsonl."""

from __future__ import annotations

from collections.abc import Mapping

from quatrain.report.alignment import Alignment
from quatrain.report.folder import Other, Part, Record, Result, RunFacts, Sample, Score
from quatrain.report.quantities import interval, tenths


class Band(Record):
    """Translations of sources of about one length."""

    words: tuple[int, int]
    """Shortest and longest source."""
    n_sentences: int
    bleu: float
    chrf: float


class TextScore(Record):
    """How near translations come to their references."""

    bleu: float | None = None
    """0 to 100."""
    bleu_interval: tuple[float, float] | None = None
    chrf: float | None = None
    """0 to 100."""
    chrf_interval: tuple[float, float] | None = None
    exact: float | None = None
    """Share of translations equal to their reference."""
    signature: str | None = None
    chrf_signature: str | None = None
    n_sentences: int | None = None
    by_length: tuple[Band, ...] = ()


class Decoding(Record):
    """How translations were searched for."""

    beam_size: int | None = None
    length_penalty: float | None = None
    penalty: str = ""


class TranslationScore(Score, TextScore):
    """How well targets are predicted, and how good the translations are."""

    decoding: Decoding = Decoding()


class Counted(TranslationScore, Other):
    """What stands beside the model: a translation memory, which has no loss, or an n-gram, which only has a loss."""

    name: str = "translation memory"

    @property
    def title(self) -> str:
        """The name without what stands in brackets behind it."""
        return self.name.partition(" (")[0]

    @property
    def explanation(self) -> str:
        """What stands in brackets behind the name, as a sentence; empty where nothing does."""
        what = self.name.partition(" (")[2].removesuffix(")")
        return f"{self.title[:1].upper()}{self.title[1:]}: {what}." if what else ""


class TranslationPart(TranslationScore, Part[Counted]):
    """How well a part is translated; differences are nats per token."""

    @property
    def memory(self) -> Counted | None:
        """The best of the others that translate."""
        return next((other for other in self.others if other.bleu is not None), None)

    @property
    def without_source(self) -> Counted | None:
        """An n-gram of the targets, which does not see the source."""
        return next((other for other in self.others if other.key == "without_source"), None)


class TranslationResult(Result, TranslationPart):
    """result.json of a translator."""

    tests: Mapping[str, TranslationPart] = {}

    @property
    def final(self) -> TranslationPart:
        """The part it is judged by."""
        return self.tests.get(self.judged_by, self)


class Translated(Sample):
    """A source, its translation and its reference."""

    reference: str | None = None
    alignment: Alignment | None = None


Run = RunFacts[TranslationResult, Translated]


def with_interval(score: float | None, bounds: tuple[float, float] | None, what: str = "") -> str:
    """BLEU or chrF as it is said in a sentence: `36.4 (35.1 to 37.6)`."""
    return tenths(score) + (f" ({what}{interval(bounds, tenths)})" if bounds else "")
