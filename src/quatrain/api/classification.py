"""A trained classifier in its folder."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float

from quatrain.api._words import others_of, result_lines
from quatrain.api.examples import READERS, ExampleReader, Unreadable
from quatrain.api.run import Run
from quatrain.data.examples import ExamplePart
from quatrain.errors import ConfigError, DataError, RunError, suggest
from quatrain.models import ClassifierConfig
from quatrain.training.objectives import Classify, probabilities_of

N_SAMPLES, N_DRAFTS = 4, 3
"""Examples of each sort that a person is shown in the end, and examples on the way."""
AT_ONCE = 1024
"""Examples answered before the first answer is given out."""


@dataclass(frozen=True)
class ClassPrediction:
    """The class of an example, or why it has none."""

    example: dict[str, str]
    """Which it is, as `ExampleReader.about` says."""
    probabilities: dict[str, float]
    """By class."""
    reason: str = ""
    """Why it could not be read."""
    is_cut: bool | None = None
    """Whether it lost its end, being longer than the model reads; None where no example can be."""

    @property
    def failed(self) -> bool:
        """Whether there is no answer."""
        return bool(self.reason)

    @property
    def label(self) -> str:
        """The likeliest class."""
        return max(self.probabilities, key=self.probabilities.__getitem__)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        if self.failed:
            return {**self.example, "label": None, "probability": None, "probabilities": {}, "error": self.reason}
        known = {"label": self.label, "probability": self.probabilities[self.label]}
        cut = {} if self.is_cut is None else {"is_cut": self.is_cut}
        return {**self.example, **known, "probabilities": self.probabilities, **cut, "error": None}

    def __str__(self) -> str:
        if self.failed:
            return self.reason
        place = self.example.get("path") or self.example.get("place")
        told = f"{self.label}\t{self.probabilities[self.label]:.4f}"
        return f"{place}\t{told}" if place else told


class ClassifierRun(Run):
    """A model that tells the class of an example, whatever its sort."""

    task: ClassVar[str] = "classify"
    scoring: ClassVar[tuple[str, ...]] = ()
    predicting: ClassVar[tuple[str, ...]] = ("set",)

    @cached_property
    def config(self) -> ClassifierConfig:
        """The settings of the model.

        Raises:
            RunError: the model is no classifier.
        """
        config = self.folder.model_config()
        if not isinstance(config, ClassifierConfig):
            raise RunError(f"{self.folder.path}: its model is a {config.kind}, which tells no classes.")
        return config

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.config.classes or tuple(map(str, range(self.config.n_classes)))

    @cached_property
    def reader(self) -> ExampleReader:
        """Reads examples as the model needs them."""
        recipe = self._recipe()["data"] if self.folder.recipe_path.exists() else {}
        return READERS[self.config.backbone.reads](self.folder, self.classes, recipe)

    def predict(self, *examples: Any, **options: Any) -> list[dict[str, float]]:
        """Probabilities of the classes of each example: a text, a pair of texts, a picture, or a window
        of a series as an array (rows, columns). Several may be given as one list, too.

        A text of more tokens than the model reads loses its end.

        Raises:
            DataError: an example cannot be read.
        """
        given = self.reader.given(examples)
        return self._named(probabilities_of(self.model, self.reader.part(given))) if given else []

    def predictions(
        self, files: Sequence[str], *, settings: Sequence[str] = (), **options: Any
    ) -> Iterator[ClassPrediction]:
        """The class of every example in some files, in order.

        Args:
            files: their paths, `-` being stdin.
            settings: how they are read, such as `data.text_column=body`.

        Raises:
            DataError: a file is missing or damaged.
            ConfigError: a setting says nothing of how such files are read.
        """
        reader = self.reader.told(settings)
        rest = reader.examples(files)
        while some := list(islice(rest, AT_ONCE)):
            readable = [example for example in some if not isinstance(example, Unreadable)]
            answers = iter(self._answers(reader, readable))
            for example in some:
                is_read = not isinstance(example, Unreadable)
                yield next(answers) if is_read else ClassPrediction(dict(example.about), {}, example.reason)

    def embed(self, *examples: Any) -> Float[np.ndarray, "n d_model"]:
        """One vector for each example, given as for `predict`: that from which its class is told.

        Raises:
            DataError: an example cannot be read.
        """
        given = self.reader.given(examples)
        found = np.empty((len(given), self.config.build().backbone.d_model), np.float32)
        if not given:
            return found
        with torch.inference_mode():
            for rows, batch in self.reader.part(given).in_order(None, self.model.max_seq_len):
                found[rows] = self.model.embed(*batch.to(self.device).inputs).float().cpu().numpy()
        return found

    def evaluate(
        self, data: str | Path | None = None, *, part: str = "val", settings: Sequence[str] = ()
    ) -> dict[str, Any]:
        """Accuracy, macro F1, AUROC, calibration and the confusion matrix, with 95 % intervals.

        Args:
            data: other labelled data; None: the data of the run.
            part: train, val or a test part, of the run's data or of other data that has parts.
            settings: how other data is read, such as `data.label_column=stars`.

        Raises:
            DataError: the data cannot be read, is not what the run was trained on, or has other classes.
            ConfigError: there is no such part.
            RunError: the run keeps no recipe that says where its data was.
        """
        started = time.perf_counter()
        parts = self._own_parts() if data is None else self.reader.other(str(data), settings)
        score, _ = Classify().score(self.model, _pick(parts, part))
        about = self._about(data, part, parts)
        return {**about, **score.to_dict(), "seconds": time.perf_counter() - started}

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """The scores for a person."""
        return class_lines(result)

    @classmethod
    def drafter(cls, data: Any, seed: int) -> Callable[[Any], str]:
        """Tells the classes of a few examples of the validation part."""
        rows = _spread(data.val, N_DRAFTS)

        def write(model: Any) -> str:
            found = probabilities_of(model, data.val, rows)
            names = data.val.classes
            told = (f"{names[row.argmax()]} {row.max():.2f}" for row in found)
            return "\n".join(
                f"{_in_short(data.val.shown(int(row)))} → {answer} ({names[data.val.labels[row]]})"
                for row, answer in zip(rows, told, strict=True)
            )

        return write

    def write_samples(self, data: Any, seed: int) -> None:
        """Examples of the validation part: the surest of those told right and told wrong, and the least sure."""
        part: ExamplePart = data.val
        found = probabilities_of(self.model, part)
        sure, right = found.max(axis=1), found.argmax(axis=1) == part.labels
        surest = np.argsort(-sure, kind="stable")
        shown = {
            "surest, right": surest[right[surest]][:N_SAMPLES],
            "surest, wrong": surest[~right[surest]][: 2 * N_SAMPLES],
            "least sure": surest[::-1][:N_SAMPLES],
        }
        self._save_samples(
            {
                **part.shown(int(row)),
                "sort": sort,
                "label": part.classes[part.labels[row]],
                "told": part.classes[found[row].argmax()],
                "probabilities": dict(zip(part.classes, map(float, found[row]), strict=True)),
            }
            for sort, rows in shown.items()
            for row in rows
        )

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path, typed = self.result(), self.folder.path, self.folder.typed
        return "\n".join(
            [
                "",
                *result_lines(result, class_lines, _beside_lines),
                f"\nreport:    {path / 'report.html'}",
                f"go on:     quatrain predict {typed} {self.reader.hint()}    quatrain evaluate {typed}",
            ]
        )

    def _answers(self, reader: ExampleReader, examples: list[Any]) -> list[ClassPrediction]:
        if not examples:
            return []
        try:
            part = reader.part(examples)
            found = self._named(probabilities_of(self.model, part))
            cut = reader.are_cut(part, self.model.max_seq_len)
        except DataError as error:
            if len(examples) == 1:
                return [ClassPrediction(reader.about(examples[0]), {}, str(error))]
            return [answer for example in examples for answer in self._answers(reader, [example])]
        return [
            ClassPrediction(reader.about(example), answer, is_cut=is_cut)
            for example, answer, is_cut in zip(examples, found, cut, strict=True)
        ]

    def _named(self, probabilities: Float[np.ndarray, "n classes"]) -> list[dict[str, float]]:
        return [dict(zip(self.classes, map(float, row), strict=True)) for row in probabilities]

    def _own_parts(self) -> dict[str, ExamplePart]:
        self._recipe()
        data = self._unchanged(self.reader.own(), str(self.reader.recipe.get("path")))
        return {"train": data.train, "val": data.val, **data.tests}


def class_lines(score: dict[str, Any]) -> list[str]:
    """A score in two lines."""
    accuracy, f1 = (
        f"{score[key]:.1%} (95 % interval {low:.1%} to {high:.1%})"
        for key, (low, high) in (("accuracy", score["interval"]), ("macro_f1", score["macro_f1_interval"]))
    )
    auroc = "" if score["auroc"] is None else f", AUROC {score['auroc']:.3f}"
    return [
        f"accuracy {accuracy}, macro F1 {f1}, {score['n_targets']:,} examples",
        f"{score['loss']:.4f} nats per example{auroc}, calibration error {score['ece']:.3f} (15 bins)",
    ]


def _beside_lines(score: dict[str, Any]) -> Iterator[str]:
    """The baseline beside it, example by example."""
    for other in others_of(score)[:1]:
        difference = other["difference"]
        low, high = difference["interval"]
        yield (
            f"beside it, {other['name']}: accuracy {other['accuracy']:.1%}; the difference is "
            f"{100 * difference['mean']:+.1f} points (95 % interval {100 * low:+.1f} to {100 * high:+.1f})"
        )


def _pick(parts: dict[str, ExamplePart], part: str) -> ExamplePart:
    """One part; what is not divided is taken whole."""
    if {*parts} == {"train"}:
        return parts["train"]
    if part not in parts:
        raise ConfigError(f"--part {part}: this data has no such part. {suggest(part, parts)}")
    return parts[part]


def _spread(part: ExamplePart, n: int) -> np.ndarray:
    return np.unique(np.linspace(0, part.n_targets - 1, n).round().astype(np.int64))


def _in_short(example: dict[str, str], most: int = 60) -> str:
    text = " / ".join(value for key, value in example.items() if key != "picture")
    return text if len(text) <= most else f"{text[:most]}..."
