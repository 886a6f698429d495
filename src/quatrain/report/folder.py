"""A run folder, read into values. Whatever a run may lack is None or empty; nothing is guessed."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from quatrain.errors import RunError


class Record(BaseModel):
    """Part of a file; keys it does not name are left to newer readers."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class Score(Record):
    """How well held-out text is predicted."""

    loss: float | None = None
    """Nats per target token."""
    perplexity: float | None = None
    bits_per_byte: float | None = None
    n_targets: int | None = None
    interval: tuple[float, float] | None = None
    """95 % interval of the loss."""


class Baseline(Score):
    """The n-gram model beside the run's own."""

    name: str = "n-gram"


class Difference(Record):
    """Loss of the model minus loss of the baseline, target by target; nats per token."""

    mean: float
    interval: tuple[float, float] | None = None


class Fault(Record):
    """Something found wrong in the data."""

    what: str
    where: str = ""
    count: int | None = None


class DataFacts(Record):
    """What the model was trained and scored on."""

    name: str | None = None
    split: str | None = None
    n_documents: int | None = None
    n_bytes: int | None = None
    n_chars: int | None = None
    train_tokens: int | None = None
    val_tokens: int | None = None
    vocab_size: int | None = None
    tokenizer: str | None = None
    faults: tuple[Fault, ...] = ()


class Machine(Record):
    """Where it ran."""

    cpus: int | None = None
    dtype: str | None = None
    torch: str | None = None
    device: str | None = None


class Result(Score):
    """result.json: written when a run has finished."""

    seconds: float | None = None
    context: int | None = None
    stride: int | None = None
    baseline: Baseline | None = None
    difference: Difference | None = None
    n_parameters: int | None = None
    train_tokens: int | None = None
    flops: float | None = None
    peak_memory_bytes: int | None = None
    machine: Machine = Machine()
    data: DataFacts = DataFacts()


class TrainPoint(Record):
    """One logged step of training."""

    step: int
    seconds: float | None = None
    loss: float | None = None
    lr: float | None = None
    tokens_per_second: float | None = None


class ValPoint(Record):
    """One validation during training."""

    step: int
    seconds: float | None = None
    loss: float


class Draft(Record):
    """A sample drawn while training went on."""

    step: int
    text: str


class Token(Record):
    """One generated token and the log-probability (nats) the model gave it."""

    text: str
    logprob: float


class Sample(Record):
    """A text the finished model wrote; `tokens` are those after the prompt."""

    prompt: str = ""
    text: str = ""
    tokens: tuple[Token, ...] = ()


RecordT = TypeVar("RecordT", bound=Record)


@dataclass(frozen=True)
class RunFacts:
    """All that a run folder says about its run."""

    path: Path
    quatrain: str | None
    """Version that wrote the folder."""
    model: dict[str, Any]
    """Settings of the model, with its `kind`."""
    recipe: str
    """recipe.toml as text; empty where there is none."""
    recipe_values: dict[str, Any]
    train: list[TrainPoint]
    val: list[ValPoint]
    drafts: list[Draft]
    result: Result | None
    """None until the run has finished."""
    samples: list[Sample]
    n_unreadable: int
    """Lines of metrics.jsonl and samples.jsonl that are not what they should be, a line cut short by a crash."""

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.resolve().name

    @property
    def kind(self) -> str:
        """The word for the model's family."""
        return str(self.model.get("kind", "model"))

    @property
    def is_counted(self) -> bool:
        """Whether the model is an n-gram, made by counting rather than by steps."""
        return self.kind == "ngram"


def read_folder(path: Path) -> RunFacts:
    """Read a run folder; only config.json must be there.

    Raises:
        RunError: the folder or its config.json is missing, or config.json or result.json cannot be read.
    """
    if not path.is_dir():
        raise RunError(f"{path}: there is no such folder. Give the folder that `quatrain train` wrote.")
    config = _read_json(path / "config.json")
    if config is None:
        raise RunError(
            f"{path}: not a run folder, config.json is missing. Give one that `quatrain train` wrote."
        )
    result = _read_json(path / "result.json")
    recipe = _read_text(path / "recipe.toml")
    metrics, n_bad_metrics = _read_lines(path / "metrics.jsonl")
    train, n_bad_train = _records(TrainPoint, (line for line in metrics if line.get("split") == "train"))
    val, n_bad_val = _records(ValPoint, (line for line in metrics if line.get("split") == "val"))
    drafts, n_bad_drafts = _records(Draft, (line for line in metrics if line.get("split") == "sample"))
    lines, n_bad_lines = _read_lines(path / "samples.jsonl")
    samples, n_bad_samples = _records(Sample, iter(lines))
    return RunFacts(
        path=path,
        quatrain=config.get("quatrain"),
        model=config.get("model") or {},
        recipe=recipe,
        recipe_values=_parse_toml(recipe),
        train=_last_of_each_step(train),
        val=_last_of_each_step(val),
        drafts=_last_of_each_step(drafts),
        result=None if result is None else _parse_result(result, path),
        samples=samples,
        n_unreadable=n_bad_metrics + n_bad_train + n_bad_val + n_bad_drafts + n_bad_lines + n_bad_samples,
    )


def write_page(path: Path, text: str) -> Path:
    """Write text so that a reader sees the old page or the new one, never half of one.

    Raises:
        RunError: the folder cannot be written to.
    """
    unfinished = path.with_name(f".{path.name}.part")
    try:
        with unfinished.open("wb") as file:
            file.write(text.encode("utf-8", errors="replace"))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        raise RunError(f"{path}: could not be written ({error.strerror}). Free or unlock the folder.") from None
    return path


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _read_json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        values = json.loads(_read_text(path))
    except json.JSONDecodeError as error:
        raise RunError(f"{path}: this is not JSON ({error}). Restore it, or train again.") from None
    if not isinstance(values, dict):
        raise RunError(f"{path}: needs a JSON object, got {type(values).__name__}. Restore it, or train again.")
    return values


def _read_lines(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects of a file, and how many lines are none."""
    objects, n_bad = [], 0
    for line in filter(str.strip, _read_text(path).split("\n")):
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            value = None
        if isinstance(value, dict):
            objects.append(value)
        else:
            n_bad += 1
    return objects, n_bad


def _records(kind: type[RecordT], lines: Iterator[dict[str, Any]]) -> tuple[list[RecordT], int]:
    records, n_bad = [], 0
    for line in lines:
        try:
            records.append(kind.model_validate(line))
        except ValidationError:
            n_bad += 1
    return records, n_bad


StepT = TypeVar("StepT", TrainPoint, ValPoint, Draft)


def _last_of_each_step(points: list[StepT]) -> list[StepT]:
    """In order of steps; a resumed run logs some steps again, and the later record counts."""
    latest = {point.step: point for point in points}
    return [latest[step] for step in sorted(latest)]


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}


def _parse_result(values: dict[str, Any], folder: Path) -> Result:
    known = {name: value for name, value in values.items() if value is not None}
    try:
        return Result.model_validate(known)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise RunError(
            f"{folder / 'result.json'}: {where}: {fault['msg']}, got {fault['input']!r}. "
            f"Run `quatrain evaluate {folder}` to write it again."
        ) from None
