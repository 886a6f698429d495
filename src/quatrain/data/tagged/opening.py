"""From a path to tagged sentences as a model reads them, in parts."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from quatrain.data._types import Corpus
from quatrain.data.config import TaggedConfig
from quatrain.data.framing import Framing
from quatrain.data.parted import PartedData
from quatrain.data.tagged.part import TaggedPart, surfaces
from quatrain.data.tagged.reading import read_tagged
from quatrain.data.tagged.sentences import Sentence, TaggedRead
from quatrain.data.tagged.spans import entities, tag_names
from quatrain.data.tagged.split import split_parts
from quatrain.data.tagged.units import Pieces, Units, Words
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import DataError

__all__ = ["TaggedData", "encode_tagged", "open_read", "open_tagged", "units_of"]

Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class TaggedData(PartedData[TaggedPart]):
    """Tagged sentences, split, as a model reads them."""

    units: Units

    @property
    def tokenizer(self) -> Tokenizer:
        """What makes ids of words, or of their pieces."""
        return self.units.tokenizer

    @property
    def reads(self) -> str:
        """What a model of it reads: `words`, or `text` in pieces."""
        return "words" if isinstance(self.units, Words) else "text"

    @cached_property
    def counted(self) -> Corpus:
        """What models count before their first update: the sentences of the training part."""
        encoded = self.units.encode([sentence.words for sentence in self.train.sentences])
        tokens = np.concatenate([sentence.tokens for sentence in encoded])
        starts = np.cumsum([0, *(len(sentence.tokens) for sentence in encoded)])[:-1]
        n_bytes, n_chars = _size(self.train)
        return Corpus(tokens, starts.astype(np.int64), n_bytes=n_bytes, n_chars=n_chars)

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        sizes = [_size(part) for part in self.parts.values()]
        return super().about() | {
            "tags": list(self.train.tags),
            "n_labels": len(self.train.sentences),
            "n_documents": sum(len(part.sentences) for part in self.parts.values()),
            "sentences": {name: len(part.sentences) for name, part in self.parts.items()},
            "words": {name: part.n_targets for name, part in self.parts.items()},
            "entities": {name: dict(sorted(count_types(part.sentences).items())) for name, part in self.parts.items()},
            "n_bytes": sum(n_bytes for n_bytes, _ in sizes),
            "n_chars": sum(n_chars for _, n_chars in sizes),
            "train_tokens": self.train.n_targets,
            "val_tokens": self.val.n_targets,
            "vocab_size": self.tokenizer.vocab_size,
            "tokenizer": self.tokenizer.name,
        }

    def left_out(self, seq_len: int) -> str:
        """How many sentences are read in windows, in a sentence; empty where none is. None is left out."""
        n_long = self.train.n_longer_than(seq_len)
        return f"{n_long:,} sentences of more than {seq_len} tokens are read in windows that overlap." if n_long else ""

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer."""
        return {"tokenizer.json": self.tokenizer}


def open_tagged(config: TaggedConfig, *, say: Say = lambda _: None) -> TaggedData:
    """Read, split and encode tagged sentences.

    Args:
        say: told, in sentences, what is going on.
    Raises:
        DataError: the data cannot be read (missing, empty, damaged, wrongly encoded, without tags or entities), or
            there is too little of it.
        ConfigError: the vocabulary asked for is too small, or a column cannot be.
    """
    return open_read(config, read_tagged(config), say=say)


def open_read(config: TaggedConfig, read: TaggedRead, *, say: Say = lambda _: None) -> TaggedData:
    """`open_tagged`, from what was read already."""
    try:
        sentences, split = split_parts(read.parts, config.val_fraction)
        sentences["train"] = _drawn(sentences["train"], config.n_labels, config.label_seed)
        types = count_types(sentences["train"])
        if not types:
            raise DataError("there is no entity in the training part, so nothing can be learned.")
    except DataError as error:
        raise DataError(f"{config.path}: {error}") from None
    units = units_of(config, sentences["train"])
    seen = frozenset(surface for sentence in sentences["train"] for surface in surfaces(sentence))
    parts = {name: TaggedPart(part, tag_names(types), units, seen) for name, part in sentences.items()}
    notes = [*read.notes, *_never_learned(sentences, types)]
    for sentence in (*notes, f"Types of entities: {', '.join(sorted(types))}.", _about(units)):
        say(sentence)
    return TaggedData(
        train=parts.pop("train"),
        val=parts.pop("val"),
        tests=parts,
        units=units,
        name=read.name,
        fingerprint=_fingerprint(sentences, units.tokenizer),
        split=split,
        notes=tuple(notes),
    )


def encode_tagged(
    config: TaggedConfig, tags: tuple[str, ...], units: Units, say: Say = lambda _: None
) -> dict[str, TaggedPart]:
    """All of some tagged text, by part, for a model that is trained already.

    What is not divided into parts is one part, called `train` as in `open_tagged`.

    Raises:
        DataError: the data cannot be read, or holds no entity.
    """
    read = read_tagged(config)
    for sentence in read.notes:
        say(sentence)
    return {name: TaggedPart(sentences, tags, units) for name, sentences in read.parts.items()}


def count_types(sentences: Sequence[Sentence]) -> Counter[str]:
    """Entities of each type."""
    return Counter(found.type for sentence in sentences for found in entities(sentence.tags))


def units_of(config: TaggedConfig, train: Sequence[Sentence]) -> Units:
    """What a model reads, as the settings say: words unless a tokenizer of pieces is asked for."""
    asked = config.tokenizer
    if asked.path is not None:
        return wrapped(Tokenizer.taken_from(Path(asked.path)), as_words=config.units == "words")
    as_words = config.units == "words" or (config.units == "auto" and asked.name in ("auto", "word"))
    name = ("word" if as_words else "wordpiece") if asked.name == "auto" else asked.name
    settled = asked.replace(name=name, lowercase=asked.lowercase or as_words, framed=not as_words)
    return wrapped(Tokenizer.train((" ".join(sentence.words) for sentence in train), settled), as_words=as_words)


def wrapped(tokenizer: Tokenizer, *, as_words: bool) -> Units:
    """A tokenizer as it is used on words.

    Raises:
        DataError: words are to be looked up in a vocabulary of something else.
    """
    if not as_words:
        return Pieces(Framing(tokenizer))
    if tokenizer.name != "word":
        raise DataError(
            f"data.units=words needs a vocabulary of words, and this is one of the kind {tokenizer.name!r}. Leave out "
            "data.units, or set data.tokenizer.name=word."
        )
    return Words(tokenizer)


def _drawn(train: list[Sentence], n_labels: int | None, seed: int) -> list[Sentence]:
    """So many sentences of the training part, in their order; None: all."""
    if n_labels is None or n_labels >= len(train):
        return train
    rows = np.random.default_rng(seed).permutation(len(train))[:n_labels]
    return [train[row] for row in np.sort(rows)]


def _never_learned(parts: dict[str, list[Sentence]], types: Counter[str]) -> list[str]:
    """What is asked for in other parts and stands nowhere in training."""
    notes = []
    for name, sentences in parts.items():
        new = {kind: n for kind, n in count_types(sentences).items() if kind not in types}
        if new:
            listed = ", ".join(f"{kind} ({n:,})" for kind, n in sorted(new.items()))
            notes.append(f"{name} has entities of types that training lacks: {listed}; they count as missed.")
    return notes


def _about(units: Units) -> str:
    what = "words and their spelling" if isinstance(units, Words) else "pieces of words"
    return f"Read as {what}: {units.tokenizer.name}, {units.tokenizer.vocab_size:,} tokens."


def _size(part: TaggedPart) -> tuple[int, int]:
    """UTF-8 bytes and characters of the words."""
    words = [word for sentence in part.sentences for word in sentence.words]
    return sum(len(word.encode()) for word in words), sum(map(len, words))


def _fingerprint(parts: dict[str, list[Sentence]], tokenizer: Tokenizer) -> str:
    """Of words and tags in their parts and the tokenizer; not of where and how they lie on the disk."""
    total = hashlib.sha256(tokenizer.backend.to_str().encode())
    for name, sentences in parts.items():
        total.update(json.dumps([name, [[s.words, s.tags] for s in sentences]]).encode())
    return total.hexdigest()
