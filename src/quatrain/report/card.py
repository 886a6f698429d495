"""README.md: the model card, with the front matter that model hubs read."""

from __future__ import annotations

import json
from pathlib import Path

from markupsafe import Markup

from quatrain.report.commands import next_steps
from quatrain.report.faces import read_run
from quatrain.report.facts import Table, cost_rows, judged_by, model_rows
from quatrain.report.folder import write_page
from quatrain.report.quantities import count
from quatrain.report.rendering import environment
from quatrain.report.text import fenced, markdown_value, visible

CARDS = environment(finalize=markdown_value, autoescape=False)


def write_model_card(folder: Path) -> Path:
    """Write `README.md` from the files of a run folder, and return its path.

    Raises:
        RunError: the folder is not a run, a file in it is damaged, or the card cannot be written.
    """
    face, run = read_run(folder)
    result = run.result
    metrics = face.metrics(result) if result else {}
    card = CARDS.get_template("card.md").render(
        face=face,
        run=run,
        result=result,
        languages=face.languages(result) if result else (),
        metrics={part: measured for part, measured in metrics.items() if measured},
        quoted=_quoted,
        verdict=face.verdict(run),
        scores=face.scores(run, result) if result else None,
        data_rows=face.data_rows(run, result) if result else [],
        cost_rows=cost_rows(result, face.unit) if result else [],
        model_rows=model_rows(run),
        steps=next_steps(run, run.name, face.steps(run, run.name)),
        count=count,
        fenced=fenced,
        judged_by=judged_by,
        table=_table,
    )
    return write_page(folder / "README.md", card)


def _quoted(value: str | float) -> Markup:
    """A YAML scalar; JSON's are YAML's too."""
    return Markup(json.dumps(visible(value) if isinstance(value, str) else value, ensure_ascii=False))


def _table(table: Table) -> Markup:
    """A table in Markdown, numbers to the right."""
    lines = [
        (table.corner, *table.columns),
        ("---", *("---:" for _ in table.columns)),
        *((row.name, *row.values) for row in table.rows),
    ]
    cells = [[cell if place == 1 else markdown_value(cell) for cell in line] for place, line in enumerate(lines)]
    return Markup("\n".join(f"| {' | '.join(line)} |" for line in cells))
