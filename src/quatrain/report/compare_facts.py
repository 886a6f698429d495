"""What a comparison found, as rows of tables and as sentences."""

from __future__ import annotations

from quatrain.report.compare_folder import Comparison, Crossover, Entrant, PairedTest, Seed, Trial
from quatrain.report.compare_measures import NOTES, Measure
from quatrain.report.facts import Row
from quatrain.report.quantities import (
    brief,
    byte_size,
    count,
    decimal,
    duration,
    interval,
    percent,
    rough_count,
    scientific,
)
from quatrain.report.verdict import Outcome

MANY_SEEDS = 3
"""From so many on the luck of the start is seen."""
SAID = ("deviation", "method")
"""Of a solution, what is told in words of its own."""


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
    tests = [test for test in (found.test, found.counted_test) if test]
    if tests:
        told = " and ".join(f"to {t.second} ({'' if t.significant else 'not '}significant)" for t in tests)
        notes.append(f"Tested was only the difference of {tests[0].best} {told}.")
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
    """The tests of the first against the second, and against what is counted."""
    return [row for test in (found.test, found.counted_test) if test for row in _test_rows(test, measure)]


def _test_rows(test: PairedTest, measure: Measure) -> list[Row]:
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


def models(found: Comparison) -> list[Entrant]:
    """The entrants that have a size."""
    return [entrant for entrant in found.entrants if entrant.is_model]


def writes(found: Comparison) -> bool:
    """Whether the models write on, so that they reach back and remember."""
    return any(entrant.state_bytes for entrant in found.entrants)


def size_values(entrant: Entrant, lengths: list[int], *, writes: bool) -> list[str]:
    """Parameters and arithmetic of one model; where it writes, reach and state."""
    of_writing = [
        "any distance" if entrant.reach is None else count(entrant.reach),
        *(byte_size(entrant.state_bytes.get(length)) for length in lengths),
    ]
    return [
        rough_count(entrant.n_parameters),
        rough_count(entrant.flops_per_token),
        *(of_writing if writes else ()),
    ]


def solution(entrant: Entrant) -> str:
    """What the budget came to for one model."""
    named = ", ".join(f"{name} {_plain(value)}" for name, value in entrant.solution.items() if name not in SAID)
    off, method = entrant.solution.get("deviation"), entrant.solution.get("method")
    if not entrant.is_model:
        return f"counted, not trained: {method}" if method else "counted, not trained"
    if not isinstance(off, int | float):
        return named or "nothing to solve for"
    how_far = f"{percent(abs(off))} {'above' if off > 0 else 'below'} the agreed size"
    return f"{named or 'no width to solve'}; {how_far}"


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
    size = "x".join(map(count, data.image_size)) if data.image_size else None
    known = [
        ("Vocabulary", data.vocab_size and count(data.vocab_size)),
        ("Sequence length", data.seq_len and count(data.seq_len)),
        ("Rows that are forecast", data.horizon and count(data.horizon)),
        ("Pixels", size),
    ]
    return [Row(f"Scored {data.items}", (count(data.n_items),)), *(Row(name, (told,)) for name, told in known if told)]


def seed_values(seed: Seed, measure: Measure) -> list[str]:
    """One training as cells."""
    return [
        measure.write(seed.value),
        "–" if seed.loss is None else decimal(seed.loss),
        count(seed.steps),
        rough_count(seed.tokens),
        duration(seed.seconds),
    ]


def has_costs(found: Comparison) -> bool:
    """Whether costs were measured, or could have been expected."""
    return writes(found) or any(entrant.cost for entrant in found.entrants)


def decodes(found: Comparison) -> bool:
    """Whether one more token was timed."""
    return any(entrant.cost and entrant.cost.decoding for entrant in found.entrants)


def cost_rows(entrant: Entrant, *, decodes: bool) -> list[Row]:
    """Training, memory, forward and perhaps decoding for each length measured."""
    cost = entrant.cost
    if cost is None:
        return []
    columns = [(cost.training, brief), (cost.memory, byte_size), (cost.forward, brief)]
    columns += [(cost.decoding, brief)] if decodes else []
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
