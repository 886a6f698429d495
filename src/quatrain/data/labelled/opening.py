"""From a path to labelled texts as tokens, in parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt64

from quatrain.data._types import Corpus
from quatrain.data.classes import ClassedData, classes_of, keep_labels, numbered, split_parts, training_part
from quatrain.data.config import LabelledConfig
from quatrain.data.framing import Framing
from quatrain.data.hashes import content_hashes
from quatrain.data.labelled.columns import Columns
from quatrain.data.labelled.part import TextExamples
from quatrain.data.labelled.reading import read_labelled
from quatrain.data.labelled.texts import Labelled, LabelledTexts
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import DataError

__all__ = ["LabelledData", "encode_labelled", "open_labelled", "open_read"]

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class LabelledData(ClassedData[TextExamples]):
    """Labelled texts as tokens, split."""

    tokenizer: Tokenizer
    columns: Columns | None
    """Where its parts stand in the tables."""

    @property
    def counted(self) -> Corpus:
        """What models count before their first update: the framed texts of the training part."""
        framed = self.train.framed
        n_bytes, n_chars = _size(self.train)
        return Corpus(framed.tokens, framed.starts[:-1], n_bytes=n_bytes, n_chars=n_chars)

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        sizes = [_size(part) for part in self.parts.values()]
        return super().about() | {
            "n_bytes": sum(n_bytes for n_bytes, _ in sizes),
            "n_chars": sum(n_chars for _, n_chars in sizes),
            "vocab_size": self.tokenizer.vocab_size,
            "tokenizer": self.tokenizer.name,
        }

    def left_out(self, seq_len: int) -> str:
        """How many texts are cut, in a sentence; empty where none is."""
        n_long = self.train.n_longer_than(seq_len)
        return f"{n_long:,} examples of more than {seq_len} tokens lose their ends." if n_long else ""

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer."""
        return {"tokenizer.json": self.tokenizer}


def open_labelled(config: LabelledConfig, *, say: Say = lambda _: None) -> LabelledData:
    """Read, split and tokenise labelled text.

    Args:
        say: told, in sentences, what is going on.
    Raises:
        DataError: the data cannot be read (missing, empty, damaged, wrongly encoded, without labels), there is too
            little of it or only one class, or a part has a class that training lacks.
        ConfigError: the vocabulary asked for is too small.
        MissingExtra: a parquet file, and polars is not installed.
    """
    return open_read(config, read_labelled(config), say=say)


def open_read(config: LabelledConfig, read: Labelled, *, say: Say = lambda _: None) -> LabelledData:
    """`open_labelled`, from what was read already."""
    filled, notes = usable_parts(read)
    try:
        training_part(filled, "example")
        classes = classes_of(filled)
        parts, split = split_parts(
            filled, config.val_fraction, _hashes, example="example", content="text", contents="texts"
        )
        parts["train"] = keep_labels(parts["train"], config.n_labels, config.label_seed)
    except DataError as error:
        is_placed = str(error).startswith(config.path)
        raise DataError(str(error) if is_placed else f"{config.path}: {error}") from None
    tokenizer = _tokenizer(config, parts)
    for sentence in (*notes, f"{len(classes)} classes: {_listed(classes)}.", _about_vocabulary(tokenizer)):
        say(sentence)
    examples = {name: encode(part, classes, tokenizer) for name, part in parts.items()}
    return LabelledData(
        train=examples.pop("train"),
        val=examples.pop("val"),
        tests=examples,
        tokenizer=tokenizer,
        columns=read.columns,
        name=read.name,
        fingerprint=_fingerprint(parts, tokenizer),
        split=split,
        notes=tuple(notes),
    )


def encode_labelled(
    config: LabelledConfig, classes: tuple[str, ...], tokenizer: Tokenizer, say: Say = lambda _: None
) -> dict[str, TextExamples]:
    """All of some labelled text, by part, for a model that is trained already.

    What is not divided into parts is one part, called `train` as in `open_labelled`.

    Raises:
        DataError: the data cannot be read, holds no example, or has a class that the model does not know.
    """
    filled, notes = usable_parts(read_labelled(config))
    for sentence in notes:
        say(sentence)
    if not any(map(len, filled.values())):
        raise DataError(f"{config.path}: holds no example with text and a label.")
    return {name: encode(part, classes, tokenizer) for name, part in filled.items()}


def encode(texts: LabelledTexts, classes: tuple[str, ...], tokenizer: Tokenizer) -> TextExamples:
    """The examples of one part as tokens.

    Raises:
        DataError: a class that is not among `classes`, or a character that the tokenizer does not know; the message
            has its file and line.
    """
    part = TextExamples(texts.texts, texts.seconds, numbered(texts, classes), classes, Framing(tokenizer))
    try:
        _ = part.framed
    except DataError:
        for row, sides in enumerate(zip(*part.plain(), strict=True)):
            for side in sides:
                try:
                    tokenizer.encode_array(side)
                except DataError as error:
                    raise DataError(f"{texts.place(row)}: {error}") from None
        raise
    return part


def usable_parts(read: Labelled) -> tuple[dict[str, LabelledTexts], list[str]]:
    """The examples with text and label, and what was left out, in sentences."""
    kept, notes = {}, [read.reading, *read.notes]
    for name, texts in read.parts.items():
        is_labelled, has_text = texts.is_labelled, ~texts.is_empty
        for what, is_wrong in (("have no label", ~is_labelled), ("have no text", is_labelled & ~has_text)):
            rows = np.flatnonzero(is_wrong)
            if len(rows):
                places = ", ".join(texts.place(int(row)) for row in rows[:3])
                more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
                notes.append(f"{name}: {len(rows):,} examples {what} and are left out: {places}{more}.")
        kept[name] = texts.keep(is_labelled & has_text)
    return kept, notes


def _tokenizer(config: LabelledConfig, parts: dict[str, LabelledTexts]) -> Tokenizer:
    asked = config.tokenizer
    if asked.path is not None:
        return Tokenizer.taken_from(Path(asked.path))
    if asked.name == "auto":
        asked = asked.replace(name="word", lowercase=True)
    texts = [part for part in parts.values() if asked.name == "char"] or [parts["train"]]
    return Tokenizer.train(
        [text for part in texts for side in (part.texts, part.seconds or []) for text in side],
        asked.replace(framed=True),
    )


def _about_vocabulary(tokenizer: Tokenizer) -> str:
    return f"Tokenizer: {tokenizer.name}, {tokenizer.vocab_size:,} tokens."


def _listed(classes: tuple[str, ...], most: int = 10) -> str:
    return ", ".join(classes[:most]) + (", ..." if len(classes) > most else "")


def _size(part: TextExamples) -> tuple[int, int]:
    """UTF-8 bytes and characters."""
    texts = [text for side in part.plain() for text in side]
    return sum(len(text.encode()) for text in texts), sum(map(len, texts))


def _hashes(part: LabelledTexts) -> UInt64[np.ndarray, " n"]:
    return content_hashes(key.encode() for key in part.keys())  # noqa: SIM118 - not a mapping


def _fingerprint(parts: dict[str, LabelledTexts], tokenizer: Tokenizer) -> str:
    """Of texts and labels in their parts and the tokenizer; not of where and how they lie on the disk."""
    total = hashlib.sha256(tokenizer.backend.to_str().encode())
    for name, part in parts.items():
        total.update(json.dumps([name, len(part)]).encode())
        for values in (part.keys(), part.labels):
            total.update("\n".join(values).encode())
    return total.hexdigest()
