"""What is in some tagged text, and what is wrong with it, before hours are spent on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quatrain.data.config import TaggedConfig
from quatrain.data.faults import Fault
from quatrain.data.findings import PLACES_SHOWN, Finding, Heard, Report, told
from quatrain.data.tagged.opening import count_types, open_read
from quatrain.data.tagged.part import surfaces
from quatrain.data.tagged.reading import read_tagged
from quatrain.data.tagged.sentences import Sentence, TaggedRead
from quatrain.data.tagged.spans import OUTSIDE

__all__ = ["TagReport", "Unseen", "check_tagged"]

LEAKING = 0.01
"""Share of a part that stands in training, from which on it is told that scores are partly of what a model has seen."""
FEW = 50
"""Entities of a type in training below which hardly anything can be learned of it."""


@dataclass(frozen=True)
class Unseen:
    """What of a part training does not have, from 0 to 1."""

    entities: float
    """Share of its entities that training has in no case and of no type."""
    words: float
    """Share of its words that training does not have, whatever their case."""


@dataclass(frozen=True)
class TagReport(Report):
    """What a check found. Counts are over all parts; places are files and lines."""

    path: str
    sentences: dict[str, int]
    """Of each part."""
    words: dict[str, int]
    entities: dict[str, dict[str, int]]
    """By part and type."""
    outside: float | None
    """Share of words that are in no entity: what a tagger that finds nothing has right."""
    tokenizer: str | None
    """Kind of tokenizer; None, as all about tokens, where a fault keeps the data from being read as a model does."""
    vocab_size: int | None
    split: str | None
    """How the sentences are split, in a sentence."""
    faults: tuple[Fault, ...]
    """What keeps the data from being used; the first hundred."""
    n_faults: int
    skipped: dict[str, int]
    """Files left out, by reason."""
    notes: tuple[str, ...]
    """How tags were read, and what cannot be learned, in sentences."""
    duplicates: Finding
    """Sentences equal to an earlier one of the same part, tags and all."""
    contradictory: Finding
    """Training sentences whose words stand there with other tags, too: one of them is wrong."""
    leaks: dict[str, Finding]
    """Sentences of every part but the training part whose words stand in training."""
    unseen: dict[str, Unseen]
    """Of every part but the training part."""
    n_long: int | None
    """Training sentences of more than `seq_len` tokens, which are read in windows; None where that was not given."""
    longest: int | None
    """Words of the longest sentence."""
    warnings: tuple[str, ...]
    """What looks odd but can be used."""
    fingerprint: str | None
    """As `TaggedData.fingerprint`."""

    def contents(self) -> Iterator[str]:
        """How many sentences and words there are, the entities of each part, and the tokens."""
        outside = "" if self.outside is None else f"; {self.outside:.1%} of them are in no entity"
        yield f"{self.path}: {sum(self.sentences.values()):,} sentences, {sum(self.words.values()):,} words{outside}."
        yield self.split or ""
        yield from (f"{part}: {_listed(types)}" for part, types in self.entities.items())
        if self.tokenizer:
            known = f"{self.vocab_size:,} tokens known"
            yield f"tokenizer {self.tokenizer}, {known}; longest sentence: {self.longest:,} words"

    def oddities(self) -> Iterator[str]:
        """How tags were read, what was left out, equal sentences, and what training has and lacks of the others."""
        yield from self.notes
        yield from (f"skipped {n:,} files ({reason})" for reason, n in self.skipped.items())
        yield from told(
            {
                "sentences that repeat an earlier one": self.duplicates,
                "training sentences that have other tags elsewhere": self.contradictory,
            }
        )
        yield from (_leak_in_words(part, leak, self.sentences[part]) for part, leak in self.leaks.items())
        for part, share in self.unseen.items():
            yield f"of {part}, training lacks {share.entities:.1%} of the entities, {share.words:.1%} of the words"
        if self.n_long:
            yield f"{self.n_long:,} training sentences are read in windows, being too long"


def check_tagged(config: TaggedConfig, *, seq_len: int | None = None) -> TagReport:
    """Read everything there is, and tell what is found.

    Args:
        seq_len: tokens of the longest window that training takes.
    Raises:
        ConfigError: a column is named that CoNLL files cannot have.
    """
    heard = Heard(config.path)
    read = heard.guard(lambda: read_tagged(config, heard.fault, lambda _, reason: heard.skipped.update([reason])))
    read = read or TaggedRead(config.path, {})
    data = heard.guard(lambda: open_read(config, read)) if not heard.n_faults else None
    parts = {name: part.sentences for name, part in data.parts.items()} if data else read.parts
    words = {name: sum(len(s.words) for s in part) for name, part in parts.items()}
    n_outside = sum(s.tags.count(OUTSIDE) for part in parts.values() for s in part)
    train = parts.get("train", [])
    types = {name: dict(sorted(count_types(part).items())) for name, part in parts.items()}
    others = {name: part for name, part in parts.items() if name != "train"}
    return TagReport(
        path=config.path,
        sentences={name: len(part) for name, part in parts.items()},
        words=words,
        entities=types,
        outside=n_outside / max(sum(words.values()), 1) if parts else None,
        tokenizer=data.tokenizer.name if data else None,
        vocab_size=data.tokenizer.vocab_size if data else None,
        split=data.split if data else None,
        faults=tuple(heard.faults),
        n_faults=heard.n_faults,
        skipped=dict(heard.skipped),
        notes=data.notes if data else read.notes,
        duplicates=_finding([s for part in parts.values() for s in _repeated(part)]),
        contradictory=_finding(list(_contradictory(train))),
        leaks={name: leak for name, part in others.items() if (leak := _leak(train, part)).count},
        unseen={name: _unseen(train, part) for name, part in others.items()},
        n_long=data.train.n_longer_than(seq_len) if data and seq_len else None,
        longest=max((len(s.words) for part in parts.values() for s in part), default=None),
        warnings=tuple(_warnings(types.get("train", {}))),
        fingerprint=data.fingerprint if data else None,
    )


def _finding(sentences: Sequence[Sentence]) -> Finding:
    return Finding(len(sentences), tuple(sentence.place for sentence in sentences[:PLACES_SHOWN]))


def _repeated(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    seen: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()
    for sentence in sentences:
        key = (sentence.words, sentence.tags)
        if key in seen:
            yield sentence
        seen.add(key)


def _contradictory(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    n_ways = Counter(words for words, _ in {(s.words, s.tags) for s in sentences})
    return (sentence for sentence in sentences if n_ways[sentence.words] > 1)


def _leak(train: Sequence[Sentence], part: Sequence[Sentence]) -> Finding:
    known = {sentence.words for sentence in train}
    return _finding([sentence for sentence in part if sentence.words in known])


def _unseen(train: Sequence[Sentence], part: Sequence[Sentence]) -> Unseen:
    entities = {surface for sentence in train for surface in surfaces(sentence)}
    words = {word.lower() for sentence in train for word in sentence.words}
    asked = [surface for sentence in part for surface in surfaces(sentence)]
    said = [word.lower() for sentence in part for word in sentence.words]
    return Unseen(
        sum(surface not in entities for surface in asked) / max(len(asked), 1),
        sum(word not in words for word in said) / max(len(said), 1),
    )


def _warnings(types: Mapping[str, int]) -> Iterator[str]:
    rare = [f"{name} ({n:,})" for name, n in types.items() if n < FEW]
    if rare:
        yield f"Training has few entities of some types, of which hardly anything can be learned: {', '.join(rare)}."


def _leak_in_words(part: str, leak: Finding, n: int) -> str:
    share = leak.count / n
    words = f"{share:.1%} of {part} stand in training word for word: {leak}"
    return words + (": its scores are partly of what it has seen" if share >= LEAKING else "")


def _listed(types: Mapping[str, int]) -> str:
    return f"{sum(types.values()):,} entities" + (
        f" ({', '.join(f'{name} {n:,}' for name, n in types.items())})" if types else ""
    )
