"""`quatrain export RUN --to hf`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(run: Path, *, out: Path, to: str = "hf", json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Write a run as a Hugging Face folder, reload it with transformers, and compare before saying so.

    Parameters
    ----------
    run
        A run folder.
    out
        The folder to write.
    to
        hf: a folder that transformers opens: AutoModelForCausalLM, AutoModelForSeq2SeqLM for a translator,
        AutoModelForSequenceClassification for a classifier, ...; the last line says with what.
    json
        Print the outcome as one JSON object on stdout.
    """
    from quatrain import api, interop

    outcome = api.export_run(run, out, to=to, say=_format.say)
    if json:
        _format.print_json(outcome)
    else:
        auto_class = interop.FAMILIES[outcome["architecture"]].kind.auto_class
        print(f"{out} opens with {auto_class}.from_pretrained({str(out)!r}).")
    return 0
