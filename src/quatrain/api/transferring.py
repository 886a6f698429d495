"""What pre-training is worth: the same labels learned from scratch and from a trained model, fewer and more of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from quatrain.api._words import Say, silent, to_stderr
from quatrain.api.opening import open_run
from quatrain.api.places import RUNS, name_of
from quatrain.api.starting import with_run
from quatrain.api.training import train_request
from quatrain.comparison.worth import measured
from quatrain.errors import ConfigError
from quatrain.report import write_transfer_report
from quatrain.runs import write_json
from quatrain.training import Request, data_config
from quatrain.training.objectives import OBJECTIVES
from quatrain.training.planning import task_of_request

__all__ = ["LABELS", "Transferred", "transfer"]

LABELS = (100, 1000, 10_000)
"""Numbers of labels that are tried, and all there are."""
FORMAT = 1


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
        QuatrainError: says what was wrong and what to do.
    """
    started = time.perf_counter()
    say = to_stderr if show_progress else silent
    request = Request(
        data=str(data), task=task, size=size, settings=tuple(settings),
        seconds=None if steps else seconds or 60.0, steps=steps,
    )  # fmt: skip
    folder = Path(out) if out else RUNS / f"transfer-{name_of(str(data))}"
    measure = _measure(request)
    begun = with_run(replace(request, start=str(start), tune=tune), say)
    numbers: dict[str, int | None] = {str(n): n for n in sorted(set(labels))} | {"all": None}
    scores: dict[tuple[int, bool, int], float] = {}
    counted: dict[tuple[int, int], float] = {}
    runs = []
    for (word, n_labels), seed, is_start in product(numbers.items(), range(seeds), (False, True)):
        name = f"{'start' if is_start else 'scratch'}-{word}-{seed}"
        asked = begun if is_start else replace(request, model=model)
        limited = () if n_labels is None else (f"data.n_labels={n_labels}", f"data.label_seed={seed}")
        asked = replace(asked, seed=seed, settings=(*asked.settings, *limited))
        result = _result(folder / name, asked, say)
        n_given = int(result["data"]["n_labels"])
        if n_labels is not None and n_given < n_labels:
            continue  # there are no more: what all of them give is measured once
        scores[n_given, is_start, seed] = float(result[measure])
        counted[n_given, seed] = float(result["baseline"][measure])
        runs.append({"run": name, "n_labels": n_given, "start": is_start, "seed": seed, measure: result[measure]})
        say(f"{name}: {measure} {100 * result[measure]:.1f} %")
    worth = measured(scores, counted, measure)
    content = {
        "format": FORMAT,
        "data": str(data),
        "start": begun.start,
        "tune": tune or "full",
        "measure": measure,
        "budget": f"{steps:,} updates each" if steps else f"{request.seconds:g} seconds each",
        "points": [point.to_dict() for point in worth.points],
        "verdict": worth.verdict,
        "runs": runs,
        "seconds": time.perf_counter() - started,
    }
    write_json(folder / "transfer.json", content)
    write_transfer_report(folder)
    return Transferred(folder, content)


def _measure(request: Request) -> str:
    """The score of the task, which has to be one where more is better and labels can be left out."""
    task = task_of_request(request)
    objective = OBJECTIVES[task]
    if not objective.higher_is_better or "n_labels" not in type(data_config(request)).model_fields:
        able = [word for word, other in OBJECTIVES.items() if other.higher_is_better and word != "answers"]
        raise ConfigError(
            f"{request.data}: is for the task {task!r}, which has no labels to be fewer of. Name data for "
            f"{' or '.join(able)}, or say --task."
        )
    return objective.headline


def _result(folder: Path, request: Request, say: Say) -> dict[str, Any]:
    """result.json of a training, which is done, or gone on with, if it is not there."""
    path = folder / "result.json"
    if not path.exists():
        is_begun = (folder / "config.json").exists()
        say(f"{folder.name}: {'going on' if is_begun else 'training'}")
        train_request(
            request, out=folder, resume=is_begun, started=time.perf_counter(), say=silent, show_progress=False
        )
    result: dict[str, Any] = open_run(folder).result()
    return result
