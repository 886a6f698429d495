"""A trained model in its folder: what all runs can do, whatever they were trained for."""

from __future__ import annotations

import filecmp
import json
import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, NoReturn, Protocol, TypeVar

from quatrain.config import read_toml
from quatrain.errors import ConfigError, DataError, RunError
from quatrain.runs import RunFolder, write_atomically
from quatrain.training.device import pick_device
from quatrain.training.learnable import Data

DataT = TypeVar("DataT", bound=Data)

VERBS = {
    "language": "generate",
    "translate": "translate",
    "masked": "predict",
    "classify": "predict",
    "tag": "predict",
    "forecast": "predict",
    "embed": "predict",
}
"""The command that uses a run of each task."""


class Prediction(Protocol):
    """An answer about one example."""

    @property
    def failed(self) -> bool:
        """Whether there is none, because the example could not be read."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; of an example that could not be read, `error` says why."""

    def __str__(self) -> str:
        """A line, or a few, for a person; of an example that could not be read, why."""


class Run(ABC):
    """A trained model in its folder.

    Args:
        folder: the run folder.
        device: auto, cpu, cuda or mps.
    """

    task: ClassVar[str]
    """What the model was trained for."""
    scoring: ClassVar[tuple[str, ...]]
    """The options of `evaluate` that belong to the task."""
    predicting: ClassVar[tuple[str, ...]] = ()
    """Options of `quatrain predict` that mean something for it, as they are typed, without hyphens."""

    def __init__(self, folder: RunFolder, device: str = "auto") -> None:
        self.folder, self.device = folder, pick_device(device)

    def __repr__(self) -> str:
        return f"Run({str(self.folder.path)!r})"

    @cached_property
    def model(self) -> Any:
        """The model with its best weights, in evaluation mode."""
        return self.folder.load_model(str(self.device))

    def result(self) -> dict[str, Any]:
        """What training ended with: scores, baseline, cost.

        Raises:
            RunError: training has not ended yet.
        """
        try:
            result: dict[str, Any] = json.loads(self.folder.result_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunError(
                f"{self.folder.path}: training has not ended. Go on with: quatrain train --resume --out "
                f"{self.folder.typed}"
            ) from None
        return result

    @abstractmethod
    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""

    @abstractmethod
    def evaluate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The scores of the task on a part of the run's data, or on other data."""

    def check_scoring(self, options: Iterable[str]) -> None:
        """Refuse an option of scoring that means nothing for this task.

        Raises:
            ConfigError: it belongs to another task.
        """
        self._check_options(options, self.scoring)

    def check_predicting(self, options: Iterable[str]) -> None:
        """Refuse an option of predicting that means nothing for this task.

        Raises:
            ConfigError: it belongs to another task.
        """
        self._check_options(options, self.predicting)

    def _check_options(self, options: Iterable[str], able: Sequence[str]) -> None:
        for name in options:
            if name not in able:
                known = ", ".join(_flag(option) for option in able) or "none"
                raise ConfigError(
                    f"{_flag(name)} means nothing for a run of the task {self.task!r}. What it takes: {known}."
                )

    @classmethod
    @abstractmethod
    def drafter(cls, data: Any, seed: int) -> Callable[[Any], str]:
        """Shows in a few lines what a model can do, while it is trained."""

    @abstractmethod
    def write_samples(self, data: Any, seed: int) -> None:
        """Write samples.jsonl: what the trained model does, for people to see."""

    def generate(self, prompt: str = "", **sampling: Any) -> str:
        """Text after a prompt, of a language model.

        Raises:
            RunError: the run was trained for something else.
        """
        self.decline("generate")

    def translate(self, text: str, **decoding: Any) -> str:
        """A translation, of a run that translates.

        Raises:
            RunError: the run was trained for something else.
        """
        self.decline("translate")

    def predict(self, *examples: Any, **options: Any) -> Any:
        """Answers about examples: classes with probabilities, tags, values to come, of a run that was trained for it.

        Raises:
            RunError: the run was trained for something else.
        """
        self.decline("predict")

    def predictions(self, files: Sequence[str], **options: Any) -> Iterator[Prediction]:
        """The same for whole files, `-` being stdin: one answer for each example in them, in order.

        Raises:
            RunError: the run was trained for something else.
            DataError: a file cannot be read.
        """
        self.decline("predict")

    def embed(self, *examples: Any) -> Any:
        """Vectors of examples, of a model that has them: context-aware ones of each token, and one of the whole.

        Raises:
            RunError: the model has none.
        """
        raise RunError(f"{self.folder.path}: a model of the task {self.task!r} gives no vectors of examples.")

    @abstractmethod
    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """What `evaluate` gave, for a person."""

    def decline(self, verb: str) -> NoReturn:
        """Say which command uses this run instead.

        Raises:
            RunError: always.
        """
        raise RunError(
            f"{self.folder.path}: was trained for the task {self.task!r}, so it cannot {verb}. Use it with: "
            f"quatrain {VERBS[self.task]} {self.folder.typed}"
        )

    def seen_lines(self, result: dict[str, Any]) -> list[str]:
        """That the data which `evaluate` scored is the run's own, for a person; nothing of other data."""
        if not result.get("is_own_data"):
            return []
        part = next(iter(self.result().get("tests", {})), "val") if self.folder.result_path.exists() else "val"
        return [
            "This is the data it was trained on: the scores are partly of what it has seen. What it has not: "
            f"quatrain evaluate {self.folder.typed} --part {part}"
        ]

    def _about(self, data: str | Path | None, part: str, parts: Collection[str] = ("train",)) -> dict[str, Any]:
        """What a score is of; `is_own_data` is there where the data that was given is that of the run, taken whole.

        Args:
            parts: of the data that was given; one that is not divided is all train.
        """
        about = {"run": str(self.folder.path), "task": self.task, "data": str(data or part)}
        is_own = data is not None and {*parts} == {"train"} and self._is_own(Path(data))
        return about | ({"is_own_data": True} if is_own else {})

    def _is_own(self, data: Path) -> bool:
        """Whether data lies where that of the run does, or is a copy of its file."""
        recipe = read_toml(self.folder.recipe_path) if self.folder.recipe_path.exists() else {}
        path = recipe.get("data", {}).get("path")
        if path is None:
            return False
        own = Path(path)
        are_files = own.is_file() and data.is_file()
        return own.resolve() == data.resolve() or (are_files and filecmp.cmp(own, data, shallow=False))

    def _recipe(self) -> dict[str, Any]:
        if not self.folder.recipe_path.exists():
            raise RunError(
                f"{self.folder.path}: keeps no recipe.toml, so its data is unknown. "
                f"Name the data to score: quatrain evaluate {self.folder.typed} DATA"
            )
        recipe = read_toml(self.folder.recipe_path)
        return {**recipe, "data": self.folder.with_own_vocabulary(recipe.get("data", {}))}

    def _unchanged(self, data: DataT, path: str) -> DataT:
        """The data of the run, if it still is what the run was trained on.

        Raises:
            DataError: it has changed.
        """
        done = self.folder.result_path.exists()
        known = self.result()["data"].get("fingerprint", data.fingerprint) if done else data.fingerprint
        if data.fingerprint != known or not self.folder.keeps(data.tokenizer_files()):
            raise DataError(
                f"{path}: has changed since {self.folder.path} was trained on it. To score all of it as it is now: "
                f"quatrain evaluate {self.folder.typed} {shlex.quote(path)}"
            )
        return data

    def _save_samples(self, samples: Iterable[dict[str, Any]]) -> None:
        text = "".join(json.dumps(sample, ensure_ascii=False) + "\n" for sample in samples)
        write_atomically(self.folder.path / "samples.jsonl", lambda path: path.write_text(text, encoding="utf-8"))

    def _samples(self) -> Iterator[dict[str, Any]]:
        path = self.folder.path / "samples.jsonl"
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines() if path.exists() else [])


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
