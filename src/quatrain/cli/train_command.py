"""`quatrain train DATA`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from quatrain.cli import _format


def run(
    data: str | None = None,
    target: str | None = None,
    *,
    task: str | None = None,
    model: str | None = None,
    size: str | None = None,
    out: Path | None = None,
    for_: Annotated[str | None, Parameter(name="--for", allow_leading_hyphen=True)] = None,
    steps: int | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    tune: str | None = None,
    recipe: Path | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    resume: Annotated[bool, Parameter(negative="")] = False,
    seed: int | None = None,
    device: str | None = None,
    lr_range: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    quiet: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Train a model on your data and write a run folder: weights, scores, a baseline, a report.

    Parameters
    ----------
    data
        Text: a file, a folder, an archive, or `python` (text every Python installation carries). Parallel text: a table
        of two columns, a folder of train.en, train.de, ..., or `dates`. Labels: a table with a column of text and one
        of labels. Pictures: a folder for each class, idx or .npz files, or `digits`. Windows of series: files of the
        UCR and UEA archives, or a table of time, numbers and labels. Tags: CoNLL or .jsonl. A series: a table of
        numbers with a column of time.
    target
        The other side of a parallel text, where each side is a file: line n of DATA pairs with line n of it.
    task
        What the model learns: language (the next token), masked (hidden tokens of a text), translate (a target from
        its source), classify (a class each), tag (a tag for each word) or forecast (values to come); if not given,
        what the data looks like.
    model
        A word of the task (for text modern, if not given, gpt2, llama, qwen3, ngram, dan or bengio; docs/words.md has
        all), or what mixes in blocks: transformer, window, rnn, lstm, gru, conv, hyena, pool, linear, delta, mlp, or
        several joined by +, such as hyena+hyena+transformer.
    size
        auto (if not given), tiny, small, medium or large: with the data and the time it gives width, depth, batch.
    out
        The run folder; runs/NAME if not given.
    for_
        Time for the whole run, at least half of it for updates: 90s, 2m, 1h30m. 2m if neither this nor --steps is
        given.
    steps
        Updates of the weights, instead of a time.
    from_
        A run folder, or a Hugging Face model folder, whose model is started from instead of at random.
    tune
        What learns after such a start: full (if not given), frozen (new weights only) or lora (those, and changes of
        low rank of the others).
    recipe
        A recipe.toml; what it says wins over what would be derived.
    set_
        One setting, such as optim.lr=3e-4 or data.tokenizer.name=bpe; may be given many times.
    resume
        Go on with the run in --out exactly where it was saved.
    seed
        Decides the start weights, the order of the data and the dropout; 0 if not given.
    device
        auto (if not given), cpu, cuda or mps.
    lr_range
        Only run a learning-rate range test and print what it found.
    dry_run
        Only print the recipe that would be run.
    quiet
        No progress.
    json
        Print the result as one JSON object on stdout.
    """
    from quatrain import api
    from quatrain.training import Request

    request = Request(
        data=data,
        target=target,
        task=task,
        model=model,
        size=size,
        seconds=_format.seconds(for_) if for_ else None,
        steps=steps,
        start=from_,
        tune=tune,
        recipe=recipe,
        settings=set_,
        seed=seed,
        device=device,
    )
    say = _format.silent if quiet else _format.say
    if dry_run:
        print(api.plan(request, say=say).to_toml(), end="")
        return 0
    if lr_range:
        print(api.lr_range(request, say=say))
        return 0
    done = api.train_request(request, out=out, resume=resume, started=_format.STARTED, say=say, show_progress=not quiet)
    if json:
        _format.print_json(done.result())
    else:
        print(done.summary())
    return 0
