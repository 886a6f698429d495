"""A model without a question, imported for its vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NoReturn

import torch

from quatrain.api.examples import READERS, ExampleReader, Unreadable
from quatrain.api.run import Run
from quatrain.api.vectors import Embedded, embed_framed, reads_with
from quatrain.data.framing import Framing
from quatrain.errors import DataError, RunError
from quatrain.models import EmbedderConfig


@dataclass(frozen=True)
class VectorPrediction:
    """The vector of an example, or why it has none."""

    example: dict[str, str]
    """Which it is, as `ExampleReader.about` says."""
    vector: tuple[float, ...]
    reason: str | None = None
    """Why it could not be read."""

    @property
    def failed(self) -> bool:
        """Whether there is no vector."""
        return self.reason is not None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {**self.example, "vector": list(self.vector), "error": self.reason}

    def __str__(self) -> str:
        return self.reason or "\t".join(f"{value:.6g}" for value in self.vector)


class EmbedderRun(Run):
    """A model that gives vectors, and nothing else: an encoder that was imported without a head."""

    task: ClassVar[str] = "embed"
    scoring: ClassVar[tuple[str, ...]] = ()
    predicting: ClassVar[tuple[str, ...]] = ("set",)

    @cached_property
    def reads(self) -> str:
        """The sort of examples: text or images.

        Raises:
            RunError: the model has a head.
        """
        config = self.folder.model_config()
        if not isinstance(config, EmbedderConfig):
            raise RunError(f"{self.folder.path}: its model is a {config.kind}, not an embedder.")
        return config.backbone.reads

    @cached_property
    def reader(self) -> ExampleReader:
        """Reads examples as the model needs them."""
        return READERS[self.reads](self.folder, (), {})

    @cached_property
    def framing(self) -> Framing:
        """How it frames texts."""
        return Framing(self.folder.load_tokenizer())

    def embed(self, *examples: Any) -> list[Embedded]:
        """Vectors of each token of texts, or pairs of them, or of each patch of pictures, and one of each whole.

        Several may be given as one list, too; a tuple of two strings is a pair.

        Raises:
            DataError: an example cannot be read, or is longer than the model reads.
        """
        given = self.reader.given(examples)
        return self._embedded(given) if given else []

    def _embedded(self, examples: Sequence[Any]) -> list[Embedded]:
        if self.reads == "text":
            read = reads_with(self.model.backbone, self.device)
            return [embed_framed(read, self.framing, example, self.model.max_seq_len) for example in examples]
        found: list[Embedded] = [Embedded((), torch.empty(0))] * len(examples)
        with torch.inference_mode():
            for rows, batch in self.reader.part(examples).in_order():
                vectors = self.model(*batch.to(self.device).inputs).vectors.float().cpu()
                for row, each in zip(rows.tolist(), vectors, strict=True):
                    found[row] = Embedded((), each)
        return found

    def predict(self, *examples: Any, **options: Any) -> list[Embedded]:
        """The same as `embed`: there is nothing else to tell."""
        return self.embed(*examples)

    def predictions(
        self, files: Sequence[str], *, settings: Sequence[str] = (), **options: Any
    ) -> Iterator[VectorPrediction]:
        """A vector for each example in some files, in order.

        Args:
            files: their paths, `-` being stdin.
            settings: how they are read, such as `data.text_column=body`.

        Raises:
            DataError: a file is missing or damaged.
            ConfigError: a setting says nothing of how such files are read.
        """
        for example in self.reader.told(settings).examples(files):
            if isinstance(example, Unreadable):
                yield VectorPrediction(dict(example.about), (), example.reason)
                continue
            shown = self.reader.about(example)
            try:
                (answer,) = self._embedded([example])
                yield VectorPrediction(shown, tuple(answer.vector.tolist()))
            except DataError as error:
                yield VectorPrediction(shown, (), str(error))

    def summary(self) -> str:
        """What to type next."""
        typed = self.folder.typed
        return f"go on:     quatrain predict {typed} FILE    quatrain train DATA --from {typed}"

    def evaluate(self, *args: Any, **kwargs: Any) -> NoReturn:
        """There is nothing to score.

        Raises:
            RunError: always.
        """
        self._untrained()

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """There is nothing to score."""
        return []

    @classmethod
    def drafter(cls, data: Any, seed: int) -> Callable[[Any], str]:
        """Nothing: no training ends in such a run."""
        return lambda _: ""

    def write_samples(self, data: Any, seed: int) -> NoReturn:
        """Nothing: no training ends in such a run.

        Raises:
            RunError: always.
        """
        self._untrained()

    def _untrained(self) -> NoReturn:
        raise RunError(
            f"{self.folder.path}: gives vectors and answers no question, so there is nothing to score. Teach it one: "
            f"quatrain train DATA --from {self.folder.typed}"
        )
