"""From a request to a finished run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from quatrain import __version__
from quatrain.api._words import Say, silent, to_stderr
from quatrain.api.opening import RUNS
from quatrain.api.places import free_place, last_place, name_of, path_of
from quatrain.api.run import Run
from quatrain.api.starting import with_run
from quatrain.config import merge, override, read_toml
from quatrain.data import Task, open_data
from quatrain.errors import ConfigError, DataError, RunError
from quatrain.report import write_model_card, write_report
from quatrain.runs import RunFolder, write_atomically
from quatrain.training import Interrupted, Request, TrainConfig, data_config, fit, otherwise, refuse_early
from quatrain.training import plan as plan_recipe
from quatrain.training.checkpoint import TrainState
from quatrain.training.hooks import MetricsLog, Progress, Samples, TensorBoardLog
from quatrain.training.learnable import Data
from quatrain.training.loop import Hook
from quatrain.training.lr_range import range_test


def train(
    data: str | Path,
    target: str | Path | None = None,
    *,
    task: str | None = None,
    model: str | None = None,
    size: str | None = None,
    out: str | Path | None = None,
    seconds: float | None = None,
    steps: int | None = None,
    start: str | Path | None = None,
    tune: str | None = None,
    recipe: str | Path | None = None,
    settings: Sequence[str] = (),
    resume: bool = False,
    seed: int | None = None,
    device: str | None = None,
    show_progress: bool = True,
) -> Run:
    """Train a model on one's own data: text, parallel text, labelled texts or pictures, tagged words, series.

    Args:
        data: a path, or the name of embedded data.
        target: the other side of a parallel text, where each side is a file.
        task: language, masked, translate, classify, tag or forecast; None: what the data looks like.
        model: any word for a model of the task, such as llama, lstm, hyena+transformer or ngram; None: its default.
        size: auto (None), tiny, small, medium or large.
        out: the run folder; None: runs/NAME.
        seconds: time for the whole run; 120 if neither this nor `steps` is given.
        steps: updates of the weights, instead of a time.
        start: a run folder, or a Hugging Face model folder, whose model is started from; None: a random start.
        tune: what learns after such a start: full (None), frozen or lora.
        recipe: a recipe.toml whose settings win over derived ones.
        settings: dotted settings such as `optim.lr=3e-4`, which win over everything.
        resume: go on with the run in `out`.
        seed: decides the start weights, the order of the data and the dropout.
        device: auto (None), cpu, cuda or mps.
        show_progress: on stderr.

    Raises:
        QuatrainError: says what was wrong and what to do.
    """
    request = Request(
        data=path_of(data), target=None if target is None else path_of(target), task=task,
        model=model, size=size, seconds=seconds, steps=steps, start=None if start is None else str(start), tune=tune,
        recipe=Path(recipe) if recipe else None, settings=tuple(settings), seed=seed, device=device,
    )  # fmt: skip
    say = to_stderr if show_progress else silent
    return train_request(
        request,
        out=Path(out) if out else None,
        resume=resume,
        started=time.perf_counter(),
        say=say,
        show_progress=show_progress,
    )


def train_request(
    request: Request, *, out: Path | None, resume: bool, started: float, say: Say, show_progress: bool
) -> Run:
    """`train`, from a request; `started` is when the clock of its time budget began."""
    if resume:
        folder = RunFolder.open(out or last_place(name_of(request.data)))
        config = _resumed_config(folder, request)
        asked = _files(config)
        data = open_data(type(asked).from_dict(folder.with_own_vocabulary(asked.to_dict())), say=say)
    else:
        with with_run(request, say) as request:
            asked = data_config(request)
            folder = _new_folder(out, asked.path)
            data = _opened(request, asked, say)
            config = plan_recipe(request, data, asked)
            refuse_early(config, data)
            _start_folder(folder, config, data)
    for sentence in (f"{data.name}: {data.split}", data.left_out(config.train.seq_len)):
        if sentence:
            say(sentence)
    progress = Progress() if show_progress else None

    kind = RUNS[config.task]
    write = kind.drafter(data, config.train.seed)

    def hooks(state: TrainState) -> list[Hook]:
        log = MetricsLog(folder, state.step)
        show = (lambda text: progress.say(_indented(text))) if progress else silent
        listeners: list[Hook] = [log, Samples(write, config.train.n_samples, log, show, state.progress)]
        board = TensorBoardLog.if_installed(folder.path / "tensorboard")
        return [*([progress] if progress else []), *listeners, *([board] if board else [])]

    if folder.result_path.exists():
        say(f"{folder.path}: this training has ended. To train longer, leave out --resume: that starts another run.")
    else:
        try:
            fit(
                config, data, folder,
                resume=resume,
                spent=time.perf_counter() - started,
                hooks=hooks,
                say=progress.say if progress else say,
            )  # fmt: skip
        except KeyboardInterrupt:
            raise Interrupted(
                f"Stopped; nothing that was saved is lost.\ngo on:   quatrain train --resume --out {folder.typed}"
            ) from None
    run = kind(folder, config.train.device)
    run.write_samples(data, config.train.seed)
    write_report(folder.path)
    write_model_card(folder.path)
    return run


def plan(request: Request, say: Say = silent) -> TrainConfig:
    """The complete recipe a request leads to; the data is read, nothing is trained."""
    with with_run(request, say) as request:
        return planned(request, say)[0]


def lr_range(request: Request, say: Say = silent) -> str:
    """A learning-rate range test as a small table with a verdict."""
    with with_run(request, say) as request:
        return str(range_test(*planned(request, say)))


def planned(request: Request, say: Say) -> tuple[TrainConfig, Data]:
    """The complete recipe a request leads to, and its data."""
    asked = data_config(request)
    data = _opened(request, asked, say)
    return plan_recipe(request, data, asked), data


def _opened(request: Request, asked: Any, say: Say) -> Any:
    """The data; an error says what to type if it is meant for another task.

    Raises:
        DataError: it cannot be read, or there is too little of it.
    """
    try:
        return open_data(asked, say=say)
    except DataError as error:
        advice = otherwise(request, asked)
        raise (DataError(f"{error} {advice}") if advice else error) from None


def _new_folder(out: Path | None, data: str) -> RunFolder:
    if out is not None:
        if (out / "config.json").exists():
            raise RunError(
                f"{out}: a run is already there. Add --resume to go on with it, or name another folder with --out."
            )
        return RunFolder(out)
    return RunFolder(free_place(name_of(data)))


def _start_folder(folder: RunFolder, config: TrainConfig, data: Data) -> None:
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder.path}: cannot be made: {error}. Name another folder with --out.") from None
    write_atomically(folder.recipe_path, lambda path: path.write_text(config.to_toml(), encoding="utf-8"))
    end = folder.write_tokenizers(data.tokenizer_files())
    folder.write_config(config.model, __version__, end, config.task)  # last: a folder with it can be resumed


def _resumed_config(folder: RunFolder, request: Request) -> TrainConfig:
    """The run's own recipe. Another time may be asked for, and the same data by another path; nothing else.

    Raises:
        ConfigError: what is asked for is another recipe than the run's.
    """
    config = TrainConfig.from_dict(read_toml(folder.recipe_path))
    if request.seconds is not None and config.train.steps is None:
        config = override(config, [f"train.seconds={request.seconds}"])
    if request.data is not None:
        config = config.replace(data=_files(config).replace(path=request.data))
    values = merge(config.to_dict(), read_toml(request.recipe)) if request.recipe else config.to_dict()
    steps = [f"train.steps={request.steps}"] if request.steps is not None else []
    if override(TrainConfig.from_dict(values), [*request.settings, *steps]) != config:
        raise ConfigError(
            f"--resume: {folder.path} was started with other settings, and a run keeps its recipe to the end. Leave "
            "out --set, --recipe and --steps to go on with it, or leave out --resume and name another folder with "
            "--out."
        )
    return config


def _files(config: TrainConfig) -> Any:
    """The data of a recipe, which lies somewhere."""
    if isinstance(config.data, Task):
        raise ConfigError("this recipe trains on a task of a comparison. Go on with: quatrain compare --resume.")
    return config.data


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())
