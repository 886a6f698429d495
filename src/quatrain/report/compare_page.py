"""compare.html: which model, at what cost, with what certainty; drawn from compare.json alone."""

from __future__ import annotations

import shlex
from pathlib import Path

from quatrain.report import compare_facts as facts
from quatrain.report import compare_measures as measures
from quatrain.report.commands import PROMPT, Step
from quatrain.report.compare_figures import draw_by_length, draw_costs, draw_learning, draw_values, styles_of
from quatrain.report.compare_folder import Comparison, Entrant, read_comparison
from quatrain.report.faces.masked import PROMPT as HIDDEN
from quatrain.report.folder import write_page
from quatrain.report.page import PAGES
from quatrain.report.quantities import count, duration, interval, short

USES = {
    "text": ("Write with", f"quatrain generate {{}} {shlex.quote(PROMPT)}"),
    "pairs": ("Translate with", "quatrain translate {} FILE"),
    "classify": ("Tell classes with", "quatrain predict {} FILE"),
    "tag": ("Tag words with", "quatrain predict {} FILE"),
    "masked": ("Fill hidden places with", f"echo {shlex.quote(HIDDEN)} | quatrain predict {{}}"),
    "forecast": ("Tell what comes after a table with", "quatrain predict {} TABLE"),
}
"""By the kind of the data, what its models are of use for: a purpose, and a command with a place for the run."""


def write_compare_report(folder: Path) -> Path:
    """Draw `compare.html` from the `compare.json` of a folder, and return its path.

    The page holds its style and its charts, loads nothing, and runs no script. Equal folders give equal pages.

    Raises:
        RunError: compare.json is missing or damaged, or the page cannot be written.
    """
    found = read_comparison(folder)
    measure = measures.Measure.of(found)
    outcome, headline = facts.headline(found)
    page = PAGES.get_template("compare.html").render(
        found=found,
        facts=facts,
        measures=measures,
        measure=measure,
        outcome=outcome,
        headline=headline,
        title=_title(found),
        summary=_summary(found),
        styles=styles_of(found),
        values=draw_values(found, measure),
        by_length=draw_by_length(found),
        learning=draw_learning(found),
        costs=draw_costs(found),
        crossings=[facts.crossing(crossover, found) for crossover in found.crossovers],
        lengths=facts.state_lengths(found),
        writes=facts.writes(found),
        decodes=facts.decodes(found),
        has_costs=facts.has_costs(found),
        steps=next_steps(found, str(folder)),
        count=count,
        interval=interval,
        short=short,
    )
    return write_page(folder / "compare.html", page)


def next_steps(found: Comparison, place: str) -> list[Step]:
    """What to type next.

    Args:
        place: path of the folder as the reader would type it.
    """
    steps = [Step("The same comparison again", found.command)] if found.command else []
    run = _first_run(found.ranked) if found.data.kind in USES else None
    if run:
        word, path = run[0], shlex.quote(f"{place}/{run[1]}")
        purpose, code = USES[found.data.kind]
        steps.append(Step(f"{purpose} {word}", code.format(path)))
        steps.append(Step(f"Score {word} again", f"quatrain evaluate {path}"))
    return steps


def _first_run(ranked: list[Entrant]) -> tuple[str, str] | None:
    """(word, folder) of the first run, from the top of the ranking, that has a folder."""
    runs = ((entrant.word, seed.folder) for entrant in ranked for seed in entrant.runs)
    return next(((word, folder) for word, folder in runs if folder), None)


def _title(found: Comparison) -> str:
    n_models = len(found.entrants)
    return f"{n_models} model{'s' if n_models > 1 else ''} on {found.data.name}"


def _summary(found: Comparison) -> str:
    """The comparison in one line: how many trainings, how long, by what."""
    n_seeds = len(found.seeds)
    parts = [f"{n_seeds} seed{'s' if n_seeds != 1 else ''}"]
    if found.seconds is not None:
        parts.append(duration(found.seconds))
    if found.quatrain:
        parts.append(f"quatrain {found.quatrain}")
    return " · ".join(parts)
