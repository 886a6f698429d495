"""`quatrain evaluate RUN [DATA]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(
    run: Path,
    data: str | None = None,
    *,
    part: str = "val",
    context: int | None = None,
    stride: int | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    device: str = "auto",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Score every token of a part once: nats per token, perplexity, bits per byte, with 95 % intervals.

    Parameters
    ----------
    run
        A run folder.
    data
        Other text to score; the data of the run if not given.
    part
        train, val or test of the run's data.
    context
        Tokens in a window; what the model accepts if not given.
    stride
        Tokens a window advances, half the context if not given: each target but the first window's has at
        least context - stride tokens before it.
    set_
        One setting of how DATA is read, such as data.encoding=latin-1; may be given many times.
    device
        auto, cpu, cuda or mps.
    json
        Print the result as one JSON object on stdout.
    """
    from quatrain import api

    opened = api.open_run(run, device=device)
    how = {name: value for name, value in (("context", context), ("stride", stride)) if value is not None}
    opened.check_scoring(how)
    result = opened.evaluate(data, part=part, settings=set_, **how)
    if json:
        _format.print_json(result)
    else:
        print(api.score_line(result))
        if baseline := result["baseline"]:
            print(f"beside it, the {baseline['name']}: {baseline['loss']:.4f} nats per token")
    return 0
