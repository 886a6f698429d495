"""`quatrain compare DATA_OR_TASK [TARGET]`."""

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
    models: str | None = None,
    budget: str | None = None,
    seeds: int | None = None,
    size: str | None = None,
    steps: int | None = None,
    rates: str | None = None,
    out: Path | None = None,
    set_: Annotated[tuple[str, ...], Parameter(name="--set", negative="")] = (),
    resume: Annotated[bool, Parameter(negative="")] = False,
    jobs: int | None = None,
    tasks: Annotated[bool, Parameter(negative="")] = False,
    quiet: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Train several architectures on your data at the same budget, and say which is better, and how sure that is.

    Parameters
    ----------
    data
        What train reads: a file, a folder, an archive, `python`, `dates`, `digits`; or a task with known answers (see
        --tasks).
    target
        The other side of a parallel text, where each side is a file of its own.
    task
        language, translate, classify, tag, masked (never guessed), forecast, or answers (of a task with known ones);
        what the data looks like if not given.
    models
        Words joined by commas: transformer, window, lstm, gru, rnn, conv, pool, hyena, linear, delta, mlp; of a text
        dan, bengio, ngram and the presets of train, too; of parallel text translator, transformer-base,
        lstm-attention, lstm-bottleneck, ...; of classes of texts dan; of pictures convnet, vit, mlp-mixer; of tags
        tagger; of hidden words encoder, bert; of a series dlinear, nlinear, patch. Hybrids joined by +, such as
        hyena+hyena+transformer; settings of its own behind colons, such as transformer:mixer.position=alibi or
        hyena:n_layers=1. The usual ones if not given. Of classes, tags, hidden words and forecasts a baseline, which
        is counted and not trained, stands beside them always.
    budget
        What is equal, for each model and seed: time=5m (at equal parameters), params=250k (at equal updates) or
        flops=1e14 (operations of training, at equal operations a token). The search of the rate is part of it. Two
        minutes if not given.
    seeds
        Trainings a model, each with another start and another order of the data; 3 if not given.
    size
        auto, tiny, small, medium or large: the layers of all models, and their size where the budget does not say it.
    steps
        Updates a training, where the budget is one of parameters; 1000 if not given.
    rates
        Learning rates to try, as factors of the recipe's, joined by commas; a single one is taken untried. 0.3,1,3 if
        not given.
    out
        The folder; runs/compare-NAME if not given.
    set_
        One setting of every training or of the data, such as train.seq_len=256; may be given many times.
    resume
        Go on with a comparison that was stopped: the last one, or the one in --out.
    jobs
        Trainings side by side; as many as there are cores if not given.
    tasks
        Only list the tasks with known answers.
    quiet
        No progress.
    json
        Print the result as one JSON object on stdout.
    """
    from quatrain import api

    if tasks:
        print(api.list_tasks())
        return 0
    compared = api.compare(
        data,
        target,
        task=task,
        models=models.split(",") if models is not None else None,
        budget=budget,
        seeds=seeds,
        size=size,
        steps=steps,
        rates=_format.numbers(rates, "--rates") if rates is not None else None,
        out=out,
        settings=set_,
        resume=resume,
        jobs=jobs,
        show_progress=not quiet,
    )
    if json:
        _format.print_json({"run": str(compared.folder), "task": compared.result["data"]["kind"], **compared.result})
    else:
        print(compared.summary())
    return 0 if compared.ranking else 1
