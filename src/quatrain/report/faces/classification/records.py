"""What a classifier leaves in result.json and samples.jsonl."""

from __future__ import annotations

from collections.abc import Mapping

from quatrain.report.folder import DataFacts, Other, Part, Record, Result, RunFacts, Sample, Score
from quatrain.report.quantities import percent, points

Bounds = tuple[float, float]


class Bin(Record):
    """Examples of which the model was about equally sure."""

    confidence: float
    accuracy: float
    n: int


class ClassScore(Score):
    """How well classes are told; the interval is that of the accuracy."""

    accuracy: float | None = None
    macro_f1: float | None = None
    macro_f1_interval: Bounds | None = None
    auroc: float | None = None
    auroc_interval: Bounds | None = None
    ece: float | None = None
    """Expected calibration error."""
    calibration: tuple[Bin, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    """`confusion[true][told]`."""
    classes: tuple[str, ...] = ()


class Counted(ClassScore, Other):
    """A model of counts beside the run's own."""

    name: str = "model of counts"


class ClassPart(ClassScore, Part[Counted]):
    """How well the classes of a part are told; differences are of the accuracy, example by example."""


class LabelledFacts(DataFacts):
    """What classes there are, and how many examples of each."""

    classes: tuple[str, ...] = ()
    examples: Mapping[str, int] = {}
    """By part."""
    class_counts: Mapping[str, tuple[int, ...]] = {}
    """By part, in the order of the classes."""


class ClassResult(Result, ClassPart):
    """result.json of a classifier."""

    data: LabelledFacts = LabelledFacts()
    tests: Mapping[str, ClassPart] = {}

    @property
    def final(self) -> ClassPart:
        """The part it is judged by."""
        return self.tests.get(self.judged_by, self)


class Told(Sample):
    """An example, its class, and what the model took it for."""

    second: str | None = None
    picture: str | None = None
    """A data: URI."""
    name: str | None = None
    """What a picture is called."""
    sort: str = ""
    """Why it is shown."""
    label: str = ""
    told: str = ""
    probabilities: Mapping[str, float] = {}


Run = RunFacts[ClassResult, Told]


def with_interval(score: float | None, bounds: Bounds | None, what: str = "") -> str:
    """A share as it is said in a sentence: `81.5 % (79.0 to 84.1 %)`."""
    return percent(score) + (f" ({what}{points(bounds[0])} to {percent(bounds[1])})" if bounds else "")
