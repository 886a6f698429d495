"""Entities out of tags: BIO as it is counted, and the other ways of writing the same made into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["OUTSIDE", "Entity", "bio", "entities", "scheme_of", "tag_names", "type_of"]

OUTSIDE = "O"
"""The tag of a word that is in no entity."""
NAMELESS = "entity"
"""The type where tags name none: B and I alone."""
TAG = re.compile(r"([BIESLUM])(?:-(.+))?")
INSIDE = {"I", "E", "L", "M"}
"""Letters of words that go on with an entity: IOB, BIOES, BILOU, BMES."""


class Entity(NamedTuple):
    """A stretch of words that is one thing."""

    type: str
    start: int
    """The first word, from 0."""
    stop: int
    """The word behind the last."""


def type_of(tag: str) -> str:
    """The type in a tag; of `O` the empty string.

    Example:
        >>> type_of("B-creative-work")
        'creative-work'
    """
    return tag.partition("-")[2]


def is_tag(tag: str) -> bool:
    """Whether this is a tag of entities, in any of the ways that are read."""
    return tag == OUTSIDE or TAG.fullmatch(tag) is not None


def bio(tags: Sequence[str]) -> list[str]:
    """The tags of a sentence as BIO, in which every entity starts with `B-` and goes on with `I-`.

    A tag that goes on with an entity (I, E, L, M) where none of its type stands before it starts one, as seqeval's
    default counts it: so IOB1 is read, too. S and U are entities of one word.

    Example:
        >>> bio(["I-person", "E-person", "S-place", "I-place", "O", "L-place"])
        ['B-person', 'I-person', 'B-place', 'B-place', 'O', 'B-place']
    """
    made, open_type = [], None
    for tag in tags:
        if tag == OUTSIDE:
            made.append(OUTSIDE)
            open_type = None
            continue
        found = TAG.fullmatch(tag)
        assert found is not None, "readers refuse what is no tag"
        letter, name = found[1], found[2] or NAMELESS
        made.append(("I-" if letter in INSIDE and name == open_type else "B-") + name)
        open_type = None if letter in "SUEL" else name
    return made


def entities(tags: Sequence[str]) -> list[Entity]:
    """The entities of a sentence in BIO, as seqeval's default counts them: `I-` without a beginning starts one.

    Example:
        >>> entities(["B-person", "I-person", "O", "I-place"])
        [Entity(type='person', start=0, stop=2), Entity(type='place', start=3, stop=4)]
    """
    found: list[Entity] = []
    for place, tag in enumerate(bio(tags)):
        if tag.startswith("B-"):
            found.append(Entity(type_of(tag), place, place + 1))
        elif tag != OUTSIDE:
            found[-1] = found[-1]._replace(stop=place + 1)
    return found


def tag_names(types: Iterable[str]) -> tuple[str, ...]:
    """The tags of BIO for some types: O, then B and I of each."""
    return (OUTSIDE, *(f"{letter}-{name}" for name in sorted(types) for letter in "BI"))


def scheme_of(sentences: Iterable[Sequence[str]]) -> tuple[str, int]:
    """What the way in which entities are written is called, and how many of their beginnings BIO would lack.

    IOB1 starts an entity with `B-` only where one of the same type ends just before it; BIOES and BILOU mark ends and
    entities of one word.
    """
    letters: set[str] = set()
    n_lacking, every_b_is_needed = 0, True
    for tags in sentences:
        for before, tag in zip((OUTSIDE, *tags), tags, strict=False):
            letters.add(tag[0])
            follows = before != OUTSIDE and type_of(before) == type_of(tag)
            n_lacking += tag[0] == "I" and not (follows and before[0] in "BIM")
            every_b_is_needed &= tag[0] != "B" or follows
    if letters & {*"ES"}:
        return "BIOES", n_lacking
    if letters & {*"LU"}:
        return "BILOU", n_lacking
    return ("IOB1", 0) if n_lacking and every_b_is_needed else ("BIO", n_lacking)
