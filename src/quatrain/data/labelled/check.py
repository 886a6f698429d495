"""What is in some labelled text, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from quatrain.data.classes import ClassReport, in_common
from quatrain.data.config import LabelledConfig
from quatrain.data.findings import PLACES_SHOWN, Finding, Heard, told
from quatrain.data.labelled.opening import open_read
from quatrain.data.labelled.reading import read_labelled
from quatrain.data.labelled.texts import Labelled, LabelledTexts, joined

__all__ = ["LabelReport", "Leak", "check_labelled"]

LEAKING = 0.01
"""Share of a part that stands in training, from which on it is told that scores are partly of what a model has seen."""
NO_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Leak:
    """How much of a part training has seen, from 0 to 1."""

    exact: float
    """Share of its examples whose text stands in training as it is."""
    normalised: float
    """Share whose text does, but for case, punctuation and white space."""
    places: tuple[str, ...]
    """The first ones."""


@dataclass(frozen=True, kw_only=True)
class LabelReport(ClassReport):
    """What a check found. Counts are over all parts; places are files and lines.

    Examples are equal where their texts are, and contradictory where these are the same but for case and punctuation.
    """

    reading: str
    """What is told from what, in a sentence."""
    n_examples: int
    """Examples that were read, those without text or label among them."""
    examples: dict[str, int]
    """Examples of each part that can be used."""
    tokenizer: str | None
    """Kind of tokenizer; None, as all about tokens, where a fault keeps the data from being tokenised."""
    vocab_size: int | None
    skipped: dict[str, int]
    """Files left out, by reason."""
    unlabelled: Finding
    """Examples without a label; left out."""
    empty: Finding
    """Examples with a text of nothing but white space; left out."""
    leaks: dict[str, Leak]
    """Of every part but the training part."""
    n_long: int | None
    """Training examples of more than `seq_len` tokens, which lose their ends; None where that was not given."""
    longest: int | None
    """Tokens of the longest example."""

    def contents(self) -> Iterator[str]:
        """How many examples there are, what is told from what, their classes and their tokens."""
        yield f"{self.path}: {self.n_examples:,} examples of {len(self.classes)} classes. {self.reading}"
        yield from self.shares()
        if self.tokenizer:
            known = f"{self.vocab_size:,} tokens known"
            yield f"tokenizer {self.tokenizer}, {known}; the longest example has {self.longest:,}"

    def oddities(self) -> Iterator[str]:
        """What was left out or is cut, equal examples, and what training has seen of the other parts."""
        yield from self.notes
        yield from (f"skipped {n:,} files ({reason})" for reason, n in self.skipped.items())
        yield from told(
            {
                "examples without a label, left out": self.unlabelled,
                "examples without text, left out": self.empty,
                "examples equal to an earlier one": self.duplicates,
                "training examples whose text has another label elsewhere": self.contradictory,
            }
        )
        yield from (_leak_in_words(part, leak) for part, leak in self.leaks.items() if leak.normalised)
        if self.n_long:
            yield f"{self.n_long:,} training examples lose their ends, being too long"


def check_labelled(config: LabelledConfig, *, seq_len: int | None = None) -> LabelReport:
    """Read everything there is, and tell what is found.

    Args:
        seq_len: tokens that examples are cut to.
    """
    heard = Heard(config.path)
    read = heard.guard(lambda: read_labelled(config, heard.fault, lambda _, reason: heard.skipped.update([reason])))
    read = read or Labelled(config.path, {}, None, "")
    data = heard.guard(lambda: open_read(config, read)) if not heard.n_faults else None
    usable = {name: part.keep(part.is_labelled & ~part.is_empty) for name, part in read.parts.items()}
    everything = [part for part in read.parts.values() if len(part)]
    whole = joined(everything) if everything else None
    train = usable.get("train")
    return LabelReport(
        **in_common(heard, {name: part.labels for name, part in usable.items()}, data),
        reading=read.reading,
        n_examples=sum(map(len, read.parts.values())),
        examples={name: part.n_targets for name, part in data.parts.items()} if data else {},
        tokenizer=data.tokenizer.name if data else None,
        vocab_size=data.tokenizer.vocab_size if data else None,
        skipped=dict(heard.skipped),
        notes=read.notes,
        unlabelled=_finding(whole, ~whole.is_labelled) if whole else Finding(0, ()),
        empty=_finding(whole, whole.is_empty & whole.is_labelled) if whole else Finding(0, ()),
        duplicates=_repeated(usable),
        contradictory=_finding(train, _contradictory(train)) if train else Finding(0, ()),
        leaks={name: _leak(train, part) for name, part in usable.items() if train and name != "train" and len(part)},
        n_long=data.train.n_longer_than(seq_len) if data and seq_len else None,
        longest=max(int(part.framed.lengths.max(initial=0)) for part in data.parts.values()) if data else None,
    )


def _finding(texts: LabelledTexts, is_found: Bool[np.ndarray, " n"]) -> Finding:
    rows = np.flatnonzero(is_found)
    return Finding(len(rows), tuple(texts.place(int(row)) for row in rows[:PLACES_SHOWN]))


def _repeated(parts: Mapping[str, LabelledTexts]) -> Finding:
    n = 0
    places: list[str] = []
    for part in parts.values():
        seen: set[tuple[str, str]] = set()
        for row, example in enumerate(zip(part.keys(), part.labels, strict=True)):
            if example in seen:
                n += 1
                places += [part.place(row)] if len(places) < PLACES_SHOWN else []
            seen.add(example)
    return Finding(n, tuple(places))


def _contradictory(train: LabelledTexts) -> Bool[np.ndarray, " n"]:
    """Where a text has several labels, compared as `normalised` does."""
    keys = list(map(normalised, train.keys()))
    n_labels = Counter(key for key, _ in {*zip(keys, train.labels, strict=True)})
    return np.array([n_labels[key] > 1 for key in keys], bool)


def _leak(train: LabelledTexts, part: LabelledTexts) -> Leak:
    known, loosely = {*train.keys()}, {*map(normalised, train.keys())}
    exact = np.array([key in known for key in part.keys()])  # noqa: SIM118 - not a mapping
    alike = np.array([normalised(key) in loosely for key in part.keys()])  # noqa: SIM118
    places = _finding(part, alike).places
    return Leak(float(exact.mean()), float(alike.mean()), places)


def normalised(text: str) -> str:
    """Words alone, in lower case; a text without any stays as it is."""
    return NO_WORD.sub(" ", text.casefold()).strip() or text


def _leak_in_words(part: str, leak: Leak) -> str:
    words = (
        f"{leak.exact:.1%} of {part} stand in training as they are, {leak.normalised:.1%} but for case and punctuation "
        f"({'; '.join(leak.places[:3])})"
    )
    return words + (": its scores are partly of what it has seen" if leak.normalised >= LEAKING else "")
