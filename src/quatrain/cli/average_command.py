"""`quatrain average RUN --out OUT`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(run: Path, *, out: Path, last: int | None = None, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Make a run of the last checkpoints of a run: the mean of their weights. Often a little better than each.

    Parameters
    ----------
    run
        A run folder; it keeps as many checkpoints as train.keep_checkpoints says.
    out
        The run folder to write.
    last
        How many checkpoints, the newest ones; all that are kept, 5 at most, if not given.
    json
        Print the outcome as one JSON object on stdout.
    """
    from quatrain import api

    n = api.how_many(run, last)
    averaged = api.average_checkpoints(run, out, n)
    if json:
        _format.print_json({"run": str(out), "task": averaged.task, "of": str(run), "last": n})
    else:
        print(f"{out} holds the average of the last {n} checkpoints. Try: quatrain evaluate {averaged.folder.typed}")
    return 0
