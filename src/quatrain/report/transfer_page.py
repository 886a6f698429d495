"""transfer.html: what a start from a trained model is worth; drawn from transfer.json alone."""

from __future__ import annotations

import shlex
from pathlib import Path

from pydantic import ConfigDict

from quatrain.errors import RunError
from quatrain.report.charts import Line, line_chart
from quatrain.report.commands import Step
from quatrain.report.facts import Row, Table
from quatrain.report.folder import Record, read_json, write_page
from quatrain.report.page import PAGES
from quatrain.report.pictures import Picture
from quatrain.report.quantities import count, duration, percent, round_percent
from quatrain.report.scales import LOG, Axis

START = "start-all-0"
"""The run that is there in any case."""
REMEDY = "type quatrain transfer again with the same --out: what is done is not done twice"
ARMS = (("scratch", "m1", "from scratch"), ("start", "m0", "from the start"), ("counted", "m2", "counted"))
"""Key, style and name of each curve."""


class Scores(Record):
    """Of one start at one number of labels."""

    values: tuple[float, ...]
    mean: float


class WorthPoint(Record):
    """Both starts at one number of labels."""

    n_labels: int
    scratch: Scores
    start: Scores
    counted: Scores
    """The best that is counted or fitted in seconds on the same labels."""
    gain: float
    interval: tuple[float, float] | None = None


class WorthRun(Record):
    """A training; its score stands under the name of the measure."""

    model_config = ConfigDict(frozen=True, extra="allow", protected_namespaces=())

    run: str


class TransferFacts(Record):
    """transfer.json."""

    data: str
    start: str
    tune: str
    measure: str
    score: str
    """The measure as people write it."""
    budget: str
    verdict: str
    seconds: float
    points: tuple[WorthPoint, ...]
    runs: tuple[WorthRun, ...] = ()

    @property
    def best(self) -> str | None:
        """The run with the highest score; None where none is told."""
        scored = [(float(value), run.run) for run in self.runs if (value := (run.model_extra or {}).get(self.measure))]
        return max(scored)[1] if scored else None


def write_transfer_report(folder: Path) -> Path:
    """Draw `transfer.html` from the `transfer.json` of a folder, and return its path.

    Raises:
        RunError: transfer.json is missing or damaged, or the page cannot be written.
    """
    found = read_json(folder / "transfer.json", TransferFacts, remedy=REMEDY)
    if found is None:
        raise RunError(f"{folder}: holds no transfer.json; {REMEDY}.")
    page = PAGES.get_template("transfer.html").render(
        found=found,
        title=f"What {found.start} is worth on {Path(found.data).name}",
        summary=f"{found.budget} · tuned: {found.tune} · {duration(found.seconds)}",
        picture=_picture(found),
        table=_table(found),
        steps=[Step("Use the best", f"quatrain predict {shlex.quote(f'{folder}/{found.best or START}')} FILE")],
        count=count,
    )
    return write_page(folder / "transfer.html", page)


def _picture(found: TransferFacts) -> Picture:
    name = found.score
    lines = [
        line
        for arm, style, words in ARMS
        for line in (
            *(
                Line(f"{words}, one seed", f"{style} thin", points)
                for points in _by_seed(found, arm)
                if len(found.points[0].scratch.values) > 1
            ),
            Line(words, style, [(p.n_labels, getattr(p, arm).mean) for p in found.points], dots=True, label=words),
        )
    ]
    values = [y for line in lines for _, y in line.points]
    chart = line_chart(
        lines,
        x_name="labels learned from",
        y_name=name,
        description=f"{name} against the number of labels, from scratch and from {found.start}. {found.verdict}",
        x_axis=Axis.over([p.n_labels for p in found.points], scale=LOG, write=count),
        y_axis=Axis.over(values, margin=0.08, write=round_percent),
    )
    return Picture(
        title=f"{name.capitalize()} against the number of labels",
        chart=chart,
        caption="Means over seeds; thin lines are single seeds. Counted is the best of what is counted or fitted in "
        "seconds on the same labels. The axis of labels is logarithmic.",
        key=[(style, words) for _, style, words in ARMS],
    )


def _by_seed(found: TransferFacts, arm: str) -> list[list[tuple[float, float]]]:
    n_seeds = len(found.points[0].scratch.values)
    return [[(p.n_labels, getattr(p, arm).values[seed]) for p in found.points] for seed in range(n_seeds)]


def _table(found: TransferFacts) -> Table:
    rows = [
        Row(
            count(point.n_labels),
            (
                percent(point.scratch.mean),
                percent(point.start.mean),
                percent(point.counted.mean),
                f"{100 * point.gain:+.1f}",
                "-" if point.interval is None else " to ".join(f"{100 * end:+.1f}" for end in point.interval),
            ),
        )
        for point in found.points
    ]
    return Table("Labels", ("From scratch", "From the start", "Counted", "Gain, points", "95 % interval"), rows)
