"""report.html: one file that needs nothing else, on a screen, a phone or paper."""

from __future__ import annotations

import math
from pathlib import Path

from markupsafe import Markup

from quatrain.report.charts import interval_chart
from quatrain.report.commands import next_steps
from quatrain.report.curves import draw_curves
from quatrain.report.facts import (
    context_in_words,
    cost_rows,
    data_rows,
    difference_in_words,
    model_rows,
    score_columns,
    score_rows,
)
from quatrain.report.folder import Result, RunFacts, Score, read_folder, write_page
from quatrain.report.quantities import count, decimal, duration, rough_count
from quatrain.report.rendering import environment
from quatrain.report.samples import choose_drafts, legend, view_sample
from quatrain.report.text import html_value
from quatrain.report.verdict import judge

PAGES = environment(finalize=html_value, autoescape=True)


def write_report(folder: Path) -> Path:
    """Draw `report.html` from the files of a run folder, and return its path.

    The page holds its style and its charts, loads nothing, and runs no script. Equal folders give equal pages.

    Raises:
        RunError: the folder is not a run, a file in it is damaged, or the page cannot be written.
    """
    run = read_folder(folder)
    page = PAGES.get_template("report.html").render(
        run=run,
        result=run.result,
        summary=_summary(run),
        verdict=judge(run),
        score_columns=score_columns(run.result) if run.result else [],
        score_rows=score_rows(run.result) if run.result else [],
        intervals=_intervals(run.result) if run.result else None,
        score_notes=_score_notes(run.result) if run.result else [],
        figures=draw_curves(run),
        samples=[view_sample(sample) for sample in run.samples],
        legend=legend(),
        drafts=choose_drafts(run.drafts),
        data_rows=data_rows(run.result) if run.result else [],
        cost_rows=cost_rows(run.result) if run.result else [],
        model_rows=model_rows(run),
        steps=next_steps(run, str(folder)),
        count=count,
        decimal=decimal,
        duration=duration,
    )
    return write_page(folder / "report.html", page)


def _summary(run: RunFacts) -> str:
    """The run in one line: kind, size, time, data."""
    parts = [run.kind]
    if run.result:
        if run.result.n_parameters is not None:
            parts.append(f"{rough_count(run.result.n_parameters)} parameters")
        if run.result.seconds is not None:
            parts.append(duration(run.result.seconds))
        if run.result.data.name is not None:
            parts.append(run.result.data.name)
    if run.quatrain:
        parts.append(f"quatrain {run.quatrain}")
    return " · ".join(parts)


def _intervals(result: Result) -> Markup | None:
    """The losses with their intervals over one axis; None unless both are known and finite."""
    scores: list[tuple[str, str, Score]] = [("this model", "train", result)]
    if result.baseline:
        scores.append((result.baseline.name, "level", result.baseline))
    rows = [
        (name, style, score.loss, score.interval)
        for name, style, score in scores
        if score.loss is not None and score.interval and all(map(math.isfinite, (score.loss, *score.interval)))
    ]
    if len(rows) < 2:
        return None
    return interval_chart(rows, description="Losses with their 95 % intervals; the numbers are in the table.")


def _score_notes(result: Result) -> list[str]:
    return [note for note in (difference_in_words(result), context_in_words(result)) if note]
