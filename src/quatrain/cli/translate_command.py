"""`quatrain translate RUN [FILE|-]`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format
from quatrain.generate import TranslationConfig, Untranslatable


def run(
    run: Path,
    file: str = "-",
    *,
    decoding: Annotated[TranslationConfig | None, Parameter(name="*")] = None,
    align: Annotated[bool, Parameter(negative="")] = False,
    device: str = "auto",
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Translate a text, line by line: a line out for every line in, in the same order.

    With --n the n best stand on one line, joined by tabs. A line that cannot be translated is reported on stderr and
    left empty; the exit code is then 1.

    Parameters
    ----------
    run
        A run folder that `quatrain train` wrote for parallel text.
    file
        A file of text, a sentence a line; `-`, or nothing, reads stdin.
    align
        With --json, what each token of the translation reads of its source.
    device
        auto, cpu, cuda or mps.
    json
        Print a JSON object for every line, in order: source, text, tokens, logprobs, score, and the n best.
    """
    from quatrain import api
    from quatrain.data import read_lines

    opened = api.open_translation(run, device=device)
    at_once = 1 if file == "-" and sys.stdin.isatty() else api.AT_ONCE
    answers = opened.translated_lines(read_lines(file), decoding or TranslationConfig(), at_once)
    n_failed = 0
    for number, (line, answer) in enumerate(answers, 1):
        if isinstance(answer, Untranslatable):
            n_failed += 1
            print(f"line {number}: not translated: {answer.reason}", file=sys.stderr, flush=True)
        if json:
            _format.print_json(opened.line_json(line, answer, align=align))
        else:
            texts = [] if isinstance(answer, Untranslatable) else [target.text for target in answer]
            print("\t".join(" ".join(text.split("\n")) for text in texts), flush=True)
    return 1 if n_failed else 0
