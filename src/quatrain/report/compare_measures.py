"""How the values of a comparison are named and written, and what stands beside them, by the kind of data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quatrain.report.compare_folder import Comparison, Entrant
from quatrain.report.quantities import (
    MINUS,
    decimal,
    interval,
    percent,
    points,
    round_percent,
    round_points,
    scientific,
    tenths,
)

Write = Callable[[float | None], str]


@dataclass(frozen=True)
class Measure:
    """How the values of a comparison are named and written."""

    name: str
    unit: str
    write: Write
    better: str
    tick: Write
    """A value on an axis."""
    is_share: bool

    @classmethod
    def of(cls, found: Comparison) -> Measure:
        """Shares in percent, F1 in hundredths, losses and errors with four decimals."""
        data = found.data
        if data.metric in ERRORS:
            name, unit = ERRORS[data.metric]
            return cls(name, data.unit or unit, decimal, data.better, scientific, is_share=False)
        if data.metric == "f1":
            return cls("Entity F1", "", points, data.better, round_points, is_share=True)
        return cls(data.metric.capitalize(), "", percent, data.better, round_percent, is_share=True)

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    @property
    def axis(self) -> str:
        """What stands at an axis."""
        return self.unit or self.name[0].lower() + self.name[1:]

    def difference(self, entrant: Entrant, first: Entrant) -> str:
        """How far a value lies from the first one's."""
        if entrant is first or entrant.value is None or first.value is None:
            return "–"
        gap = entrant.value - first.value
        told = f"{100 * gap:+.1f} points" if self.is_share else f"{gap:+.4f}"
        return told.replace("-", MINUS)


ERRORS = {"loss": ("Loss", "nats per target"), "mse": ("Squared error", "standard units")}
"""Measures of which less is better: a name, and the unit where the data says none."""


@dataclass(frozen=True)
class Column:
    """What a table has besides, for one kind of data."""

    title: str
    write: Callable[[Any], str]
    """Of an entrant, or of one of its trainings."""


def _score(title: str, key: str, write: Write) -> Column:
    """A score with the interval of one training, where it has one."""

    def told(entrant: Entrant) -> str:
        if key not in entrant.scores:
            return "–"
        score = entrant.scores[key]
        return write(score.value) + (f" ({interval(score.interval, write)})" if score.interval else "")

    return Column(title, told)


RANKING_COLUMNS: dict[str, tuple[Column, ...]] = {
    "task": (
        Column("Solves it (99 %)", lambda entrant: "yes" if entrant.solves else "no"),
        Column("Natural, says theory", lambda entrant: "yes" if entrant.natural else "–"),
    ),
    "pairs": (
        _score("BLEU", "bleu", tenths),
        Column("chrF", lambda entrant: tenths(entrant.score("chrf"))),
        Column("Exact", lambda entrant: percent(entrant.score("exact"))),
    ),
    "classify": (
        _score("Macro F1, %", "macro_f1", points),
        Column("AUROC", lambda entrant: decimal(entrant.score("auroc")) if "auroc" in entrant.scores else "–"),
    ),
    "tag": (_score("Precision, %", "precision", points), _score("Recall, %", "recall", points)),
    "masked": (_score("Told right, %", "accuracy", points),),
    "forecast": (_score("Mean absolute error", "mae", decimal),),
}
"""By the kind of the data."""
SEED_COLUMNS: dict[str, tuple[Column, ...]] = {
    "pairs": (Column("BLEU", lambda seed: tenths(seed.bleu)), Column("chrF", lambda seed: tenths(seed.chrf))),
}
"""By the kind of the data."""
NOTES = {
    "pairs": "BLEU and chrF are sacrebleu's, of the translations that beam search finds for the validation part: means "
    "over the seeds, with the 95 % interval of one training over its sentences; exact ones are the reference. They do "
    "not decide the order.",
    "classify": "Macro F1 and AUROC are means over the seeds, F1 with the 95 % interval of one training over its "
    "examples; they do not decide the order. The baseline is the best of several models of counts on these very "
    "examples, which favours it a little.",
    "tag": "F1 is of whole entities: one counts where its first word, its last and its type are right.",
    "masked": "The same tokens are hidden from every model.",
    "forecast": "Errors are in standard units: each column has mean 0 and spread 1 in the training part. The baseline "
    "is the best of several plain forecasts on these very windows, which favours it a little.",
}
"""By the kind of the data, what is to be known of these columns."""


def ranking_columns(found: Comparison) -> tuple[Column, ...]:
    """What the ranking has besides values."""
    return RANKING_COLUMNS.get(found.data.kind, ())


def seed_columns(found: Comparison) -> tuple[Column, ...]:
    """What the table of trainings has besides values."""
    return SEED_COLUMNS.get(found.data.kind, ())
