"""What is in some parallel text, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from quatrain.data.config import PairsConfig
from quatrain.data.faults import Fault
from quatrain.data.findings import PLACES_SHOWN, Finding, Heard, Report, told
from quatrain.data.pairs.exchanged import COMMON_WORDS, exchanged_pairs, spoken
from quatrain.data.pairs.opening import PairData, open_read
from quatrain.data.pairs.reading import read_parallel
from quatrain.data.pairs.texts import SOURCE, TARGET, Parallel, Texts, joined

__all__ = ["Finding", "Overlap", "PairReport", "check_pairs"]

FAR = 3.0
"""How many times longer or shorter than usual a target must be, set beside its source, to be told of."""
LONG_ENOUGH = 30
"""Characters of the longer side from which on that means something."""


@dataclass(frozen=True)
class Overlap:
    """How much of a part training has seen, from 0 to 1."""

    sources: float
    """Share of its pairs whose source stands in training."""
    pairs: float
    """Share of its pairs that stand in training as they are."""


@dataclass(frozen=True)
class PairReport(Report):
    """What a check found. Counts are over all parts; places are files and lines."""

    path: str
    sides: tuple[str, str]
    """What source and target are called."""
    direction: str
    """Which way is translated, in a sentence."""
    n_pairs: int
    """Pairs that were read, those with an empty side among them."""
    pairs: dict[str, int]
    """Pairs of each part that can be used."""
    tokenizer: str | None
    """Kind of tokenizer; None, as all about tokens, where a fault keeps the data from being tokenised."""
    vocab_size: int | None
    """Tokens that targets are written with."""
    src_vocab_size: int | None
    """Tokens that sources are written with."""
    src_tokens: dict[str, int]
    """Tokens of each part, every end of text counted."""
    tgt_tokens: dict[str, int]
    split: str | None
    """How the pairs are split, in a sentence."""
    faults: tuple[Fault, ...]
    """What keeps the data from being used; the first hundred."""
    n_faults: int
    skipped: dict[str, int]
    """Files left out, by reason."""
    empty: Finding
    """Pairs with a side of nothing but white space; left out."""
    far_lengths: Finding
    """Pairs of very unequal length, set beside the usual ratio."""
    usual_ratio: float | None
    """Characters of a target for each of its source: the median."""
    same: Finding
    """Pairs with one text on both sides."""
    exchanged: Finding
    """Pairs that seem to stand the wrong way round."""
    duplicates: Finding
    """Pairs equal to an earlier one of the same part."""
    n_ambiguous: int
    """Sources of the training part with several different targets."""
    overlap: dict[str, Overlap]
    """Of every part but the training part."""
    n_long: int | None
    """Training pairs with a side longer than `seq_len` tokens; None where that was not given."""
    longest: int | None
    """Tokens of the longest side."""
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None
    """As `PairData.fingerprint`."""

    def contents(self) -> Iterator[str]:
        """How many pairs there are, which way is translated, and their tokens."""
        yield f"{self.path}: {self.n_pairs:,} pairs. {self.direction}"
        yield self.split or ""
        if self.tokenizer:
            known = f"{self.vocab_size:,} tokens known" if self.vocab_size else ""
            if self.src_vocab_size and self.src_vocab_size != self.vocab_size:
                known = f"{self.src_vocab_size:,} tokens known in sources, {known} in targets"
            tokens = _sizes(self.src_tokens, self.tgt_tokens)
            yield f"tokenizer {self.tokenizer}, {known}; tokens: {tokens}; the longest side has {self.longest:,}"

    def oddities(self) -> Iterator[str]:
        """What was left out, pairs that look wrong, and what training has seen of the other parts."""
        yield from (f"skipped {n:,} files ({reason})" for reason, n in self.skipped.items())
        yield from told({"pairs with an empty side, left out": self.empty})
        if self.n_long:
            yield f"training leaves out {self.n_long:,} pairs that are longer than a row"
        usual = f"{self.usual_ratio:.2f}" if self.usual_ratio is not None else ""
        yield from told(
            {
                f"pairs of very unequal length (usual are {usual} characters for one)": self.far_lengths,
                "pairs with one text on both sides": self.same,
                "pairs that seem to stand the wrong way round": self.exchanged,
                "pairs that repeat an earlier one": self.duplicates,
            }
        )
        if self.n_ambiguous:
            yield f"{self.n_ambiguous:,} sources of train have several targets"
        for part, seen in self.overlap.items():
            if seen.sources:
                yield f"training holds {seen.sources:.1%} of the sources of {part}, and {seen.pairs:.1%} of its pairs"


def check_pairs(config: PairsConfig, *, seq_len: int | None = None) -> PairReport:
    """Read everything and report; what is wrong with the files is reported, not raised.

    Args:
        seq_len: tokens of the longest side that training takes, to count longer ones.
    Raises:
        ConfigError: the vocabulary asked for is too small, or a setting names no side there is.
    """
    heard = Heard(config.path)
    read = heard.guard(lambda: read_parallel(config, heard.fault, lambda _, reason: heard.skipped.update([reason])))
    read = read or Parallel(config.path, {}, ("source", "target"), "")
    data = heard.guard(lambda: open_read(config, read)) if not heard.n_faults else None
    everything = joined(list(read.parts.values())) if read.parts else Texts.of_file("", [], [], ("", ""), [])
    empty = everything.is_empty[SOURCE] | everything.is_empty[TARGET]
    filled = everything.keep(~empty)
    far_lengths, usual_ratio = _far_lengths(filled)
    exchanged = exchanged_pairs(filled.src, filled.tgt)
    parts = data.parts if data else {}
    longest = [np.maximum(part.src_lengths, part.tgt_lengths).max(initial=0) for part in parts.values()]
    return PairReport(
        path=config.path,
        sides=read.sides,
        direction=read.direction,
        n_pairs=len(everything),
        pairs={name: len(part) for name, part in parts.items()},
        tokenizer=data.tokenizer.name if data else None,
        vocab_size=data.tokenizer.vocab_size if data else None,
        src_vocab_size=data.src_tokenizer.vocab_size if data else None,
        src_tokens={name: part.source.n_targets for name, part in parts.items()},
        tgt_tokens={name: part.target.n_targets for name, part in parts.items()},
        split=data.split if data else None,
        faults=tuple(heard.faults),
        n_faults=heard.n_faults,
        skipped=dict(heard.skipped),
        empty=_finding(everything, empty, TARGET),
        far_lengths=_finding(filled, far_lengths),
        usual_ratio=usual_ratio,
        same=_finding(filled, _same(filled)),
        exchanged=_finding(filled, exchanged),
        duplicates=_repeated(read),
        n_ambiguous=_n_ambiguous(read.parts.get("train")),
        overlap=_overlaps(data) if data else {},
        n_long=data.train.n_longer_than(seq_len) if data and seq_len else None,
        longest=int(max(longest)) if longest else None,
        warnings=tuple(_warnings(read.sides, filled, exchanged)),
        fingerprint=data.fingerprint if data else None,
    )


def _finding(texts: Texts, is_found: Bool[np.ndarray, " n"], side: int = SOURCE) -> Finding:
    rows = np.flatnonzero(is_found)
    places = (texts.place(int(row), side) for row in rows[:PLACES_SHOWN])
    return Finding(len(rows), tuple(places))


def _far_lengths(texts: Texts) -> tuple[Bool[np.ndarray, " n"], float | None]:
    """Where the ratio of the lengths is far from the usual one, and the usual one."""
    if not len(texts):
        return np.zeros(0, bool), None
    src, tgt = (np.array([len(text) for text in side]) for side in (texts.src, texts.tgt))
    usual = float(np.median(tgt / src))
    is_far = np.abs(np.log(tgt / src / usual)) > np.log(FAR)
    return is_far & (np.maximum(src, tgt) >= LONG_ENOUGH), usual


def _same(texts: Texts) -> Bool[np.ndarray, " n"]:
    return np.array([src.strip() == tgt.strip() for src, tgt in zip(texts.src, texts.tgt, strict=True)], bool)


def _repeated(read: Parallel) -> Finding:
    count = 0
    places: list[str] = []
    for part in read.parts.values():
        seen: set[tuple[str, str]] = set()
        for row, pair in enumerate(zip(part.src, part.tgt, strict=True)):
            if pair in seen and any(pair):
                count += 1
                places += [part.place(row)] if len(places) < PLACES_SHOWN else []
            seen.add(pair)
    return Finding(count, tuple(places))


def _n_ambiguous(train: Texts | None) -> int:
    pairs = {*zip(train.src, train.tgt, strict=True)} if train else set()
    return sum(count > 1 for count in Counter(src for src, _ in pairs).values())


def _overlaps(data: PairData) -> dict[str, Overlap]:
    sources = {*data.train.src_texts}
    pairs = {*zip(data.train.src_texts, data.train.tgt_texts, strict=True)}
    overlaps = {}
    for name, part in data.parts.items():
        if name != "train" and len(part):
            seen = sum(src in sources for src in part.src_texts)
            whole = sum(pair in pairs for pair in zip(part.src_texts, part.tgt_texts, strict=True))
            overlaps[name] = Overlap(seen / len(part), whole / len(part))
    return overlaps


def _warnings(sides: tuple[str, str], texts: Texts, exchanged: Bool[np.ndarray, " n"]) -> Iterator[str]:
    found = [spoken(texts.src), spoken(texts.tgt)]
    named = [side.lower()[:2] if side.lower()[:2] in COMMON_WORDS else None for side in sides]
    if None not in found and found == named[::-1] and found[0] != found[1]:
        yield (
            f"The sources look like {found[0]} and the targets like {found[1]}, but they are called {sides[0]} and "
            f"{sides[1]}: are the sides exchanged?"
        )
    elif found[0] is not None and found[0] == found[1]:
        yield f"Both sides look like {found[0]}: is the same language on both?"
    by_file = [np.bincount(texts.file_of[rows], minlength=len(texts.files)) for rows in (exchanged, slice(None))]
    for (source, target), wrong, n in zip(texts.files, *by_file, strict=True):
        if n and wrong > n / 2:
            files = source if source == target else f"{source} and {target}"
            yield f"Most pairs of {files} stand the other way round than those of the other files."


def _sizes(src: dict[str, int], tgt: dict[str, int]) -> str:
    return ", ".join(f"{part} {src[part]:,} to {tgt[part]:,}" for part in src)
