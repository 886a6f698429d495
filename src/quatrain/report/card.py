"""README.md: the model card, with the front matter that model hubs read."""

from __future__ import annotations

import json
import math
from pathlib import Path

from markupsafe import Markup

from quatrain.report.commands import next_steps
from quatrain.report.facts import (
    context_in_words,
    cost_rows,
    data_rows,
    difference_in_words,
    model_rows,
    score_columns,
    score_rows,
)
from quatrain.report.folder import Result, read_folder, write_page
from quatrain.report.quantities import count
from quatrain.report.rendering import environment
from quatrain.report.text import fenced, markdown_value, visible
from quatrain.report.verdict import judge

CARDS = environment(finalize=markdown_value, autoescape=False)


def write_model_card(folder: Path) -> Path:
    """Write `README.md` from the files of a run folder, and return its path.

    Raises:
        RunError: the folder is not a run, a file in it is damaged, or the card cannot be written.
    """
    run = read_folder(folder)
    card = CARDS.get_template("card.md").render(
        run=run,
        result=run.result,
        metrics=_metrics(run.result) if run.result else [],
        quoted=_quoted,
        verdict=judge(run),
        score_columns=score_columns(run.result) if run.result else [],
        score_rows=score_rows(run.result) if run.result else [],
        difference=difference_in_words(run.result) if run.result else "",
        context=context_in_words(run.result) if run.result else "",
        data_rows=data_rows(run.result) if run.result else [],
        cost_rows=cost_rows(run.result) if run.result else [],
        model_rows=model_rows(run),
        steps=next_steps(run, run.name),
        count=count,
        fenced=fenced,
    )
    return write_page(folder / "README.md", card)


def _metrics(result: Result) -> list[tuple[str, str, float]]:
    """(type, name, value) of what was measured, as a hub lists it."""
    measured = [
        ("loss", "Loss (nats per token)", result.loss),
        ("perplexity", "Perplexity", result.perplexity),
        ("bits_per_byte", "Bits per byte", result.bits_per_byte),
    ]
    return [(kind, name, value) for kind, name, value in measured if value is not None and math.isfinite(value)]


def _quoted(value: str | float) -> Markup:
    """A YAML scalar; JSON's are YAML's too."""
    return Markup(json.dumps(visible(value) if isinstance(value, str) else value, ensure_ascii=False))
