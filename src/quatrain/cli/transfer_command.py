"""`quatrain transfer DATA --from RUN`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(
    data: str,
    *,
    from_: Annotated[str, Parameter(name="--from")],
    labels: str = "100,1000,10000",
    seeds: int = 3,
    for_: Annotated[str | None, Parameter(name="--for", allow_leading_hyphen=True)] = None,
    steps: int | None = None,
    tune: str | None = None,
    task: str | None = None,
    model: str | None = None,
    size: str | None = None,
    out: Path | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    quiet: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Measure what pre-training is worth: the same labels learned from scratch and from a trained model.

    What is finished is not done again: the same command goes on with what was stopped.

    Parameters
    ----------
    data
        Labelled data, as `quatrain train` takes it.
    from_
        A run folder, or a Hugging Face model folder, that one half of the trainings starts from.
    labels
        Numbers of labels joined by commas; all there are is always tried, too.
    seeds
        Trainings of each sort; each draws labels of its own.
    for_
        Time of each training: 90s, 2m. 1m if neither this nor --steps is given.
    steps
        Updates of each training, instead of a time.
    tune
        What learns after the start: full (if not given), frozen or lora.
    task
        classify or tag, if the data does not show it.
    model
        The model from scratch, as for `quatrain train`.
    size
        Its size: auto, tiny, small, ...
    out
        The folder; runs/transfer-NAME if not given.
    set_
        One setting of every training; may be given many times.
    quiet
        No progress.
    json
        Print the result as one JSON object on stdout.
    """
    from quatrain import api

    done = api.transfer(
        data,
        from_,
        labels=_format.whole_numbers(labels, "--labels"),
        seeds=seeds,
        seconds=_format.seconds(for_) if for_ else None,
        steps=steps,
        tune=tune,
        task=task,
        model=model,
        size=size,
        out=out,
        settings=set_,
        show_progress=not quiet,
    )
    if json:
        _format.print_json({"run": str(done.folder), **done.result})
    else:
        print(done.summary())
    return 0
