"""`quatrain evaluate RUN [DATA]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format
from quatrain.errors import ConfigError


def run(
    run: Path,
    data: str | None = None,
    *,
    part: str = "val",
    context: int | None = None,
    stride: int | None = None,
    beam_size: int | None = None,
    length_penalty: float | None = None,
    lowercase: Annotated[bool, Parameter(negative="")] = False,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    device: str = "auto",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Score a trained model on a whole part of its data, with 95 % intervals.

    A language model by nats per token, perplexity and bits per byte, every token scored once; a translation by BLEU
    and chrF, as sacrebleu counts them; a classifier by accuracy, F1 and calibration; a tagger by the F1 of entities; a
    forecaster by squared and absolute errors, beside what needs no training.

    Parameters
    ----------
    run
        A run folder.
    data
        Other data of the same sort to score; the data of the run if not given.
    part
        train, val or test of the run's data; where there are several test parts, their names.
    context
        Tokens in a window; what the model accepts if not given.
    stride
        Tokens a window advances, half the context if not given: each target but the first window's has at
        least context - stride tokens before it.
    beam_size
        Of a translation: targets kept side by side, 5 if not given.
    length_penalty
        Of a translation: how much longer targets are favoured, 0.6 if not given.
    lowercase
        Of a translation: compare in lower case, to set the score beside those published so.
    set_
        One setting of how DATA is read, such as data.encoding=latin-1; may be given many times.
    device
        auto, cpu, cuda or mps.
    json
        Print the result as one JSON object on stdout.
    """
    from quatrain import api

    if set_ and data is None:
        raise ConfigError(
            f"--set {set_[0]}: says how DATA is read, and none is given. Name it, or leave out --set: the data of the "
            "run is read as it was."
        )
    opened = api.open_run(run, device=device)
    said = {
        "context": context, "stride": stride, "beam_size": beam_size, "length_penalty": length_penalty,
        "lowercase": lowercase or None,
    }  # fmt: skip
    how = {name: value for name, value in said.items() if value is not None}
    opened.check_scoring(how)
    result = opened.evaluate(data, part=part, settings=set_, **how)
    if json:
        _format.print_json(result)
    else:
        print("\n".join([*opened.score_lines(result), *opened.seen_lines(result)]))
    return 0
