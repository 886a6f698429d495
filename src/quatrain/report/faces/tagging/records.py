"""What a tagger leaves in result.json and samples.jsonl."""

from __future__ import annotations

from collections.abc import Mapping

from quatrain.report.folder import DataFacts, Other, Part, Record, Result, RunFacts, Sample, Score
from quatrain.report.quantities import interval, points

Bounds = tuple[float, float]


class TypeScore(Record):
    """How well the entities of one type are found."""

    precision: float
    recall: float
    f1: float
    n_entities: int
    n_found: int


class EntityScore(Score):
    """How well entities are found; the interval is that of F1."""

    f1: float | None = None
    precision: float | None = None
    recall: float | None = None
    by_type: Mapping[str, TypeScore] = {}
    confusion: Mapping[str, Mapping[str, int]] = {}
    """`confusion[true][told]`; the empty name stands for no entity."""
    recall_seen: float | None = None
    recall_unseen: float | None = None
    n_entities: int | None = None
    n_unseen: int | None = None
    n_sentences: int | None = None


class Simpler(EntityScore, Other):
    """A simpler tagger beside the run's own."""

    name: str = "simpler tagger"


class EntityPart(EntityScore, Part[Simpler]):
    """How well the entities of a part are found; differences are of F1, over the same sentences."""


class TaggedFacts(DataFacts):
    """How many sentences, words and entities there are."""

    sentences: Mapping[str, int] = {}
    words: Mapping[str, int] = {}
    """By part."""
    entities: Mapping[str, Mapping[str, int]] = {}
    """By part and type."""


class TaggingResult(Result, EntityPart):
    """result.json of a tagger."""

    data: TaggedFacts = TaggedFacts()
    tests: Mapping[str, EntityPart] = {}

    @property
    def final(self) -> EntityPart:
        """The part it is judged by."""
        return self.tests.get(self.judged_by, self)


class TaggedSample(Sample):
    """A sentence, its entities, and those that were found."""

    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """As the model told them."""
    true: tuple[str, ...] = ()
    probabilities: tuple[float, ...] = ()


Run = RunFacts[TaggingResult, TaggedSample]


def with_interval(score: EntityScore, what: str = "") -> str:
    """F1 as it is said in a sentence: `25.3 (21.0 to 29.4)`."""
    return points(score.f1) + (f" ({what}{interval(score.interval, points)})" if score.interval else "")
