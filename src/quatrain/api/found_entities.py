"""What a tagger answers: the tags of a sentence, and the entities they spell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quatrain.data.tagged import Sentence, entities
from quatrain.errors import DataError
from quatrain.training.objectives import TaggedWords

__all__ = ["FoundEntity", "TagPrediction", "answered", "as_sentence", "in_text", "marked"]


@dataclass(frozen=True)
class FoundEntity:
    """An entity that was found in a sentence."""

    text: str
    type: str
    start: int
    """The first word, from 0; of a text, its first character."""
    end: int
    """The word, or the character, behind the last."""
    probability: float
    """Of the least sure of its tags, each word by itself."""


@dataclass(frozen=True)
class TagPrediction:
    """The tags of a sentence, or why it has none."""

    words: tuple[str, ...]
    tags: list[str]
    """As BIO."""
    probabilities: list[float]
    """Of these tags, each word by itself."""
    entities: list[FoundEntity]
    reason: str = ""
    """Why it could not be read."""

    @property
    def failed(self) -> bool:
        """Whether there is no answer."""
        return bool(self.reason)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "words": list(self.words),
            "tags": self.tags,
            "probabilities": self.probabilities,
            "entities": [asdict(entity) for entity in self.entities],
            "error": self.reason or None,
        }

    def __str__(self) -> str:
        """CoNLL: a word and its tag a line, and an empty line; of a sentence without words an empty line alone."""
        if self.failed:
            return self.reason
        return "".join(f"{word}\t{tag}\n" for word, tag in zip(self.words, self.tags, strict=True))


def as_sentence(example: str | Sequence[str], cut: list[tuple[int, int]] | None) -> Sentence:
    """A text that was cut into words, or a list of words, as a model reads it.

    Args:
        cut: where each word of a text starts and ends; None: it is a list of words.
    Raises:
        DataError: it is neither.
    """
    is_list = isinstance(example, list | tuple)
    words = [example[start:stop] for start, stop in cut] if cut is not None else [*example] if is_list else [None]
    if not all(isinstance(word, str) for word in words):
        raise DataError("a sentence is a text or a list of words: give a string, or a list of strings.")
    return Sentence(tuple(map(str, words)), ())


def answered(sentence: Sentence, told: TaggedWords) -> TagPrediction:
    """The answer about a sentence."""
    found = [
        FoundEntity(
            " ".join(sentence.words[start:stop]), name, start, stop, min(told.probabilities[start:stop], default=1.0)
        )
        for name, start, stop in entities(told.tags)
    ]
    return TagPrediction(sentence.words, told.tags, told.probabilities, found)


def in_text(text: str, cut: list[tuple[int, int]], entity: FoundEntity) -> FoundEntity:
    """The same, its places those of characters."""
    start, end = cut[entity.start][0], cut[entity.end - 1][1]
    return FoundEntity(text[start:end], entity.type, start, end, entity.probability)


def marked(words: Sequence[str], tags: Sequence[str]) -> str:
    """A sentence with its entities in brackets.

    Example:
        >>> marked(["Ann", "left", "New", "York"], ["B-person", "O", "B-place", "I-place"])
        '[Ann person] left [New York place]'
    """
    pieces, place = [], 0
    for entity in entities(tags):
        pieces += [*words[place : entity.start], f"[{' '.join(words[entity.start : entity.stop])} {entity.type}]"]
        place = entity.stop
    return " ".join([*pieces, *words[place:]])
