"""What pre-training is worth: the same labels learned from scratch and from a trained model, fewer and more of them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from quatrain.api._words import Say, silent, to_stderr
from quatrain.api.opening import open_run
from quatrain.api.places import RUNS, name_of
from quatrain.api.starting import content_of, with_run
from quatrain.api.training import planned, train_request
from quatrain.comparison.worth import measured, spoken
from quatrain.errors import ConfigError
from quatrain.report import write_transfer_report
from quatrain.runs import write_json
from quatrain.training import Interrupted, Request, data_config, refuse_early
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.planning import task_of_request

__all__ = ["LABELS", "Transferred", "transfer"]

LABELS = (100, 1000, 10_000)
"""Numbers of labels that are tried, and all there are."""
FORMAT = 1
FEWEST = 2
"""Labels that a training needs, at least."""
ASKED = "asked.json"
"""What the trainings of a folder were asked for with, so that others do not come among them."""
PATHS = ("data", "start")
"""What of it names a place."""


@dataclass(frozen=True)
class _Training:
    """One of those that are measured."""

    name: str
    request: Request
    is_start: bool
    """Whether it begins with the trained model."""
    seed: int


@dataclass(frozen=True)
class Transferred:
    """A finished report."""

    folder: Path
    result: dict[str, Any]
    """The content of transfer.json."""

    @property
    def verdict(self) -> str:
        """A few plain sentences."""
        return str(self.result["verdict"])

    def summary(self) -> str:
        """A row for each number of labels, and where the page is."""
        rows = [
            f"{point['n_labels']:>8,} labels   from scratch {100 * point['scratch']['mean']:5.1f} %   "
            f"from the start {100 * point['start']['mean']:5.1f} %   {100 * point['gain']:+5.1f}   "
            f"counted {100 * point['counted']['mean']:5.1f} %"
            for point in self.result["points"]
        ]
        return "\n".join([*rows, "", self.verdict, "", f"page:  {self.folder / 'transfer.html'}"])


def transfer(
    data: str | Path,
    start: str | Path,
    *,
    labels: Sequence[int] = LABELS,
    seeds: int = 3,
    seconds: float | None = None,
    steps: int | None = None,
    tune: str | None = None,
    task: str | None = None,
    model: str | None = None,
    size: str | None = None,
    out: str | Path | None = None,
    settings: Sequence[str] = (),
    show_progress: bool = True,
) -> Transferred:
    """Train from scratch and from a trained model, with few labels and many, and write a page about it.

    Every training is a run folder of its own inside the report's, and one that is finished is not done again: the same
    call goes on with what was stopped. Each seed draws labels of its own, the same for both starts.

    Args:
        data: labelled data, as for `train`.
        start: a run folder, or a Hugging Face model folder.
        labels: how many labels are learned from; all there are is always tried, too.
        seeds: trainings of each sort.
        seconds: time of each training; 60 if neither this nor `steps` is given.
        steps: updates of each training, instead of a time.
        tune: what learns after the start: full (None), frozen or lora.
        model, size: of the models from scratch, as for `train`.
        out: the folder; None: runs/transfer-NAME.
        settings: dotted settings of every training.

    Raises:
        Interrupted: a signal came; everything is saved.
        QuatrainError: says what was wrong and what to do.
    """
    say = to_stderr if show_progress else silent
    _check(labels, seeds)
    scratch = Request(
        data=str(data), task=task, model=model, size=size, settings=tuple(settings),
        seconds=None if steps else seconds or 60.0, steps=steps,
    )  # fmt: skip
    folder = Path(out) if out else RUNS / f"transfer-{name_of(str(data))}"
    asked = {
        "data": str(data), "start": str(start), "tune": tune or "full", "task": task, "model": model, "size": size,
        "seconds": scratch.seconds, "steps": steps, "settings": list(settings),
    }  # fmt: skip
    measure = _measure(scratch)
    begun, tried = _prepared(folder, asked, scratch, labels, seeds, say)
    done = []
    for training in _trainings(scratch, begun, tried, seeds):
        result = _result(folder / training.name, training.request, say)
        done.append((training, int(result["data"]["n_labels"]), result))
        say(f"{training.name}: {spoken(measure)} {100 * result[measure]:.1f} %")
    worth = measured(
        {(n, training.is_start, training.seed): float(result[measure]) for training, n, result in done},
        {(n, training.seed): float(result["baseline"][measure]) for training, n, result in done},
        measure,
    )
    content = {
        "format": FORMAT,
        "data": str(data),
        "start": begun.start,
        "tune": asked["tune"],
        "measure": measure,
        "score": spoken(measure),
        "budget": f"{steps:,} updates each" if steps else f"{scratch.seconds:g} seconds each",
        "points": [point.to_dict() for point in worth.points],
        "verdict": worth.verdict,
        "runs": [
            {"run": t.name, "n_labels": n, "start": t.is_start, "seed": t.seed, measure: result[measure]}
            for t, n, result in done
        ],
        "seconds": sum(float(result["seconds"]) for _, _, result in done),
    }
    write_json(folder / "transfer.json", content)
    write_transfer_report(folder)
    return Transferred(folder, content)


def _check(labels: Sequence[int], seeds: int) -> None:
    if seeds < 1:
        raise ConfigError(f"--seeds {seeds}: at least one training of each sort is needed.")
    if few := [n for n in labels if n < FEWEST]:
        raise ConfigError(f"--labels {few[0]}: a model learns from {FEWEST} labels at least.")


def _prepared(
    folder: Path, asked: Mapping[str, Any], scratch: Request, labels: Sequence[int], seeds: int, say: Say
) -> tuple[Request, list[int | None]]:
    """The request that begins with the trained model, and the numbers of labels to try (None: all), once nothing is
    found that would stop a training; the folder then knows what it was asked for.

    Raises:
        QuatrainError: what would stop one; or the folder holds trainings that were asked for otherwise.
    """
    known = _known(folder, asked)
    config, data = planned(scratch, silent)
    refuse_early(config, data)
    if known and known["fingerprint"] != data.fingerprint:
        raise ConfigError(
            f"{folder}: the data has changed since the trainings here. Restore it, or name another folder with --out."
        )
    n_all = int(data.about()["n_labels"])
    tried: list[int | None] = [n for n in sorted({*labels}) if n < n_all]
    if len(tried) < len({*labels}):
        say(f"There are {n_all:,} labels in all; larger numbers are not tried.")
    tried.append(None)
    begun = replace(
        scratch, model=None, size=None, start=_start(known, asked), tune=asked["tune"],
        settings=(f"train.batch_size={config.train.batch_size}", *scratch.settings),
    )  # fmt: skip
    if all((folder / training.name / "config.json").exists() for training in _trainings(scratch, begun, tried, seeds)):
        return begun, tried  # what has begun goes on without its start
    with with_run(begun, say) as begun:
        refuse_early(*planned(begun, silent))
        folder.mkdir(parents=True, exist_ok=True)
        noted = {"run": begun.start, "fingerprint": data.fingerprint, "content": content_of(Path(asked["start"]))}
        write_json(folder / ASKED, {**asked, **noted, "places": {name: _place(asked[name]) for name in PATHS}})
    return begun, tried


def _start(known: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """The run to start from, as it was known before, if that is there still."""
    run = str(known.get("run", asked["start"]))
    return run if Path(run).exists() or not Path(asked["start"]).exists() else str(asked["start"])


def _known(folder: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What an earlier call with the same words noted in the folder; nothing where there was none.

    Raises:
        ConfigError: it asked for something else, or what it started from is another now, so that its trainings cannot
            be compared with those to come.
    """
    path = folder / ASKED
    if not path.exists():
        if (folder / "transfer.json").exists():
            raise ConfigError(f"{folder}: another report stands here. Name another folder with --out.")
        return {}
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    others = [f"{name} was {known.get(name)}" for name, value in asked.items() if not _is_same(known, name, value)]
    if others:
        raise ConfigError(
            f"{folder}: the trainings here were asked for otherwise: {'; '.join(others)}. Type the same again to go "
            "on with them, or name another folder with --out."
        )
    start = Path(asked["start"])
    if start.exists() and "content" in known and known["content"] != content_of(start):
        raise ConfigError(
            f"{folder}: what the trainings here started from, {start}, is another model now. Restore it, or name "
            "another folder with --out."
        )
    return known


def _is_same(known: Mapping[str, Any], name: str, value: Any) -> bool:
    """Whether a word is what it was; a path may be spelled otherwise."""
    was = known.get(name)
    if was == value or name not in PATHS or was is None:
        return bool(was == value)
    return bool(known.get("places", {}).get(name, _place(was)) == _place(value))


def _place(path: str) -> str:
    return str(Path(path).resolve())


def _trainings(scratch: Request, begun: Request, labels: Sequence[int | None], seeds: int) -> Iterator[_Training]:
    """From scratch and from the start with the same labels."""
    for n_labels, seed, is_start in product(labels, range(seeds), (False, True)):
        request = begun if is_start else scratch
        limited = () if n_labels is None else (f"data.n_labels={n_labels}", f"data.label_seed={seed}")
        name = f"{'start' if is_start else 'scratch'}-{'all' if n_labels is None else n_labels}-{seed}"
        request = replace(request, seed=seed, settings=(*request.settings, *limited))
        yield _Training(name, request, is_start, seed)


def _measure(request: Request) -> str:
    """The score of the task, which has to be one where labels can be left out.

    Raises:
        ConfigError: it is another one.
    """
    if "n_labels" in type(data_config(request)).model_fields:
        return OBJECTIVES[task_of_request(request)].headline
    if not Path(str(request.data)).exists():
        planned(request, silent)  # says what is wrong with a path that leads nowhere
    raise ConfigError(
        f"{request.data}: is for the task {task_of_request(request)!r}, which has no labels to be fewer of. Name data "
        "for classify or tag, or say --task."
    )


def _result(folder: Path, request: Request, say: Say) -> dict[str, Any]:
    """result.json of a training, which is done, or gone on with, if it is not there."""
    path = folder / "result.json"
    if not path.exists():
        is_begun = (folder / "config.json").exists()
        say(f"{folder.name}: {'going on' if is_begun else 'training'}")
        try:
            train_request(
                request, out=folder, resume=is_begun, started=time.perf_counter(), say=silent, show_progress=False
            )
        except Interrupted:
            raise Interrupted(f"Stopped; all is saved in {folder.parent}.\ngo on:   the same command again") from None
    result: dict[str, Any] = open_run(folder).result()
    return result
