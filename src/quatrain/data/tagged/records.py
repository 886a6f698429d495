"""JSON Lines: lists of words and tags, or a text with the places of its entities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from quatrain.data.config import TaggedConfig
from quatrain.data.faults import Fault, OnFault
from quatrain.data.files import FoundFile
from quatrain.data.readers import HALF_PAIR
from quatrain.data.tables import json_rows
from quatrain.data.tagged.sentences import Sentence
from quatrain.data.tagged.spans import OUTSIDE, is_tag
from quatrain.data.tagged.words import cut_words

__all__ = ["RECORDS", "Keys", "keys_of", "read_records"]

RECORDS = {".jsonl", ".ndjson"}
WORDS = ("tokens", "words")
TAGS = ("tags", "ner_tags", "labels")
TEXTS = ("text", "sentence")
SPANS = ("entities", "spans", "label")
"""Usual names, the likeliest first."""
EXAMPLE = 'Write {"tokens": ["Ann", "left"], "tags": ["B-person", "O"]} on each line.'


class Keys(NamedTuple):
    """Where an object keeps what."""

    words: str
    tags: str
    is_text: bool
    """Whether the words are a text, and the tags places in it."""


def keys_of(values: Mapping[str, Any], config: TaggedConfig) -> Keys | None:
    """Where words and tags are, by the settings or the usual names; None where nothing is called so."""
    for words, tags, is_text in ((WORDS, TAGS, False), (TEXTS, SPANS, True)):
        word, tag = _first(values, config.word_column, words), _first(values, config.tag_column, tags)
        if word is None or tag is None or not isinstance(values[tag], list):
            continue
        if isinstance(values[word], str) == is_text:
            return Keys(word, tag, is_text)
    return None


def read_records(
    file: FoundFile, config: TaggedConfig, on_fault: OnFault, *, has_tags: bool = True
) -> Iterator[Sentence]:
    """The sentences of a file, one an object.

    Args:
        has_tags: False where the tags are to be told.
    """
    for number, values in json_rows(file, config.encoding, on_fault):
        made = _sentence(values, config) if has_tags else _untagged(values, config)
        if isinstance(made, str):
            on_fault(Fault(file.source, made, EXAMPLE, number))
        elif made[0]:
            yield Sentence(*made, file.source, number)


def _sentence(values: Mapping[str, Any], config: TaggedConfig) -> tuple[tuple[str, ...], tuple[str, ...]] | str:
    """Words and tags, or what is wrong."""
    keys = keys_of(values, config)
    if keys is None:
        return f"no words and tags are among {', '.join(values) or 'no names'}"
    words, tags = values[keys.words], values[keys.tags]
    if keys.is_text:
        return _of_spans(words, tags)
    if not _are_texts(words):
        return f"{keys.words!r} is not a list of words"
    if isinstance(tags, list) and tags and all(isinstance(tag, int) for tag in tags):
        return f"{keys.tags!r} holds numbers, and nothing here says which tags they stand for"
    if not _are_texts(tags) or not all(map(is_tag, tags)):
        return f"{keys.tags!r} is not a list of tags of entities (O, B-x, I-x)"
    if len(words) != len(tags):
        return f"{len(words)} words stand beside {len(tags)} tags"
    return tuple(words), tuple(tags)


def _untagged(values: Mapping[str, Any], config: TaggedConfig) -> tuple[tuple[str, ...], tuple[str, ...]] | str:
    key = _first(values, config.word_column, (*WORDS, *TEXTS))
    words: Any = None if key is None else values[key]
    if isinstance(words, str):
        return tuple(words[start:stop] for start, stop in cut_words(words)), ()
    return (tuple(words), ()) if _are_texts(words) else "there is no list of words, and no text"


def _first(values: Mapping[str, Any], asked: str | None, usual: Iterable[str]) -> str | None:
    """The first of some names that is there; where one is asked for, that one alone."""
    return next((name for name in (usual if asked is None else (asked,)) if name in values), None)


def _of_spans(text: str, spans: Any) -> tuple[tuple[str, ...], tuple[str, ...]] | str:
    """Words and tags of a text, of which [start, end, type] of each entity are known, in characters."""
    words = cut_words(text)
    tags = [OUTSIDE] * len(words)
    for start, end, name in map(_span, spans if isinstance(spans, list) else [None]):
        inside = [place for place, (first, stop) in enumerate(words) if first < end and start < stop]
        if not (0 <= start < end <= len(text) and inside):
            return f"the span {start} to {end} holds no word of a text of {len(text)} characters"
        if any(tags[place] != OUTSIDE for place in inside):
            return f"the span {start} to {end} shares a word with another one"
        tags[inside[0] : inside[-1] + 1] = [f"B-{name}", *[f"I-{name}"] * (len(inside) - 1)]
    return tuple(text[first:stop] for first, stop in words), tuple(tags)


def _span(value: Any) -> tuple[int, int, str]:
    """Start, end and type; an empty span where it is none."""
    if isinstance(value, dict):
        value = [value.get("start"), value.get("end"), value.get("label", value.get("type"))]
    match value:
        case [int(start), int(end), str(name)]:
            return start, end, name
    return 0, 0, ""


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) and not HALF_PAIR.search(value) for value in values)
