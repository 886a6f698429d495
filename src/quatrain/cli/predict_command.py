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
    code is then 1.

    Parameters
    ----------
    run
        A run folder that `quatrain train` wrote for labelled text, pictures or windows of series, for
        tags, a series, or hidden words of a text (--task masked); or an imported encoder, which gives vectors.
    files
        What the run was trained on the like of: text, an example a line (of a masked run with [MASK] where a word is
        hidden); a table; pictures; a window a row; a CSV of numbers. `-`, or nothing, reads stdin.
    set_
        Of a series: one setting of how a table is read, such as data.missing=last; may be given many times.
    device
        auto, cpu, cuda or mps.
    json
        Print a JSON object for every example, in order.
    """
    from quatrain import api

    opened = api.open_run(run, device=device)
    opened.check_predicting(("set",) if set_ else ())
    options = {"settings": set_} if set_ else {}
    n_failed = 0
    for number, answer in enumerate(opened.predictions(files or ("-",), **options), 1):
        if answer.failed:
            n_failed += 1
            print(f"example {number}: {answer}", file=sys.stderr, flush=True)
        if json:
            _format.print_json(answer.to_dict())
        elif not answer.failed:
            print(answer, flush=True)
    return 1 if n_failed else 0
