"""What a tagger answers: the tags of a sentence, and the entities they spell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from quatrain.api.given import example_lists, half_pair_in, listed, said_of
from quatrain.data.tagged import Sentence, entities
from quatrain.errors import DataError
from quatrain.training.objectives import TaggedWords

__all__ = ["FoundEntity", "TagPrediction", "answered", "as_sentence", "in_text", "marked", "sentences_given"]


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


def sentences_given(given: Sequence[Any]) -> list[Any]:
    """Sentences, each an argument or all in the only one: a column of texts, or a list with lists of words in it.

    A list of strings is the words of one sentence.
    """

    def is_sentence(value: Any) -> bool:
        return isinstance(value, list | tuple) and all(listed(word) is None for word in value)

    return example_lists(given, is_sentence)


def as_sentence(example: str | Sequence[str], cut: list[tuple[int, int]] | None) -> Sentence:
    """A text that was cut into words, or a list of words, as a model reads it.

    Args:
        cut: where each word of a text starts and ends; None: it is a list of words.
    Raises:
        DataError: it is neither; or a word is empty, or could stand in no file; or texts stand where words are needed.
    """
    words: list[Any] = [*example] if isinstance(example, list | tuple) else [None]
    if cut is not None:
        words = [example[start:stop] for start, stop in cut]
    if not all(isinstance(word, str) for word in words):
        wrong = example if words == [None] else next(word for word in words if not isinstance(word, str))
        raise DataError(
            f"{said_of(wrong)}: a sentence is a text or a list of words: give a string, or a list of strings."
        )
    for place, word in enumerate(words, 1):
        if reason := half_pair_in(word):
            raise DataError(f"word {place}: {reason}")
        if not word.strip():
            raise DataError(f"word {place}: {word!r} is no word. Leave it out.")
    if cut is None and words and 2 * sum(len(word.split()) > 1 for word in words) >= len(words):
        raise DataError(
            f"{words[0]!r}: a list of strings is the words of one sentence. Give each text by itself: predict(*texts), "
            "embed(*texts)."
        )
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
