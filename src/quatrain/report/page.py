"""report.html: one file that needs nothing else, on a screen, a phone or paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quatrain.report.commands import next_steps
from quatrain.report.curves import draw_curves
from quatrain.report.faces import read_run
from quatrain.report.facts import cost_rows, judged_by, model_rows
from quatrain.report.folder import RunFacts, write_page
from quatrain.report.quantities import count, decimal, duration, rough_count
from quatrain.report.rendering import environment
from quatrain.report.samples import choose_drafts, legend
from quatrain.report.text import html_value

PAGES = environment(finalize=html_value, autoescape=True)


def write_report(folder: Path) -> Path:
    """Draw `report.html` from the files of a run folder, and return its path.

    The page holds its style and its charts, loads nothing, and runs no script. Equal folders give equal pages.

    Raises:
        RunError: the folder is not a run, a file in it is damaged, or the page cannot be written.
    """
    face, run = read_run(folder)
    result = run.result
    page = PAGES.get_template("report.html").render(
        face=face,
        run=run,
        result=result,
        summary=_summary(run),
        verdict=face.verdict(run),
        scores=face.scores(run, result) if result else None,
        figures=draw_curves(run, face.levels(result) if result else [], face.unit, face.measure),
        samples=face.samples(run),
        legend=legend(),
        drafts=choose_drafts(run.drafts),
        data_rows=face.data_rows(run, result) if result else [],
        cost_rows=cost_rows(result, face.unit) if result else [],
        model_rows=model_rows(run),
        steps=next_steps(run, str(folder), face.steps(run, str(folder))),
        count=count,
        decimal=decimal,
        judged_by=judged_by,
        duration=duration,
    )
    return write_page(folder / "report.html", page)


def _summary(run: RunFacts[Any, Any]) -> str:
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
