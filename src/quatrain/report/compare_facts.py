"""What a comparison found, as rows of tables and as sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from quatrain.report.compare_folder import Comparison, Crossover, Entrant, Seed, Trial
from quatrain.report.facts import Row
from quatrain.report.quantities import (
    MINUS,
    brief,
    byte_size,
    count,
    decimal,
    duration,
    interval,
    percent,
    rough_count,
    scientific,
    tenths,
)
from quatrain.report.verdict import Outcome

MANY_SEEDS = 3
"""From so many on the luck of the start is seen."""


@dataclass(frozen=True)
class Measure:
    """How the values of a comparison are named and written."""

    name: str
    unit: str
    write: Callable[[float | None], str]
    better: str

    @classmethod
    def of(cls, found: Comparison) -> Measure:
        """Shares in percent, losses with four decimals."""
        data = found.data
        if data.metric == "loss":
            return cls("Loss", data.unit or "nats per target", decimal, data.better)
        return cls(data.metric.capitalize(), "", percent, data.better)

    @property
    def title(self) -> str:
        """Name and unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name

    def difference(self, entrant: Entrant, first: Entrant) -> str:
        """How far a value lies from the first one's."""
        if entrant is first or entrant.value is None or first.value is None:
            return "–"
        gap = entrant.value - first.value
        points = f"{100 * gap:+.1f} points".replace("-", MINUS)
        return points if self.write is percent else f"{gap:+.4f}".replace("-", MINUS)


@dataclass(frozen=True)
class Column:
    """What a table has besides, for one kind of data."""

    title: str
    write: Callable[[Any], str]
    """Of an entrant, or of one of its trainings."""


def _bleu(entrant: Entrant) -> str:
    bleu = entrant.scores.get("bleu")
    within = f" ({interval(bleu.interval, tenths)})" if bleu and bleu.interval else ""
    return tenths(entrant.score("bleu")) + within


RANKING_COLUMNS: dict[str, tuple[Column, ...]] = {
    "task": (
        Column("Solves it (99 %)", lambda entrant: "yes" if entrant.solves else "no"),
        Column("Natural, says theory", lambda entrant: "yes" if entrant.natural else "–"),
    ),
    "pairs": (
        Column("BLEU", _bleu),
        Column("chrF", lambda entrant: tenths(entrant.score("chrf"))),
        Column("Exact", lambda entrant: percent(entrant.score("exact"))),
    ),
}
"""By the kind of the data."""
SEED_COLUMNS: dict[str, tuple[Column, ...]] = {
    "pairs": (Column("BLEU", lambda seed: tenths(seed.bleu)), Column("chrF", lambda seed: tenths(seed.chrf))),
}
"""By the kind of the data."""
NOTES = {
    "pairs": "BLEU and chrF are sacrebleu's, of the translations that beam search finds for the validation part: means "
    "over the seeds, with the 95 % interval of one training over its sentences; exact ones are the reference. They do "
    "not decide the order."
}
"""By the kind of the data, what is to be known of these columns."""


def ranking_columns(found: Comparison) -> tuple[Column, ...]:
    """What the ranking has besides values."""
    return RANKING_COLUMNS.get(found.data.kind, ())


def seed_columns(found: Comparison) -> tuple[Column, ...]:
    """What the table of trainings has besides values."""
    return SEED_COLUMNS.get(found.data.kind, ())


def headline(found: Comparison) -> tuple[Outcome, str]:
    """The verdict in a few words; a winner is named only where the test found one."""
    words, test = found.ranking, found.test
    if not words:
        return "unknown", "No model has a result"
    if len(words) == 1:
        return "unknown", f"Only {words[0]} has a result"
    if test is None:
        return "unknown", "Not tested, so no winner"
    if not test.significant:
        return "undecided", f"{test.best} and {test.second} cannot be told apart"
    return "beats", f"{test.best} is best" + (", on one seed" if len(found.seeds) == 1 else "")


def certainty(found: Comparison) -> list[str]:
    """How far the values can be trusted."""
    n_seeds = len(found.seeds)
    over = f"over {n_seeds} seeds and the {found.data.items}"
    if n_seeds == 1:
        over = f"over the {found.data.items} only: each model was trained once, so luck of the start is not in them"
    notes = [f"Ordered by value. Intervals are 95 %, {over}."]
    notes += [NOTES[found.data.kind]] if found.data.kind in NOTES else []
    if 1 < n_seeds < MANY_SEEDS:
        notes.append(f"{n_seeds} seeds are few.")
    if found.test:
        told = "is" if found.test.significant else "is not"
        notes.append(
            f"Only the difference between the first two, {found.test.best} and {found.test.second}, was tested; "
            f"it {told} significant."
        )
    elif len(found.ranking) > 1:
        notes.append("No difference was tested.")
    fewer = [f"{e.word} ({len(e.runs)} of {n_seeds})" for e in found.ranked if _is_learned(e) and len(e.runs) < n_seeds]
    if fewer:
        notes.append(f"Seeds that ended: {', '.join(fewer)}.")
    return notes


def missing(entrant: Entrant) -> str:
    """Why a model has no result."""
    return entrant.failed or "no result yet: the comparison was stopped; add --resume to go on"


def test_rows(found: Comparison, measure: Measure) -> list[Row]:
    """The test between the first two."""
    test = found.test
    if test is None:
        return []
    p = "not recorded" if test.p is None else f"{test.p:.2g}" if test.p >= 1e-4 else "below 0.0001"
    return [
        Row(f"{test.best} minus {test.second}", (measure.write(test.difference),)),
        Row("95 % interval of it", (interval(test.interval, measure.write),)),
        Row("p", (p,)),
        Row("Significant at 5 %", ("yes" if test.significant else "no",)),
    ]


def state_lengths(found: Comparison) -> list[int]:
    """The numbers of positions after which states were sized."""
    return sorted({length for entrant in found.entrants for length in entrant.state_bytes})


def size_values(entrant: Entrant, lengths: list[int]) -> list[str]:
    """Parameters, arithmetic, reach and state of one model."""
    return [
        rough_count(entrant.n_parameters),
        rough_count(entrant.flops_per_token),
        "any distance" if entrant.reach is None else count(entrant.reach),
        *(byte_size(entrant.state_bytes.get(length)) for length in lengths),
    ]


def solution(entrant: Entrant) -> str:
    """What the budget came to for one model."""
    return ", ".join(f"{name} {_plain(value)}" for name, value in entrant.solution.items()) or "nothing to solve for"


def trials(found: Comparison, entrant: Entrant) -> list[tuple[str, str, bool]]:
    """(loss, rate, chosen) for each factor of the search."""
    by_factor = {trial.factor: trial for trial in entrant.search}
    return [_trial(by_factor.get(factor), factor == entrant.factor) for factor in found.search.factors]


def search_notes(found: Comparison) -> list[str]:
    """What the search leaves open."""
    factors = found.search.factors
    if len(factors) < 2:
        return []
    ends = {min(factors), max(factors)}
    edge = [entrant.word for entrant in found.entrants if entrant.factor in ends]
    if not edge:
        return []
    return [f"Chosen at an end of the search, so a rate beyond it might do better: {', '.join(edge)}."]


def machine_rows(found: Comparison) -> list[Row]:
    """Where it ran."""
    machine = found.machine
    return [
        Row("Device", (machine.device or "not recorded",)),
        Row("CPU cores", (count(machine.cpus),)),
        Row("Threads a job", (count(machine.threads),)),
        Row("Jobs at once", (count(machine.jobs),)),
        Row("PyTorch", (machine.torch or "not recorded",)),
        Row("Time in all", (duration(found.seconds),)),
    ]


def data_rows(found: Comparison) -> list[Row]:
    """What was scored."""
    data = found.data
    return [
        Row(f"Scored {data.items}", (count(data.n_items),)),
        Row("Vocabulary", (count(data.vocab_size),)),
        Row("Sequence length", (count(data.seq_len),)),
    ]


def seed_values(seed: Seed, measure: Measure) -> list[str]:
    """One training as cells."""
    return [
        measure.write(seed.value),
        decimal(seed.loss),
        count(seed.steps),
        rough_count(seed.tokens),
        duration(seed.seconds),
    ]


def cost_rows(entrant: Entrant) -> list[Row]:
    """Training, memory, forward and decoding for each length measured."""
    cost = entrant.cost
    if cost is None:
        return []
    columns = ((cost.training, brief), (cost.memory, byte_size), (cost.forward, brief), (cost.decoding, brief))
    return [
        Row(
            f"{entrant.word}, {count(length)}",
            tuple(write(values[place]) if place < len(values) else "" for values, write in columns),
        )
        for place, length in enumerate(cost.lengths)
    ]


def crossing(crossover: Crossover, found: Comparison) -> str:
    """Where two costs change places, as a sentence."""
    slow, fast, of = crossover.slow, crossover.fast, crossover.of
    measured = [length for e in found.entrants if e.word in (slow, fast) and e.cost for length in e.cost.lengths]
    if crossover.length is None:
        return f"In {of}, {fast} is not cheaper than {slow} at the longest length measured with both."
    if measured and crossover.length <= min(measured):
        return f"In {of}, {fast} is cheaper than {slow} at every length measured."
    return (
        f"In {of}, {fast} is cheaper than {slow} from a length of about {count(float(f'{crossover.length:.2g}'))} on."
    )


def _is_learned(entrant: Entrant) -> bool:
    return any(seed.curve for seed in entrant.runs)


def _trial(trial: Trial | None, chosen: bool) -> tuple[str, str, bool]:
    if trial is None:
        return "not tried", "", False
    loss = "failed" if trial.loss is None else decimal(trial.loss)
    return loss, f"rate {scientific(float(f'{trial.lr:.3g}'))}", chosen


def _plain(value: object) -> str:
    return count(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
