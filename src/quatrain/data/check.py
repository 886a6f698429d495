"""What is in some data, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from quatrain.data.config import DataConfig
from quatrain.data.corpus import TextData, open_text
from quatrain.data.faults import Fault, in_sentences
from quatrain.data.findings import Heard, Report
from quatrain.data.overlap import SHINGLE, found_again
from quatrain.data.readers import Piece, read_pieces
from quatrain.data.split import MANY, Split, Survey, plan_split, survey

__all__ = ["DataReport", "check_text"]

SHOWN = 100  # faults and duplicates listed one by one
LINES = 200_000  # lines looked at for repetition
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class DataReport(Report):
    """What a check found. Counts are over all parts."""

    path: str
    n_documents: int
    n_bytes: int
    """UTF-8 bytes of the text."""
    n_chars: int
    n_distinct: int
    """Distinct characters."""
    tokenizer: str | None
    """Kind of tokenizer; None, as all about tokens, where a fault keeps the data from being tokenised."""
    vocab_size: int | None
    tokens: dict[str, int]
    """Tokens of each part."""
    tokens_per_byte: float | None
    split: str | None
    """How the text is split, in a sentence."""
    faults: tuple[Fault, ...]
    """What keeps the data from being used; the first hundred."""
    n_faults: int
    skipped: dict[str, int]
    """Files and rows left out, by reason."""
    n_blank: int
    """Documents of nothing but white space, and empty ones."""
    n_long: int | None
    """Documents longer than `seq_len` tokens; None where that was not given."""
    longest: int | None
    """Tokens of the longest document."""
    n_duplicates: int
    """Documents equal to an earlier one."""
    duplicates: tuple[str, ...]
    """Where they are; the first hundred."""
    overlap: float
    """Share of the validation part that training sees too, from 0 to 1."""
    overlap_of: str
    """What that share counts: documents, or stretches of 50 characters."""
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None
    """As `TextData.fingerprint`."""

    def contents(self) -> Iterator[str]:
        """How much text there is, how it is split, and its tokens."""
        yield (
            f"{self.path}: {self.n_documents:,} documents, {self.n_bytes:,} bytes, {self.n_chars:,} characters, "
            f"{self.n_distinct:,} distinct"
        )
        yield self.split or ""
        if self.tokens_per_byte:
            parts = ", ".join(f"{name} {count:,}" for name, count in self.tokens.items())
            known = f"{self.vocab_size:,} tokens known"
            yield f"tokenizer {self.tokenizer}, {known}; tokens: {parts} ({self.tokens_per_byte:.3f} a byte)"

    def oddities(self) -> Iterator[str]:
        """What was left out, documents that look wrong, and what training sees of the validation part."""
        yield from (f"skipped {n:,} ({reason})" for reason, n in self.skipped.items() if n)
        if self.n_blank:
            yield f"{self.n_blank:,} empty documents"
        if self.n_long:
            yield f"{self.n_long:,} documents are longer than a row; the longest has {self.longest:,} tokens"
        if self.n_duplicates:
            yield f"{self.n_duplicates:,} documents repeat an earlier one: {', '.join(self.duplicates[:3])}"
        if self.overlap:
            yield f"training sees {self.overlap:.1%} of the validation part ({self.overlap_of})"


def check_text(config: DataConfig, *, seq_len: int | None = None, cache_dir: Path | None = None) -> DataReport:
    """Read everything and report; what is wrong with the files is reported, not raised.

    Args:
        seq_len: tokens of a row, to tell over-long documents.
        cache_dir: where token streams are kept, as for `open_text`.
    Raises:
        ConfigError: the vocabulary asked for is too small.
    """
    seen = _Seen(config.path)
    found = seen.survey(config)
    split = seen.guard(lambda: plan_split(found, config.val_fraction)) if found.n_chars else None
    duplicate = _repeats(found)
    overlap, overlap_of = _overlap(config, found, split) if split else (0.0, "documents")
    data = seen.guard(lambda: open_text(config, cache_dir=cache_dir)) if not seen.n_faults else None
    lengths = _document_lengths(data)
    n_tokens = {name: len(c.tokens) for name in ("train", "val", "test") if (c := getattr(data, name, None))}
    return DataReport(
        path=config.path,
        n_documents=len(found.parts),
        n_bytes=found.n_bytes,
        n_chars=found.n_chars,
        n_distinct=len(found.alphabet),
        tokenizer=data.tokenizer.name if data else None,
        vocab_size=data.tokenizer.vocab_size if data else None,
        tokens=n_tokens,
        tokens_per_byte=sum(n_tokens.values()) / found.n_bytes if data else None,
        split=split.sentence if split else None,
        faults=tuple(seen.faults),
        n_faults=seen.n_faults,
        skipped=dict(seen.skipped),
        n_blank=seen.n_blank + seen.skipped["empty"],
        n_long=int((lengths > seq_len).sum()) if data and seq_len else None,
        longest=int(lengths.max()) if data else None,
        n_duplicates=len(duplicate),
        duplicates=_sources(config, duplicate) if len(duplicate) else (),
        overlap=overlap,
        overlap_of=overlap_of,
        warnings=(*seen.warnings(), *_short_parts(n_tokens, seq_len)),
        fingerprint=data.fingerprint if data else None,
    )


@dataclass
class _Seen(Heard):
    """What is gathered while the text streams by."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    """Of how files are read: source and what is to be said."""
    n_blank: int = 0
    n_control: int = 0
    n_returns: int = 0
    n_replaced: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    n_lines: int = 0

    def survey(self, config: DataConfig) -> Survey:
        pieces = read_pieces(
            config,
            self.fault,
            lambda _, reason: self.skipped.update([reason]),
            lambda *note: self.notes.append(note),
        )
        return survey(self._watch(self._surviving(pieces)))

    def warnings(self) -> Iterator[str]:
        yield from in_sentences(self.notes)
        if self.n_lines >= SHOWN and len(self.lines) <= 0.1 * self.n_lines:
            line, count = self.lines.most_common(1)[0]
            yield (
                f"{1 - len(self.lines) / self.n_lines:.0%} of the lines repeat an earlier one; the commonest, "
                f"{line[:40]!r}, stands {count:,} times."
            )
        if self.n_control:
            yield f"{self.n_control:,} control characters stand in the text."
        if self.n_returns:
            yield f"{self.n_returns:,} carriage returns stand in the text; they are kept as characters."
        if self.n_replaced and not self.n_faults:
            yield f"{self.n_replaced:,} characters are U+FFFD: the text was decoded wrongly once before."

    def _surviving(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        while (piece := self.guard(lambda: next(pieces, None))) is not None:
            yield piece

    def _watch(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        is_blank = False
        for piece in pieces:
            if piece.starts_document:
                self.n_blank += is_blank
                is_blank = True
            is_blank = is_blank and not piece.text.strip()
            self.n_control += len(CONTROL.findall(piece.text))
            self.n_returns += piece.text.count("\r")
            self.n_replaced += piece.text.count("\ufffd")
            if self.n_lines < LINES:
                lines = [line for line in piece.text.split("\n") if line.strip()]
                self.lines.update(lines)
                self.n_lines += len(lines)
            yield piece
        self.n_blank += is_blank


def _repeats(found: Survey) -> np.ndarray:
    """Numbers of the documents that equal an earlier one."""
    _, first = np.unique(found.hashes, return_index=True)
    return np.setdiff1d(np.arange(len(found.hashes)), first)


def _sources(config: DataConfig, documents: np.ndarray) -> tuple[str, ...]:
    wanted, sources = {*documents[:SHOWN].tolist()}, []
    number = -1
    for piece in _pieces(config):
        number += piece.starts_document
        if piece.starts_document and number in wanted:
            sources.append(piece.source)
    return tuple(sources)


def _overlap(config: DataConfig, found: Survey, split: Split) -> tuple[float, str]:
    is_val = np.array([part == "val" for part in split.parts])
    if is_val.sum() >= MANY or (split.cut is None and len(is_val) >= MANY):
        is_train = np.array([part == "train" for part in split.parts])
        return float(np.isin(found.hashes[is_val], found.hashes[is_train]).mean()), "documents"
    n_chars = int(found.chars[is_val].sum())
    if split.cut is not None:
        n_chars += int(found.chars[split.cut[0]]) - split.cut[1]
    val, train = (split.documents(_pieces(config), part) for part in ("val", "train"))
    return found_again(val, n_chars, train), f"stretches of {SHINGLE} characters"


def _pieces(config: DataConfig) -> Iterator[Piece]:
    """Read again what was reported on already."""
    return read_pieces(config, on_fault=lambda _: None)


def _document_lengths(data: TextData | None) -> np.ndarray:
    """Tokens of each document, with the one that starts it; one that is cut in two counts as two."""
    if data is None:
        return np.zeros(1, np.int64)
    corpora = [corpus for corpus in (data.train, data.val, data.test) if corpus is not None]
    ends = [len(corpus.tokens) - int(corpus.tokens[-1] == data.tokenizer.eos_id) for corpus in corpora]
    return np.concatenate([np.diff(c.document_starts, append=end) for c, end in zip(corpora, ends, strict=True)])


def _short_parts(tokens: dict[str, int], seq_len: int | None) -> Iterator[str]:
    for part, count in tokens.items():
        if seq_len and count <= seq_len:
            yield f"The {part} part has {count:,} tokens, less than one row of {seq_len:,}."
