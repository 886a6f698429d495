"""Scores of classes held against scikit-learn, and their intervals against plain resampling."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from quatrain.training.evaluation import bootstrap, bootstrap_items
from quatrain.training.scores.auroc import auroc, auroc_interval
from quatrain.training.scores.classes import bootstrap_counts, calibration, confusion, macro_f1, score_classes


def drawn(n: int, n_classes: int, seed: int = 0, digits: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, rounded so that some are equal, and labels that go with them more often than not."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, n_classes, n)
    logits = generator.normal(size=(n, n_classes)) + 1.5 * np.eye(n_classes)[labels]
    found = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), digits) + 1e-3
    return found / found.sum(axis=1, keepdims=True), labels


@pytest.mark.parametrize("n_classes", [2, 3, 7])
def test_every_score_is_that_of_scikit_learn(n_classes: int) -> None:
    found, labels = drawn(200, n_classes)
    classes = tuple(map(str, range(n_classes)))
    score, values = score_classes(found, labels, classes)
    told = found.argmax(axis=1)
    assert score.accuracy == pytest.approx(metrics.accuracy_score(labels, told), abs=1e-12)
    assert score.macro_f1 == pytest.approx(metrics.f1_score(labels, told, average="macro"), abs=1e-12)
    assert score.loss == pytest.approx(metrics.log_loss(labels, found), abs=1e-9)
    theirs = metrics.roc_auc_score(labels, found[:, 1] if n_classes == 2 else found, multi_class="ovr")
    assert score.auroc == pytest.approx(theirs, abs=1e-12)
    assert np.array_equal(score.confusion, metrics.confusion_matrix(labels, told))
    assert values.tolist() == (told == labels).tolist()
    assert score.n_targets == 200
    for bounds, value in (
        (score.interval, score.accuracy),
        (score.macro_f1_interval, score.macro_f1),
        (score.auroc_interval, score.auroc),
    ):
        assert bounds[0] < value < bounds[1]


def test_equal_probabilities_are_right_half_the_time() -> None:
    labels = np.array([0, 1, 1, 0, 1])
    assert auroc(np.full((5, 2), 0.5), labels) == 0.5


def test_of_one_class_alone_there_is_no_auroc() -> None:
    found, _ = drawn(20, 2)
    labels = np.ones(20, np.int64)
    assert auroc(found, labels) is None
    assert auroc_interval(found, labels) is None
    score, _ = score_classes(found, labels, ("a", "b"))
    assert score.to_dict()["auroc_interval"] is None


def test_a_class_that_is_neither_there_nor_told_says_nothing_of_f1() -> None:
    counts = confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), 3)
    assert macro_f1(counts) == pytest.approx(metrics.f1_score([0, 0, 1], [0, 1, 1], average="macro"))


def test_calibration_is_the_mean_distance_in_fifteen_bins() -> None:
    generator = np.random.default_rng(0)
    confidence, right = generator.uniform(0.3, 1.0, 500), generator.random(500) < 0.7
    bins, ece = calibration(confidence, right)
    expected = 0.0
    for i in range(15):
        inside = (confidence > i / 15) & (confidence <= (i + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert ece == pytest.approx(expected, abs=1e-12)
    assert sum(found.n for found in bins) == 500


def test_certain_and_right_is_perfectly_calibrated() -> None:
    bins, ece = calibration(np.ones(4), np.ones(4, bool))
    assert ece == 0.0
    assert [found.n for found in bins] == [4]


def test_a_loss_stays_finite_where_a_probability_is_zero() -> None:
    score, _ = score_classes(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([1, 0]), ("a", "b"))
    assert score.loss == pytest.approx(-np.log(1e-12) / 2)


def test_drawing_counts_is_drawing_examples() -> None:
    found, labels = drawn(300, 3)
    told = found.argmax(axis=1)
    generator = np.random.default_rng(1)
    rows = generator.integers(0, 300, size=(1000, 300))
    plain = [macro_f1(confusion(labels[row], told[row], 3)) for row in rows]
    ours = bootstrap_counts(confusion(labels, told, 3), macro_f1)
    assert ours == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])), abs=0.01)


def test_drawing_kinds_is_drawing_values() -> None:
    values = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], 400, p=[0.1, 0.7, 0.2])
    assert bootstrap_items(values) == pytest.approx(bootstrap(values, block=1), abs=0.01)


def test_the_interval_of_auroc_is_that_of_plain_resampling() -> None:
    found, labels = drawn(150, 2)
    generator = np.random.default_rng(1)
    plain = []
    for _ in range(300):
        row = generator.integers(0, 150, 150)
        plain.append(metrics.roc_auc_score(labels[row], found[row, 1]))
    ours = auroc_interval(found, labels)
    assert ours == pytest.approx(tuple(np.quantile(plain, [0.025, 0.975])), abs=0.02)
