"""Entities out of tags are those that seqeval finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from quatrain.data.tagged import bio, entities
from quatrain.data.tagged.spans import is_tag, scheme_of, tag_names

TAGS = ["O", *(f"{letter}-{name}" for letter in "BIES" for name in ("loc", "per", "a-b"))]


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_entities_are_those_of_seqeval(tags: list[str]) -> None:
    assert [tuple(found) for found in entities(tags)] == [(name, a, b + 1) for name, a, b in get_entities(tags)]


@given(st.lists(st.sampled_from(TAGS), max_size=12))
def test_what_is_made_bio_holds_the_same_entities_and_stays_as_it_is(tags: list[str]) -> None:
    made = bio(tags)
    assert entities(made) == entities(tags)
    assert bio(made) == made
    for before, tag in zip(["O", *made], made, strict=False):
        assert not tag.startswith("I-") or before[2:] == tag[2:]


def test_bilou_and_a_tag_without_a_type_are_read() -> None:
    assert bio(["U-per", "B-loc", "I-loc", "L-loc", "I-loc"]) == ["B-per", "B-loc", "I-loc", "I-loc", "B-loc"]
    assert bio(["B", "I", "O", "I"]) == ["B-entity", "I-entity", "O", "B-entity"]


@pytest.mark.parametrize(("tag", "known"), [("O", True), ("B-x", True), ("B", True), ("NOUN", False), ("o", False)])
def test_tags_are_told_from_other_columns(tag: str, known: bool) -> None:
    assert is_tag(tag) == known


def test_tags_of_types_come_in_one_order() -> None:
    assert tag_names({"b", "a"}) == ("O", "B-a", "I-a", "B-b", "I-b")


@pytest.mark.parametrize(
    ("sentences", "found"),
    [
        ([["B-x", "I-x", "O", "B-x"]], ("BIO", 0)),
        ([["I-x", "I-x", "O"], ["B-x"]], ("BIO", 1)),
        ([["I-x", "B-x", "O", "I-y"]], ("IOB1", 0)),
        ([["B-x", "E-x", "S-y"]], ("BIOES", 0)),
        ([["B-x", "L-x", "U-y", "I-y"]], ("BILOU", 1)),
        ([["O"]], ("BIO", 0)),
    ],
)
def test_the_scheme_is_recognised(sentences: list[list[str]], found: tuple[str, int]) -> None:
    assert scheme_of(sentences) == found
