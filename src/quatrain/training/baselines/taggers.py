"""The honest comparisons beside every tagger: a dictionary of the entities of training, and a model of single words."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from quatrain.data.tagged import Sentence, TaggedPart, bio, entities
from quatrain.data.tagged.spans import OUTSIDE

__all__ = ["DictionaryTagger", "has_scikit_learn", "logistic_tagger"]

N_FEATURES = 1 << 18
"""Of words and their looks, by a hash."""
Words = tuple[str, ...]


class DictionaryTagger:
    """Finds again the entities of training, the longest first, each of the type it most often had.

    What is an entity in fewer than half of the places where training has its words is not in the dictionary.

    Args:
        sentences: of training.
    """

    name = "dictionary of the entities of training"

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        types: dict[Words, Counter[str]] = defaultdict(Counter)
        for sentence in sentences:
            for found in entities(sentence.tags):
                types[_key(sentence.words[found.start : found.stop])][found.type] += 1
        self.longest = max(map(len, types), default=0)
        n_seen = Counter(
            words for sentence in sentences for _, _, words in self._stretches(_key(sentence.words)) if words in types
        )
        self.types = {
            words: counts.most_common(1)[0][0] for words, counts in types.items() if 2 * counts.total() >= n_seen[words]
        }

    def tag(self, words: Sequence[str]) -> list[str]:
        """The tags of a sentence, as BIO."""
        tags, free_from = [OUTSIDE] * len(words), 0
        for start, stop, stretch in self._stretches(_key(words)):
            kind = self.types.get(stretch)
            if start >= free_from and kind is not None:
                tags[start:stop] = [f"B-{kind}", *[f"I-{kind}"] * (stop - start - 1)]
                free_from = stop
        return tags

    def _stretches(self, words: Words) -> Iterator[tuple[int, int, Words]]:
        """All stretches that may be entities: from left to right, of those with one start the longest first."""
        for start in range(len(words)):
            for stop in range(min(start + self.longest, len(words)), start, -1):
                yield start, stop, words[start:stop]


def has_scikit_learn() -> bool:
    """Whether the model of single words can be fitted."""
    return importlib.util.find_spec("sklearn") is not None


def logistic_tagger(train: TaggedPart) -> Callable[[TaggedPart], list[list[str]]]:
    """Logistic regression fitted on each word: its affixes, its shape and its neighbours.

    Returns:
        What gives the tags of a part's sentences, as BIO.
    """
    from sklearn.feature_extraction import FeatureHasher
    from sklearn.linear_model import SGDClassifier

    hasher = FeatureHasher(n_features=N_FEATURES, input_type="string")
    model: Any = SGDClassifier(loss="log_loss", alpha=1e-6, average=True, random_state=0, max_iter=10, tol=None)
    model.fit(
        hasher.transform(_features(train.sentences)), [tag for sentence in train.sentences for tag in sentence.tags]
    )

    def tag(part: TaggedPart) -> list[list[str]]:
        tags = iter(model.predict(hasher.transform(_features(part.sentences))).tolist())
        return [bio([next(tags) for _ in sentence.words]) for sentence in part.sentences]

    return tag


def _features(sentences: Sequence[Sentence]) -> Iterator[list[str]]:
    for sentence in sentences:
        padded = ["", *sentence.words, ""]
        for place in range(1, len(padded) - 1):
            yield [
                feature
                for offset in (-1, 0, 1)
                for feature in _of_word(padded[place + offset], str(offset), near=offset == 0)
            ]


def _of_word(word: str, where: str, *, near: bool) -> Iterator[str]:
    yield f"{where}=word={word.lower()}"
    yield f"{where}=shape={shape(word)}"
    if near:
        for n in (1, 2, 3, 4):
            yield f"starts={word[:n].lower()}"
            yield f"ends={word[-n:].lower()}"


def shape(word: str) -> str:
    """The look of a word: capitals, small letters and digits, runs made one.

    Example:
        >>> shape("McDonald's"), shape("@user12"), shape("2017")
        ("XxXx'x", '@xd', 'd')
    """
    marks = "".join("X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word)
    return re.sub(r"(.)\1+", r"\1", marks)


def _key(words: Sequence[str]) -> Words:
    return tuple(word.lower() for word in words)
