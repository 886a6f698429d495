"""The honest comparisons beside every classifier: the majority class, models of counts from scikit-learn, a DAN."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Float

from quatrain.data import TextExamples
from quatrain.data.examples import ExamplePart
from quatrain.errors import MissingExtra
from quatrain.training.baselines import Baseline
from quatrain.training.baselines.deep_averaging import deep_averaging
from quatrain.training.scores.classes import ClassScore, score_classes
from quatrain.training.scores.probabilities import probabilities_of

__all__ = ["counted_classifiers", "need_scikit_learn"]

MOST_ROWS = 10_000
"""Rows of numbers that a model is fitted on at most, spread evenly over the training part."""
MOST_NUMBERS = 1_000_000
"""Numbers of a training part on which a support vector machine is fitted at most: its time grows with their square."""
N_FOLDS = 3
N_ITERATIONS = 200


def need_scikit_learn() -> None:
    """Find out whether the models beside a classifier can be fitted.

    Raises:
        MissingExtra: scikit-learn is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise MissingExtra(
            "A classifier is compared with models of counts, which needs an extra package: "
            "pip install 'quatrain[classify]'."
        ) from None


Predict = Callable[[ExamplePart], Float[np.ndarray, "n classes"]]
"""Gives the probabilities of a part's classes, example by example."""


def counted_classifiers(train: ExamplePart) -> Iterator[Baseline]:
    """Models that are counted or fitted in seconds on the training part; the majority class last."""
    majority = ("majority", "majority class", _majority(train))
    for key, name, predict in chain(FITTED[train.reads](train), [majority]):
        yield Baseline(key, name, partial(_score, predict))


def _of_texts(train: ExamplePart) -> Iterator[tuple[str, str, Predict]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB

    yield "naive_bayes", "naive Bayes on words", _count(train, MultinomialNB(), n=1, binary=False)
    regression = LogisticRegression(max_iter=N_ITERATIONS)
    name = "logistic regression on words and pairs of words"
    yield "logistic_regression", name, _count(train, regression, n=2, binary=True)
    assert isinstance(train, TextExamples)
    yield "dan", "DAN on the mean of the tokens' vectors", partial(probabilities_of, deep_averaging(train))


def _of_pictures(train: ExamplePart) -> Iterator[tuple[str, str, Predict]]:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    regression = make_pipeline(StandardScaler(), LogisticRegression(max_iter=N_ITERATIONS, C=0.01))
    yield "logistic_regression", "logistic regression on the numbers of a picture", _fit(train, regression, _numbers)
    if _numbers(train).size <= MOST_NUMBERS and np.bincount(train.labels).min() >= N_FOLDS:
        vectors = CalibratedClassifierCV(SVC(C=10.0), ensemble=False, cv=N_FOLDS)  # makes probabilities of its scores
        name = "support vector machine on the numbers of a picture"
        yield "support_vectors", name, _fit(train, vectors, lambda part: _numbers(part) / 255)


def _of_windows(train: ExamplePart) -> Iterator[tuple[str, str, Predict]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    nearest, regression = KNeighborsClassifier(n_neighbors=1), LogisticRegression(max_iter=2 * N_ITERATIONS)
    yield "nearest_neighbour", "nearest neighbour by Euclidean distance", _fit(train, nearest, _numbers)
    yield "logistic_regression", "logistic regression on the numbers of a window", _fit(train, regression, _numbers)


FITTED: Mapping[str, Callable[[ExamplePart], Iterator[tuple[str, str, Predict]]]] = {
    "text": _of_texts,
    "images": _of_pictures,
    "series": _of_windows,
}
"""Key, name and the fitted model of what stands beside a classifier, by the sort of its examples."""


def _count(train: ExamplePart, model: Any, *, n: int, binary: bool) -> Predict:
    """A model of the n-grams of words; those of a second text are told apart from those of the first."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer=partial(_ngrams, most=n), binary=binary)
    counter.fit(zip(*train.plain(), strict=True))
    return _fit(train, model, lambda part: counter.transform(zip(*part.plain(), strict=True)), most=train.n_targets)


def _ngrams(sides: tuple[str, ...], most: int) -> list[str]:
    """Words, and up to so many of them in a row."""
    found = []
    for place, text in enumerate(sides):
        words = text.lower().split()
        for n in range(1, most + 1):
            found += [f"{place}:{' '.join(words[i : i + n])}" for i in range(len(words) - n + 1)]
    return found


def _numbers(part: ExamplePart) -> Float[np.ndarray, "n features"]:
    """A row of numbers for each example."""
    return np.asarray(part.plain())


def _fit(train: ExamplePart, model: Any, read: Callable[[ExamplePart], Any], most: int = MOST_ROWS) -> Predict:
    """Fit a model of scikit-learn on what is read of a training part, or of so many examples spread evenly over it."""
    from sklearn.exceptions import ConvergenceWarning

    rows = np.unique(np.linspace(0, train.n_targets - 1, most).round().astype(np.int64))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what so many iterations reach is what is compared
        model.fit(read(train)[rows], train.labels[rows])

    def predict(part: ExamplePart) -> Float[np.ndarray, "n classes"]:
        probabilities = np.zeros((part.n_targets, len(train.classes)))
        probabilities[:, model.classes_] = model.predict_proba(read(part))
        return probabilities

    return predict


def _majority(train: ExamplePart) -> Predict:
    shares = np.bincount(train.labels, minlength=len(train.classes)) / len(train.labels)
    return lambda part: np.tile(shares, (part.n_targets, 1))


def _score(predict: Predict, part: ExamplePart) -> tuple[ClassScore, np.ndarray]:
    started = time.perf_counter()
    return score_classes(predict(part), part.labels, part.classes, started)
