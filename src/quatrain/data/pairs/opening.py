"""From a path to parallel text as tokens, in parts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from quatrain.data._types import Corpus
from quatrain.data.config import PairsConfig
from quatrain.data.pairs.part import Pairs
from quatrain.data.pairs.reading import read_parallel
from quatrain.data.pairs.split import split_parts
from quatrain.data.pairs.texts import SOURCE, TARGET, Parallel, Texts
from quatrain.data.pairs.vocabulary import SOURCE_TOKENIZER, learn_tokenizers
from quatrain.data.parted import PartedData
from quatrain.data.tokenizers import Tokenizer
from quatrain.errors import DataError

__all__ = ["PairData", "encode_pairs", "open_pairs"]

ENCODED_AT_ONCE = 100_000
"""Texts given to a tokenizer together."""
Say = Callable[[str], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class PairData(PartedData[Pairs]):
    """Parallel text as tokens, split."""

    tokenizer: Tokenizer
    """Of the target."""
    src_tokenizer: Tokenizer
    """Of the source; the same object where both sides share a vocabulary."""
    sides: tuple[str, str]
    """What source and target are called: languages, columns or files."""
    n_left_out: int
    """Training pairs left out because a side is empty."""

    @property
    def counted(self) -> Corpus:
        """What models count before their first update: the targets of the training part."""
        return self.train.target

    def about(self) -> dict[str, Any]:
        """What result.json says of it."""
        sides = [side for part in self.parts.values() for side in (part.source, part.target)]
        return super().about() | {
            "sides": list(self.sides),
            "n_documents": sum(map(len, self.parts.values())),
            "n_bytes": sum(side.n_bytes for side in sides),
            "n_chars": sum(side.n_chars for side in sides),
            "train_tokens": self.train.n_targets,
            "val_tokens": self.val.n_targets,
            "vocab_size": self.tokenizer.vocab_size,
            "tokenizer": self.tokenizer.name,
        }

    def left_out(self, seq_len: int) -> str:
        """How many pairs are too long to be learned from, in a sentence; empty where none is."""
        n_long = self.train.n_longer_than(seq_len)
        return f"{n_long:,} pairs with a side of more than {seq_len} tokens are not learned from." if n_long else ""

    def tokenizer_files(self) -> dict[str, Tokenizer]:
        """What a run folder keeps to turn text into tokens: file name -> tokenizer."""
        own = {} if self.src_tokenizer is self.tokenizer else {SOURCE_TOKENIZER: self.src_tokenizer}
        return {"tokenizer.json": self.tokenizer, **own}


def open_pairs(
    config: PairsConfig,
    *,
    tokenizers: tuple[Tokenizer, Tokenizer] | None = None,
    say: Say = lambda _: None,
) -> PairData:
    """Read, split and tokenise parallel text.

    Args:
        tokenizers: trained ones of source and target; None learns those that `config` asks for.
        say: told, in sentences, what is going on.
    Raises:
        DataError: the data cannot be read (missing, empty, damaged, wrongly encoded, one side only, of unequal
            length), there is too little of it, or it has a character the tokenizer lacks.
        ConfigError: the vocabulary asked for is too small.
        MissingExtra: a parquet file, and polars is not installed; or `dates`, and babel is not.
    """
    return open_read(config, read_parallel(config), tokenizers=tokenizers, say=say)


def open_read(
    config: PairsConfig,
    read: Parallel,
    *,
    tokenizers: tuple[Tokenizer, Tokenizer] | None = None,
    say: Say = lambda _: None,
) -> PairData:
    """`open_pairs`, from what was read already."""
    say(read.direction)
    filled, notes = {}, [read.direction, *read.notes]
    for name, texts in read.parts.items():
        filled[name], empty = _without_empty(texts)
        notes += empty
    n_left_out = len(read.parts["train"]) - len(filled["train"]) if "train" in filled else 0
    try:
        parts, split = split_parts(filled, config.val_fraction)
    except DataError as error:
        raise DataError(f"{config.path}: {error}") from None
    src_tokenizer, tokenizer = tokenizers or learn_tokenizers(config, parts)
    for sentence in (*notes[1:], split, _about_vocabulary(src_tokenizer, tokenizer)):
        say(sentence)
    pairs = {name: encode(part, src_tokenizer, tokenizer) for name, part in parts.items()}
    return PairData(
        train=pairs.pop("train"),
        val=pairs.pop("val"),
        tests=pairs,
        tokenizer=tokenizer,
        src_tokenizer=src_tokenizer,
        name=read.name,
        sides=read.sides,
        fingerprint=_fingerprint(config, parts, src_tokenizer, tokenizer),
        split=split,
        notes=tuple(notes),
        n_left_out=n_left_out,
    )


def encode_pairs(
    config: PairsConfig, tokenizers: tuple[Tokenizer, Tokenizer], say: Say = lambda _: None
) -> dict[str, Pairs]:
    """All of some parallel text, by part, for a model that is trained already.

    What is not divided into parts is one part, called `train` as in `open_pairs`.

    Args:
        tokenizers: of source and target.
        say: told which way is translated and what is left out.
    Raises:
        DataError: the data cannot be read, holds no pair, or has a character a tokenizer lacks.
    """
    read = read_parallel(config)
    pairs = {}
    for sentence in (read.direction, *read.notes):
        say(sentence)
    for name, texts in read.parts.items():
        filled, empty = _without_empty(texts)
        for sentence in empty:
            say(sentence)
        pairs[name] = encode(filled, *tokenizers)
    if not any(map(len, pairs.values())):
        raise DataError(f"{config.path}: holds no pair with text on both sides.")
    return pairs


def encode(texts: Texts, src_tokenizer: Tokenizer, tokenizer: Tokenizer) -> Pairs:
    """The pairs of one part as tokens.

    Raises:
        DataError: a character that a tokenizer does not know; the message has its file and line.
    """
    source = _stream(texts, texts.src, SOURCE, src_tokenizer)
    target = _stream(texts, texts.tgt, TARGET, tokenizer)
    return Pairs(texts.name, source, target, texts.src, texts.tgt, src_tokenizer, tokenizer)


def _stream(texts: Texts, side: list[str], which: int, tokenizer: Tokenizer) -> Corpus:
    """One side as `eos d1 eos d2 ... dn eos`."""
    ids: list[np.ndarray] = []
    for start in range(0, len(side), ENCODED_AT_ONCE):
        some = side[start : start + ENCODED_AT_ONCE]
        try:
            ids += tokenizer.encode_many(some)
        except DataError:
            ids += [_encoded(texts, start + i, which, text, tokenizer) for i, text in enumerate(some)]
    eos = np.array([tokenizer.eos_id], tokenizer.dtype)
    tokens = np.concatenate([*chain.from_iterable((eos, document) for document in ids), eos])
    starts = np.cumsum([0, *(len(document) + 1 for document in ids)])[:-1]
    return Corpus(
        tokens, starts.astype(np.int64), n_bytes=sum(len(text.encode()) for text in side), n_chars=sum(map(len, side))
    )


def _encoded(texts: Texts, index: int, side: int, text: str, tokenizer: Tokenizer) -> np.ndarray:
    try:
        return tokenizer.encode_array(text)
    except DataError as error:
        raise DataError(f"{texts.place(index, side)}: {error}") from None


def _without_empty(texts: Texts) -> tuple[Texts, list[str]]:
    """The pairs with text on both sides, and what was left out, in sentences."""
    empty = texts.is_empty
    is_left_out = empty[SOURCE] | empty[TARGET]
    rows = np.flatnonzero(is_left_out)
    if not len(rows):
        return texts, []
    places = [texts.place(int(row), SOURCE if empty[SOURCE][row] else TARGET) for row in rows[:3]]
    more = f" and {len(rows) - 3:,} more" if len(rows) > 3 else ""
    pairs = (
        "1 pair has an empty side and stays" if len(rows) == 1 else f"{len(rows):,} pairs have an empty side and stay"
    )
    return texts.keep(~is_left_out), [f"{texts.name}: {pairs} out of training and scores: {', '.join(places)}{more}."]


def _about_vocabulary(source: Tokenizer, target: Tokenizer) -> str:
    if source is target:
        return f"Tokenizer of both sides: {target.name}, {target.vocab_size:,} tokens."
    return (
        f"Tokenizers: source {source.name}, {source.vocab_size:,} tokens; target {target.name}, "
        f"{target.vocab_size:,} tokens."
    )


def _fingerprint(config: PairsConfig, parts: dict[str, Texts], *tokenizers: Tokenizer) -> str:
    """Of the texts in their parts and the tokenizers; not of where and how they lie on the disk."""
    total = hashlib.sha256()
    for tokenizer in tokenizers:
        total.update(tokenizer.backend.to_str().encode())
    for name, part in parts.items():
        total.update(json.dumps([name, len(part)]).encode())
        for side in (part.src, part.tgt):
            total.update("\n".join(side).encode())
    return total.hexdigest()
