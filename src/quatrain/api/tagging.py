"""A trained tagger in its folder."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float

from quatrain.api._words import others_of, result_lines
from quatrain.api.examples import NOT_UTF_8, check_reading
from quatrain.api.found_entities import (
    FoundEntity,
    TagPrediction,
    answered,
    as_sentence,
    in_text,
    marked,
    sentences_given,
)
from quatrain.api.run import Run
from quatrain.config import override, read_toml
from quatrain.data import NOT_TEXT, TaggedConfig, TaggedData, TaggedPart, encode_tagged, open_tagged, read_lines
from quatrain.data.tagged import Sentence, Units, cut_words, entities, read_untagged, wrapped
from quatrain.errors import ConfigError, DataError, RunError, suggest
from quatrain.models import Tagger, TaggerConfig
from quatrain.training.objectives import Tag, TaggedWords, tagged

N_SAMPLES, N_DRAFTS = 12, 3
"""Sentences of the validation part that a person is shown in the end, and on the way."""
AT_ONCE = 1024
"""Sentences answered before the first answer is given out."""
READING = ("word_column", "encoding")
"""Settings that may be others for a file whose tags are to be told."""


class TaggerRun(Run):
    """A model that finds entities in sentences."""

    task: ClassVar[str] = "tag"
    scoring: ClassVar[tuple[str, ...]] = ()
    predicting: ClassVar[tuple[str, ...]] = ("set",)

    @cached_property
    def config(self) -> TaggerConfig:
        """The settings of the model.

        Raises:
            RunError: the model is no tagger.
        """
        config = self.folder.model_config()
        if not isinstance(config, TaggerConfig):
            raise RunError(f"{self.folder.path}: its model is a {config.kind}, which tells no tags.")
        return config

    @cached_property
    def units(self) -> Units:
        """Turns words into what the model reads."""
        return wrapped(self.folder.load_tokenizer(), as_words=self.config.backbone.reads == "words")

    def predict(self, *sentences: str | Sequence[str], **options: Any) -> list[list[FoundEntity]]:
        """The entities of each sentence: a text, which is cut into words, or a list of words.

        Places are characters of a text, and words of a list. Several sentences may be given as one column of texts, or
        as one list of lists, too.

        Raises:
            DataError: something is neither, or a character is unknown.
        """
        given = sentences_given(sentences)
        spans = [cut_words(one) if isinstance(one, str) else None for one in given]
        answers = self._answers([as_sentence(one, cut) for one, cut in zip(given, spans, strict=True)])
        found = []
        for sentence, cut, answer in zip(given, spans, answers, strict=True):
            if answer.failed:
                raise DataError(answer.reason)
            at_words = answer.entities
            found.append(at_words if cut is None else [in_text(str(sentence), cut, entity) for entity in at_words])
        return found

    def predictions(
        self, files: Sequence[str], *, settings: Sequence[str] = (), **options: Any
    ) -> Iterator[TagPrediction]:
        """The tags of every sentence in some files, in order: CoNLL or .jsonl, or a text, a sentence a line.

        Args:
            files: their paths, `-` being stdin.
            settings: how they are read, such as `data.word_column=2`.

        Raises:
            DataError: a file is missing or damaged.
            ConfigError: a setting says nothing of how such files are read.
        """
        names = check_reading(settings, READING)
        for file in files:
            at_once = 1 if file == "-" and sys.stdin.isatty() else AT_ONCE
            rest = self._sentences(file, settings, names)
            while some := list(islice(rest, at_once)):
                yield from self._answers(some)

    def embed(self, *sentences: str | Sequence[str]) -> list[Float[np.ndarray, "words d_model"]]:
        """Context-aware vectors of the words of each sentence; zeros for one of which the tokenizer makes nothing.

        Sentences are given as for `predict`.

        Raises:
            DataError: a sentence is neither a text nor a list of words.
        """
        read = [
            as_sentence(one, cut_words(one) if isinstance(one, str) else None) for one in sentences_given(sentences)
        ]
        part = TaggedPart(read, self.config.tags, self.units)
        body = self.model.backbone
        found = [[np.zeros(body.d_model, np.float32) for _ in sentence.words] for sentence in read]
        with torch.inference_mode():
            for windows, firsts, batch in part.in_order(body.max_seq_len):
                vectors = body(*batch.to(self.device).inputs).vectors.float().cpu()
                for window, own, places in zip(windows, vectors, firsts, strict=True):
                    window.fill(found[window.sentence], list(own[places].numpy()))
        return [np.array(vectors, np.float32).reshape(-1, body.d_model) for vectors in found]

    def evaluate(
        self, data: str | Path | None = None, *, part: str = "val", settings: Sequence[str] = ()
    ) -> dict[str, Any]:
        """F1, precision and recall of entities, as seqeval counts them, with 95 % intervals, and of each type.

        Args:
            data: other tagged sentences; None: the data of the run.
            part: train, val or a test part, of the run's data or of other data that has parts.
            settings: how other data is read, such as `data.tag_column=3`.

        Raises:
            DataError: the data cannot be read, or is not what the run was trained on.
            ConfigError: there is no such part.
            RunError: the run keeps no recipe that says where its data was.
        """
        started = time.perf_counter()
        parts = self._own_data().parts if data is None else self._other(str(data), settings)
        score, _ = Tag().score(self.model, _pick(parts, part))
        about = self._about(data, part, parts)
        return {**about, **score.to_dict(), "seconds": time.perf_counter() - started}

    def score_lines(self, result: dict[str, Any]) -> list[str]:
        """The scores for a person."""
        return entity_lines(result)

    @classmethod
    def drafter(cls, data: TaggedData, seed: int) -> Callable[[Tagger], str]:
        """Finds the entities of a few sentences of the validation part."""
        shown = data.val.some(_shown(data.val, N_DRAFTS))

        def write(model: Tagger) -> str:
            told, _, _ = tagged(model, shown)
            return "\n".join(marked(s.words, one.tags) for s, one in zip(shown.sentences, told, strict=True))

        return write

    def write_samples(self, data: TaggedData, seed: int) -> None:
        """Sentences of the validation part with their entities: told, true, and the probabilities of the tags."""
        shown = data.val.some(_shown(data.val, N_SAMPLES))
        told, _, _ = tagged(self.model, shown)
        self._save_samples(
            {"words": list(s.words), "tags": one.tags, "true": list(s.tags), "probabilities": one.probabilities}
            for s, one in zip(shown.sentences, told, strict=True)
        )

    def summary(self) -> str:
        """What a person wants to know when training ends, and what to type next."""
        result, path, typed = self.result(), self.folder.path, self.folder.typed
        samples = [marked(sample["words"], sample["tags"]) for sample in self._samples()]
        return "\n".join(
            [
                *(f"\n{text}" for text in samples[:2]),
                "",
                *result_lines(result, entity_lines, _beside_lines),
                f"\nreport:    {path / 'report.html'}",
                f"go on:     quatrain predict {typed} FILE    quatrain evaluate {typed}",
            ]
        )

    def _sentences(self, file: str, settings: Sequence[str], names: Sequence[str]) -> Iterator[Sentence | str]:
        """Sentences of a file, or why one cannot be read.

        Raises:
            ConfigError: a column is asked for, and the file has none.
        """
        config = self._read_as(file, settings)
        found = None if file == "-" else read_untagged(config)
        if found is not None:
            yield from found
            return
        if "word_column" in names:
            raise ConfigError(
                f"--set data.word_column: {file} is read as a text and has no columns. Give .conll or .jsonl, or leave "
                "it out."
            )
        for line in read_lines(file, encoding=config.encoding if "encoding" in names else "utf-8"):
            yield as_sentence(line, cut_words(line)) if NOT_TEXT not in line else NOT_UTF_8

    def _answers(self, sentences: Sequence[Sentence | str]) -> list[TagPrediction]:
        readable = [sentence for sentence in sentences if isinstance(sentence, Sentence)]
        told = iter(zip(readable, self._told(readable), strict=True))
        return [
            TagPrediction((), [], [], [], sentence) if isinstance(sentence, str) else answered(*next(told))
            for sentence in sentences
        ]

    def _told(self, sentences: Sequence[Sentence]) -> list[TaggedWords]:
        return tagged(self.model, TaggedPart(sentences, self.config.tags, self.units))[0]

    def _other(self, data: str, settings: Sequence[str]) -> dict[str, TaggedPart]:
        return encode_tagged(self._read_as(data, settings), self.config.tags, self.units)

    def _read_as(self, path: str, settings: Sequence[str]) -> TaggedConfig:
        about_data = [setting.removeprefix("data.") for setting in settings]
        return override(self._data_config(path), about_data, where="data")

    def _data_config(self, path: str) -> TaggedConfig:
        """Columns and encoding as they were in training."""
        recipe = read_toml(self.folder.recipe_path).get("data", {}) if self.folder.recipe_path.exists() else {}
        kept = ("word_column", "tag_column", "encoding")
        return TaggedConfig.from_dict({name: recipe[name] for name in kept if name in recipe} | {"path": path}, "data")

    def _own_data(self) -> TaggedData:
        values = {name: value for name, value in self._recipe()["data"].items() if name != "kind"}
        asked = TaggedConfig.from_dict(values, "data")
        return self._unchanged(open_tagged(asked), asked.path)


def entity_lines(score: dict[str, Any]) -> list[str]:
    """A score in a few lines."""
    low, high = score["interval"]
    unseen = score["recall_unseen"]
    about_unseen = "" if unseen is None else f"; of {score['n_unseen']:,} that training lacks {unseen:.1%} are found"
    types = (f"{name} {100 * one['f1']:.1f} ({one['n_entities']:,})" for name, one in score["by_type"].items())
    return [
        f"entity F1 {100 * score['f1']:.1f} (95 % interval {100 * low:.1f} to {100 * high:.1f}), precision "
        f"{score['precision']:.1%}, recall {score['recall']:.1%}, {score['n_entities']:,} entities in "
        f"{score['n_sentences']:,} sentences{about_unseen}",
        f"F1 by type: {', '.join(types)}",
        *([f"{score['loss']:.4f} nats per word, {score['n_targets']:,} words"] if "loss" in score else []),
    ]


def _beside_lines(score: dict[str, Any]) -> Iterator[str]:
    """The simpler taggers beside it, over the same sentences."""
    for other in others_of(score):
        low, high = other["difference"]["interval"]
        gap = f"the difference is between {100 * low:+.1f} and {100 * high:+.1f} (95 %)"
        yield f"beside it, {other['name']}: F1 {100 * other['f1']:.1f}; {gap}"


def _pick(parts: dict[str, TaggedPart], part: str) -> TaggedPart:
    """One part; what is not divided is taken whole."""
    if {*parts} == {"train"}:
        return parts["train"]
    if part not in parts:
        raise ConfigError(f"--part {part}: this data has no such part. {suggest(part, parts)}")
    return parts[part]


def _shown(part: TaggedPart, n: int) -> np.ndarray:
    """Sentences with entities, spread over the part; others, where there are too few."""
    filled = [row for row, sentence in enumerate(part.sentences) if entities(sentence.tags)]
    rows = filled or list(range(len(part.sentences)))
    return np.array([rows[i * len(rows) // n] for i in range(n)] if len(rows) >= n else rows)
