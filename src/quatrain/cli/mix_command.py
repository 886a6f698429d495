"""`quatrain mix RUN RUN --out OUT`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(*runs: Path, out: Path, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Make one run of several: the mean of what they hold probable. Often better than each, at the sum of their cost.

    Parameters
    ----------
    runs
        At least two run folders with the same tokenizer, such as a Transformer and an n-gram of the same text.
    out
        The run folder to write.
    json
        Print the outcome as one JSON object on stdout.
    """
    from quatrain import api

    mixed = api.mix_runs(runs, out)
    if json:
        _format.print_json({"run": str(out), "task": "language", "members": [str(run) for run in runs]})
    else:
        print(f"{mixed.folder.path} holds the mixture. Try: quatrain evaluate {mixed.folder.typed}")
    return 0
