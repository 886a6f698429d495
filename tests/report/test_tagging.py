"""The page and the card of a tagger: its verdict, scores, and entities in colour."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from quatrain.report import write_model_card, write_report
from quatrain.report.faces import read_run

from .outline import HOSTILE, Outline, said

CONFIG = {"format": 1, "quatrain": "0.1.0", "task": "tag", "model": {"kind": "tagger", "backbone": {"kind": "words"}}}


def scored(f1: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A score of 20 entities."""
    kind = {"precision": 0.5, "recall": 0.3, "f1": f1, "n_entities": 12, "n_found": 9}
    return {
        "f1": f1,
        "interval": [low, high],
        "precision": 0.5,
        "recall": 0.3,
        "by_type": {"person": kind, "place": {**kind, "n_entities": 8}},
        "confusion": {"": {"person": 3}, "person": {"person": 7, "": 5}, "place": {"person": 1, "": 7}},
        "recall_seen": 0.9,
        "recall_unseen": 0.15,
        "n_entities": 20,
        "n_unseen": 14,
        "n_sentences": 31,
        **more,
    }


@pytest.fixture
def result() -> dict[str, Any]:
    found = {
        "run": "runs/towns",
        "task": "tag",
        "seconds": 60.0,
        "loss": 0.21,
        "n_targets": 400,
        **scored(0.38, 0.31, 0.45),
        "baseline": {"name": "dictionary of the entities of training", **scored(0.12, 0.08, 0.16)},
        "difference": {"mean": 0.26, "interval": [0.2, 0.32]},
        "beside": [
            {
                "name": "logistic regression",
                **scored(0.3, 0.25, 0.35),
                "difference": {"mean": 0.08, "interval": [0.01, 0.15]},
            }
        ],
        "data": {
            "name": "towns",
            "split": "As given: sentences of train 90, val 31.",
            "sentences": {"train": 90, "val": 31},
            "words": {"train": 1200, "val": 400},
            "entities": {"train": {"person": 50, "place": 40}, "val": {"person": 12, "place": 8}},
            "vocab_size": 700,
            "tokenizer": "word",
            "notes": ["Tags are IOB1, read as BIO."],
        },
        "tests": {"test": scored(0.25, 0.2, 0.3)},
    }
    return json.loads(json.dumps(found))


SAMPLES = [
    {
        "words": ["Ann", "left", "New", "York"],
        "tags": ["B-person", "O", "O", "B-place"],
        "true": ["B-person", "O", "B-place", "I-place"],
        "probabilities": [0.9, 0.99, 0.6, 0.4],
    },
    {"words": ["No", "name"], "tags": ["O", "O"], "true": ["O", "O"], "probabilities": [1.0, 1.0]},
]


def verdict(folder):
    face, run = read_run(folder)
    return face.verdict(run)


def test_the_paired_difference_decides(make_run, result):
    told = verdict(make_run(config=CONFIG, result=result, samples=SAMPLES))
    assert (told.outcome, told.headline) == ("beats", "Beats the baseline")
    assert told.sentence == (
        "This model finds entities better than its baseline, the dictionary of the entities of training: entity F1 "
        "38.0 (95 % interval 31.0 to 45.0) against 12.0 (8.0 to 16.0); over the same sentences the difference is 26.0 "
        "points, 95 % interval 20.0 to 32.0."
    )


@pytest.mark.parametrize(
    ("changes", "outcome", "words"),
    [
        ({"difference": {"mean": -0.1, "interval": [-0.2, -0.01]}}, "loses", "does NOT find entities better than"),
        ({"difference": {"mean": 0.1, "interval": [-0.1, 0.2]}}, "undecided", "which includes zero"),
        ({"difference": None}, "beats", "their 95 % intervals do not overlap"),
        ({"baseline": None}, "unknown", "no baseline was scored beside it"),
        ({"n_entities": 3}, "unknown", "they were scored on different numbers of entities, 3 and 20"),
        ({"f1": None}, "unknown", "Entity F1 of this model on held-out sentences: not recorded"),
    ],
)
def test_what_is_not_shown_is_not_said(make_run, result, changes, outcome, words):
    told = verdict(make_run(config=CONFIG, result={**result, **changes}, samples=SAMPLES))
    assert told.outcome == outcome
    assert words in told.sentence


def test_a_run_that_has_not_ended_says_so(make_run):
    assert "was not scored on held-out sentences" in verdict(make_run(config=CONFIG, result=None)).sentence


def test_the_page_shows_scores_types_confusions_and_data(make_run, result):
    folder = make_run(config=CONFIG, result=result, samples=SAMPLES)
    page = write_report(folder).read_text(encoding="utf-8")
    words = said(page)
    for expected in (
        "Entity F1 38.0 12.0 30.0",
        "Recall, entities training does not have 15.0 %",
        "F1 minus that of the logistic regression: 8.0 points (95 % interval 1.0 to 15.0).",
        "test 25.0 (20.0 to 30.0) 50.0 % 30.0 % 15.0 % 20",
        "Type by type",
        "What is taken for what",
        "Entities, train 90",
        "Tags are IOB1, read as BIO.",
        "How many words have the right tag is not told",
    ):
        assert expected in words
    assert not Outline(page).open


def test_entities_stand_in_colour_right_and_wrong(make_run, result):
    page = write_report(make_run(config=CONFIG, result=result, samples=SAMPLES)).read_text(encoding="utf-8")
    marks = [(a["class"], a["data-type"]) for a in Outline(page).all("b") if "entity" in (a.get("class") or "")]
    assert marks == [
        ("entity right", "person"),
        ("entity wrong", "place"),
        ("entity right", "person"),
        ("entity right", "place"),
    ]
    assert "1 of 2 found, 1 found wrongly. Probabilities: Ann person 90.0 %; York place 40.0 %." in said(page)
    assert "0 of 0 found, 0 found wrongly." in said(page)
    for rule in ("entity", "entity.right", "entity.wrong"):
        assert re.search(rf"\.{re.escape(rule)} \{{", page)


def test_what_a_person_wrote_does_not_act(make_run, result):
    samples = [{"words": [HOSTILE], "tags": [f"B-{HOSTILE}"], "true": ["O"], "probabilities": [0.5]}]
    result["by_type"] = {HOSTILE: result["by_type"]["person"]}
    page = write_report(make_run(config=CONFIG, result=result, samples=samples)).read_text(encoding="utf-8")
    assert not Outline(page).all("script")
    assert not Outline(page).all("img")


def test_the_card_lists_f1_for_a_hub(make_run, result):
    card = write_model_card(make_run(config=CONFIG, result=result, samples=SAMPLES)).read_text(encoding="utf-8")
    assert "token-classification" in card
    assert "0.38" in card
    assert "quatrain predict" in card
