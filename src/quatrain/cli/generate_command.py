"""`quatrain generate RUN [PROMPT]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format
from quatrain.generate import SamplingConfig


def run(
    run: Path,
    prompt: str | None = None,
    *,
    sampling: Annotated[SamplingConfig | None, Parameter(name="*")] = None,
    logprobs: Annotated[bool, Parameter(negative="")] = False,
    device: str = "auto",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Write text with a trained model; one text streams to the terminal as it is made.

    Parameters
    ----------
    run
        A run folder.
    prompt
        What the text begins with; `-` reads it from stdin; nothing starts a new document.
    logprobs
        Print every token of prompt and text with its log-probability (nats) instead of the text.
    device
        auto, cpu, cuda or mps.
    json
        Print text, tokens and log-probabilities as one JSON object.
    """
    from quatrain import api

    sampling = sampling or SamplingConfig()
    opened = api.open_language(run, device=device)
    text = sys.stdin.read() if prompt == "-" else prompt or ""
    if json:
        _format.print_json(opened.generate_json(text, sampling, started=_format.STARTED))
    elif logprobs:
        for line in opened.logprob_lines(text, sampling):
            print(line)
    elif sampling.n == 1 and sampling.beam_size == 1:
        pieces = opened.stream(text, sampling, say=_format.say)
        print(text + next(pieces, ""), end="", flush=True)
        for piece in pieces:
            print(piece, end="", flush=True)
        print()
    else:
        for number, generation in enumerate(opened.generations(text, sampling), 1):
            print(f"--- {number}\n{text}{generation.text}")
    return 0
