"""Scores of entities are those of seqeval, and their values those of F1."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics import classification_report, f1_score, precision_score, recall_score

from quatrain.training.evaluation import bootstrap_items
from quatrain.training.scores.entities import score_entities

TAGS = st.sampled_from(["O", "O", *(f"{letter}-{name}" for letter in "BI" for name in ("loc", "per"))])
PAIRS = st.lists(st.lists(st.tuples(TAGS, TAGS), min_size=1, max_size=6), min_size=1, max_size=5)


def split(pairs: list[list[tuple[str, str]]]) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    told = [[a for a, _ in sentence] for sentence in pairs]
    true = [[b for _, b in sentence] for sentence in pairs]
    return told, true, [[str(i) for i in range(len(sentence))] for sentence in pairs]


@settings(deadline=None, max_examples=60)
@given(PAIRS)
def test_precision_recall_and_f1_are_those_of_seqeval(pairs: list[list[tuple[str, str]]]) -> None:
    told, true, words = split(pairs)
    scores, values = score_entities(told, true, words)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # seqeval warns where it divides by zero
        theirs = [measure(true, told) for measure in (precision_score, recall_score, f1_score)]
        report = classification_report(true, told, output_dict=True) if scores.by_type else {}
    assert [scores.precision, scores.recall, scores.f1] == pytest.approx(theirs, abs=1e-12)
    for name, one in scores.by_type.items():
        known = report.get(name, {"precision": 0, "recall": 0, "f1-score": 0, "support": 0})
        ours = (one.precision, one.recall, one.f1, one.n_entities)
        assert ours == pytest.approx(tuple(known[key] for key in ("precision", "recall", "f1-score", "support")))
    assert values.mean() == pytest.approx(scores.f1)
    assert scores.interval[0] <= scores.interval[1]


def drawn(n: int, right: float, seed: int) -> tuple[list[list[str]], list[list[str]], list[list[str]]]:
    draw = np.random.default_rng(seed)
    true = [["B-per" if draw.random() < 0.3 else "O" for _ in range(8)] for _ in range(n)]
    told = [[tag if draw.random() < right else "O" for tag in sentence] for sentence in true]
    return told, true, [["w"] * 8] * n


def test_the_interval_of_the_values_is_that_of_f1() -> None:
    scores, values = score_entities(*drawn(400, 0.6, 0))
    assert bootstrap_items(values) == pytest.approx(scores.interval, abs=0.01)
    assert values.std() > 0


def test_a_paired_difference_of_the_values_is_that_of_f1() -> None:
    told, true, words = drawn(400, 0.6, 0)
    better = [[theirs[0], *ours[1:]] for ours, theirs in zip(told, true, strict=True)]
    (one, ours), (other, theirs) = score_entities(better, true, words), score_entities(told, true, words)
    low, high = bootstrap_items(ours - theirs)
    assert (ours - theirs).mean() == pytest.approx(one.f1 - other.f1)
    assert 0 < low < one.f1 - other.f1 < high
    alone = [bootstrap_items(values) for values in (ours, theirs)]
    assert high - low < min(b - a for a, b in alone), "paired, it is narrower than either alone"


def test_the_values_cover_f1_as_often_as_they_promise() -> None:
    truth = score_entities(*drawn(4000, 0.6, 99))[0].f1
    intervals = [score_entities(*drawn(60, 0.6, seed))[0].interval for seed in range(60)]
    assert 0.85 <= np.mean([low <= truth <= high for low, high in intervals]) <= 1.0


def test_what_is_taken_for_what_and_what_training_has() -> None:
    words = [["Ann", "saw", "Old", "Town", "and", "Bob"]]
    true = [["B-per", "O", "B-loc", "I-loc", "O", "B-per"]]
    told = [["B-loc", "B-per", "B-loc", "I-loc", "O", "O"]]
    scores, _ = score_entities(told, true, words, frozenset({"old town", "ann"}))
    assert scores.confusion == {"": {"per": 1}, "loc": {"loc": 1}, "per": {"": 1, "loc": 1}}
    assert (scores.recall_seen, scores.recall_unseen, scores.n_unseen) == (0.5, 0.0, 1)
    assert score_entities(told, true, words)[0].recall_seen is None


def test_nothing_at_all_scores_nothing() -> None:
    scores, values = score_entities([["O"]], [["O"]], [["a"]])
    assert (scores.f1, scores.interval, scores.by_type) == (0.0, (0.0, 0.0), {})
    assert values.tolist() == [0.0]
