"""A run folder, read into values. Whatever a run may lack is None or empty; nothing is guessed."""

from __future__ import annotations

import json
import os
import reprlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from quatrain.errors import RunError

VALIDATION = "validation"
"""What the part is called by which the best weights are chosen."""


class Record(BaseModel):
    """Part of a file; keys it does not name are left to newer readers."""

    model_config = ConfigDict(frozen=True, extra="ignore", protected_namespaces=())


class Header(Record):
    """config.json: what wrote the folder, what for, and the model."""

    quatrain: str | None = None
    task: str = "language"
    eos_token: str = "<|endoftext|>"
    model: dict[str, Any] = {}


class Score(Record):
    """How well the targets of a held-out part are predicted."""

    loss: float | None = None
    """Nats per target token."""
    perplexity: float | None = None
    n_targets: int | None = None
    interval: tuple[float, float] | None = None
    """95 % interval of the loss."""


class Difference(Record):
    """Score of the run's model minus that of another, item by item."""

    mean: float
    interval: tuple[float, float] | None = None


class Other(Record):
    """A model that was scored beside the run's own, as it is told with its scores."""

    key: str = ""
    name: str = "baseline"
    difference: Difference | None = None


OtherT = TypeVar("OtherT", bound=Other)


class Part(Record, Generic[OtherT]):
    """What stands beside the model's own scores of a part."""

    baseline: OtherT | None = None
    """The best of the others on the validation part."""
    difference: Difference | None = None
    """The model minus the baseline."""
    beside: tuple[OtherT, ...] = ()

    @property
    def others(self) -> list[OtherT]:
        """All of them, the baseline first, each with its difference."""
        if self.baseline is None:
            return [*self.beside]
        return [self.baseline.model_copy(update={"difference": self.difference}), *self.beside]


class Fault(Record):
    """Something found wrong in the data."""

    what: str
    where: str = ""
    count: int | None = None


class DataFacts(Record):
    """What the model was trained and scored on."""

    name: str | None = None
    split: str | None = None
    sides: tuple[str, str] | None = None
    """What source and target are called, where there are two."""
    n_documents: int | None = None
    n_bytes: int | None = None
    n_chars: int | None = None
    train_tokens: int | None = None
    val_tokens: int | None = None
    vocab_size: int | None = None
    tokenizer: str | None = None
    notes: tuple[str, ...] = ()
    """What was found out while it was read, in sentences."""
    faults: tuple[Fault, ...] | None = None
    """None where it was not searched for faults."""


class Machine(Record):
    """Where it ran."""

    cpus: int | None = None
    dtype: str | None = None
    torch: str | None = None
    device: str | None = None


class Result(Score):
    """result.json, as far as all tasks write the same: it is there when a run has finished."""

    seconds: float | None = None
    warnings: tuple[str, ...] = ()
    """What is to be known before the scores are believed, in sentences."""
    n_parameters: int | None = None
    train_tokens: int | None = None
    flops: float | None = None
    peak_memory_bytes: int | None = None
    machine: Machine = Machine()
    data: DataFacts = DataFacts()
    tests: Mapping[str, Part[Any]] = {}
    """Scores of the test parts, by name."""

    @property
    def judged_by(self) -> str:
        """The part that tells how good the model is."""
        return judging_part({name: part.baseline for name, part in self.tests.items()})


def judging_part(baselines: Mapping[str, object]) -> str:
    """The part that tells how good a model is: the first test part, by which nothing was chosen, on which a baseline
    was scored; else the validation part.

    Args:
        baselines: those of the test parts, by name; None where there is none.
    """
    return next((name for name, baseline in baselines.items() if baseline is not None), VALIDATION)


class LossPoint(Record):
    """A loss (nats per token) somewhere in training; a validation is no more than that."""

    step: int
    seconds: float | None = None
    loss: float | None = None


class TrainPoint(LossPoint):
    """One logged step of training."""

    lr: float | None = None
    tokens_per_second: float | None = None


class Draft(Record):
    """A sample drawn while training went on."""

    step: int
    text: str


class Token(Record):
    """One generated token and the log-probability (nats) the model gave it."""

    text: str
    logprob: float


class Sample(Record):
    """What the finished model makes of one input."""

    prompt: str = ""
    text: str = ""
    tokens: tuple[Token, ...] = ()
    """Those the model wrote."""


RecordT = TypeVar("RecordT", bound=Record)
ResultT = TypeVar("ResultT", bound=Result)
SampleT = TypeVar("SampleT", bound=Sample)


@dataclass(frozen=True)
class RunFacts(Generic[ResultT, SampleT]):
    """All that a run folder says about its run; what it was trained for decides the kind of results and samples."""

    path: Path
    quatrain: str | None
    """Version that wrote the folder."""
    eos_token: str
    """The token that ends a text."""
    model: dict[str, Any]
    """Settings of the model, with its `kind`."""
    recipe: str
    """recipe.toml as text; empty where there is none."""
    recipe_values: dict[str, Any]
    train: list[TrainPoint]
    val: list[LossPoint]
    drafts: list[Draft]
    result: ResultT | None
    """None until the run has finished."""
    samples: list[SampleT]
    n_unreadable: int
    """Lines of metrics.jsonl and samples.jsonl that say nothing, such as one cut short by a crash."""
    has_weights: bool
    """Whether there is a model to use."""

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

    @property
    def was_trained_elsewhere(self) -> bool:
        """Whether the model was imported or mixed: it is whole, and nothing was logged."""
        return self.has_weights and self.result is None and not (self.train or self.val)


def read_header(path: Path) -> Header:
    """What config.json says.

    Raises:
        RunError: the folder or its config.json is missing, or it is damaged.
    """
    if not path.is_dir():
        raise RunError(f"{path}: there is no such folder. Give the folder that `quatrain train` wrote.")
    header = read_json(path / "config.json", Header)
    if header is None:
        raise RunError(f"{path}: there is no config.json, so this is not a run. `quatrain train` makes one.")
    return header


def read_folder(path: Path, result_kind: type[ResultT], sample_kind: type[SampleT]) -> RunFacts[ResultT, SampleT]:
    """Read a run folder; only config.json must be there.

    Raises:
        RunError: the folder or its config.json is missing, or it or result.json is damaged.
    """
    header = read_header(path)
    recipe = _read_text(path / "recipe.toml")
    metrics, samples = _Lines(path / "metrics.jsonl"), _Lines(path / "samples.jsonl")
    return RunFacts(
        path=path,
        quatrain=header.quatrain,
        eos_token=header.eos_token,
        model=header.model,
        recipe=recipe,
        recipe_values=_parse_toml(recipe),
        train=_last_of_each_step(metrics.read(TrainPoint, split="train")),
        val=_last_of_each_step(metrics.read(LossPoint, split="val")),
        drafts=_last_of_each_step(metrics.read(Draft, split="sample")),
        result=read_json(path / "result.json", result_kind),
        samples=samples.read(sample_kind),
        n_unreadable=metrics.n_unreadable + samples.n_unreadable,
        has_weights=(path / "model.safetensors").is_file(),
    )


def read_json(path: Path, kind: type[RecordT], *, remedy: str = "train again") -> RecordT | None:
    """A whole file as a record; None where there is no such file.

    Args:
        remedy: what to do about a damaged file that cannot be restored.

    Raises:
        RunError: the file is damaged.
    """
    if not path.is_file():
        return None
    try:
        return kind.model_validate(_without_null(json.loads(_read_text(path))))
    except json.JSONDecodeError as error:
        raise RunError(f"{path}: this is not JSON ({error}). Restore it, or {remedy}.") from None
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join([str(path), *map(str, fault["loc"])])
        raise RunError(
            f"{where}: {fault['msg']}, got {reprlib.repr(fault['input'])}. Restore it, or {remedy}."
        ) from None


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


def _without_null(value: Any) -> Any:
    """A null says no more than a key that is missing."""
    if isinstance(value, dict):
        return {key: _without_null(item) for key, item in value.items() if item is not None}
    return [_without_null(item) for item in value] if isinstance(value, list) else value


class _Lines:
    """The lines of a JSON Lines file, as records; lines that are none are counted."""

    def __init__(self, path: Path) -> None:
        self.n_unreadable = 0
        self._lines = [self._parse(line) for line in _read_text(path).split("\n") if line.strip()]

    def _parse(self, line: str) -> dict[str, Any]:
        try:
            value = json.loads(line)
        except json.JSONDecodeError:
            value = None
        self.n_unreadable += not isinstance(value, dict)
        return value if isinstance(value, dict) else {}

    def read(self, kind: type[RecordT], split: str | None = None) -> list[RecordT]:
        """The lines of one split (all lines where none is named) that make a record."""
        records = []
        for line in self._lines:
            if line and (split is None or line.get("split") == split):
                try:
                    records.append(kind.model_validate(_without_null(line)))
                except ValidationError:
                    self.n_unreadable += 1
        return records


StepT = TypeVar("StepT", TrainPoint, LossPoint, Draft)


def _last_of_each_step(points: list[StepT]) -> list[StepT]:
    """In order of steps; a resumed run logs some steps again, and the later record counts."""
    latest = {point.step: point for point in points}
    return [latest[step] for step in sorted(latest)]


def _parse_toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return {}
