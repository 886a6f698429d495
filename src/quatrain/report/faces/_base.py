"""What a task shows of its runs: the contract between the pages and the tasks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic

from markupsafe import Markup

from quatrain.report.charts import Level, interval_chart
from quatrain.report.commands import Step
from quatrain.report.facts import Row, Table
from quatrain.report.folder import ResultT, RunFacts, SampleT
from quatrain.report.pictures import Picture
from quatrain.report.quantities import decimal, scientific
from quatrain.report.samples import Samples
from quatrain.report.verdict import Verdict

Metric = tuple[str, str, float]
"""(type, name, value), as a hub lists it."""


@dataclass(frozen=True)
class ScoreView:
    """All that is told of the scores."""

    part: str
    """The part that all but `parts` is about."""
    table: Table
    """The scores of the model, and those of others beside it."""
    intervals: Markup | None
    """The same as a chart; None where there is nothing to set side by side."""
    notes: Sequence[str]
    """Sentences under it."""
    parts: Table | None
    """The model on all parts, by name; None where there is but one."""
    pictures: Sequence[Picture] = ()
    """The scores taken apart."""


class Face(ABC, Generic[ResultT, SampleT]):
    """What a run of one task looks like. It has no state: whatever it shows stands in the folder."""

    task: ClassVar[str]
    """The word in config.json."""
    measure: ClassVar[str] = "nats"
    """What losses are counted in."""
    unit: ClassVar[str] = "token"
    """What one target is called, over which losses and speeds are told."""
    result_kind: type[ResultT]
    sample_kind: type[SampleT]
    """How result.json and a line of samples.jsonl are read."""
    reading: ClassVar[str]
    """How its scores are to be read."""
    pipeline: ClassVar[str]
    """What a hub calls the task."""
    tags: ClassVar[tuple[str, ...]]
    """Under which a hub files the model."""
    purpose: ClassVar[str]
    """What the model does, after "A model trained ...": a sentence."""
    limits: ClassVar[tuple[str, ...]]
    """What it cannot do, in sentences."""

    @abstractmethod
    def verdict(self, run: RunFacts[ResultT, SampleT]) -> Verdict:
        """What the scores show."""

    @abstractmethod
    def scores(self, run: RunFacts[ResultT, SampleT], result: ResultT) -> ScoreView:
        """The scores, and what explains them."""

    @abstractmethod
    def metrics(self, result: ResultT) -> dict[str, list[Metric]]:
        """What was measured on each part, as a hub lists it."""

    @abstractmethod
    def levels(self, result: ResultT) -> list[Level]:
        """Losses of other models, to be drawn across the curves of this one."""

    @abstractmethod
    def samples(self, run: RunFacts[ResultT, SampleT]) -> Samples:
        """What the finished model made."""

    @abstractmethod
    def data_rows(self, run: RunFacts[ResultT, SampleT], result: ResultT) -> list[Row]:
        """Size and shape of the data."""

    @abstractmethod
    def steps(self, run: RunFacts[ResultT, SampleT], place: str) -> list[Step]:
        """How to use a run whose folder has the path `place`."""

    def pipeline_of(self, run: RunFacts[ResultT, SampleT]) -> str:
        """What a hub calls the task of this run."""
        return self.pipeline

    def languages(self, result: ResultT) -> tuple[str, ...]:
        """Codes of the languages of the data, as far as they are known."""
        return ()


def side_by_side(
    scores: Mapping[str, tuple[float | None, tuple[float, float] | None]],
    what: str,
    x_name: str,
    write: Callable[[float], str] = decimal,
    tick: Callable[[float], str] = scientific,
) -> Markup | None:
    """Scores with their 95 % intervals over one axis, the model's own first; None unless two or more are known.

    Args:
        scores: value and interval, by name.
        what: what they are, as a sentence begins.
        x_name, write, tick: as for `interval_chart`.
    """
    rows = [
        (name, "level" if place else "train", value, bounds)
        for place, (name, (value, bounds)) in enumerate(scores.items())
        if value is not None and bounds is not None and all(map(is_finite, (value, *bounds)))
    ]
    if len(rows) < 2:
        return None
    description = f"{what} with 95 % intervals; the numbers are in the table."
    return interval_chart(rows, description=description, x_name=x_name, write=write, tick=tick)


def finite(measured: Sequence[tuple[str, str, float | None]]) -> list[Metric]:
    """Those metrics that are numbers."""
    return [(kind, name, value) for kind, name, value in measured if value is not None and math.isfinite(value)]


def is_finite(value: float | None) -> bool:
    """Whether a value is known and a number."""
    return value is not None and math.isfinite(value)
