"""`quatrain predict RUN [FILES|-]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(
    run: Path,
    *files: str,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    device: str = "auto",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Answer about examples with a trained model: classes with probabilities, tags, hidden words, values to come.

    An answer out for every example in, in the same order. One that cannot be read is reported on stderr, and the exit
    code is then 1. How many texts lost their ends, being longer than the model reads, is said there, too.

    Parameters
    ----------
    run
        A run folder that `quatrain train` wrote for labelled text, pictures or windows of series, for
        tags, a series, or hidden words of a text (--task masked); or an imported encoder, which gives vectors.
    files
        What the run was trained on the like of: text, an example a line (of a masked run with [MASK] where a word is
        hidden); a table; a folder of texts or pictures; a window a row; a CSV of numbers. `-`, or nothing, reads stdin.
    set_
        One setting of how FILES are read, such as data.text_column=body or data.encoding=latin-1, of a series
        data.missing=last; may be given many times.
    device
        auto, cpu, cuda or mps.
    json
        Print a JSON object for every example, in order.
    """
    from quatrain import api

    opened = api.open_run(run, device=device)
    opened.check_predicting(("set",) if set_ else ())
    options = {"settings": set_} if set_ else {}
    n_failed = n_cut = 0
    for number, answer in enumerate(opened.predictions(files or ("-",), **options), 1):
        if answer.failed:
            n_failed += 1
            print(f"example {number}: {answer}", file=sys.stderr, flush=True)
        told = answer.to_dict()
        n_cut += bool(told.get("is_cut"))
        if json:
            _format.print_json(told)
        elif not answer.failed:
            print(answer, flush=True)
    if n_cut:
        cut = "1 example lost its end" if n_cut == 1 else f"{n_cut:,} examples lost their ends"
        print(f"{cut}: more tokens than the model reads.", file=sys.stderr, flush=True)
    return 1 if n_failed else 0
