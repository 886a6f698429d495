"""The honest comparisons beside every classifier: the majority class, models of counts from scikit-learn, a DAN."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from quatrain.data import TextExamples
from quatrain.data.examples import ExamplePart
from quatrain.errors import MissingExtra
from quatrain.training.classification_scores import score_classes
from quatrain.training.deep_averaging import deep_averaging
from quatrain.training.evaluation import Scored

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


@lru_cache(maxsize=1)
def counted_classifiers(train: ExamplePart, val: ExamplePart) -> dict[str, Scored]:
    """Models that are counted or fitted in seconds, by their key in result.json, scored on the validation part.

    The first is the best there; the last is the majority class. Which is the best is decided on the very examples that
    it is scored on, which favours it a little: so the comparison is never too kind to the trained model.
    """
    scored = {key: _scored(name, fit, val) for key, name, fit in FITTED[train.reads](train, val)}
    best_first = sorted(scored.items(), key=lambda item: -item[1].score.to_dict()["accuracy"])
    return dict([*best_first, ("majority", _scored("majority class", lambda: _majority(train, val), val))])


Fit = Callable[[], Float[np.ndarray, "n classes"]]
"""Fits a model and gives the probabilities of the validation part."""


def _of_texts(train: ExamplePart, val: ExamplePart) -> Iterator[tuple[str, str, Fit]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB

    yield "naive_bayes", "naive Bayes on words", lambda: _count(train, val, MultinomialNB(), n=1, binary=False)
    regression = LogisticRegression(max_iter=N_ITERATIONS)
    yield (
        "logistic_regression",
        "logistic regression on words and pairs of words",
        lambda: _count(train, val, regression, n=2, binary=True),
    )
    assert isinstance(train, TextExamples)
    assert isinstance(val, TextExamples)
    yield "dan", "DAN on the mean of the tokens' vectors", partial(deep_averaging, train, val)


def _of_pictures(train: ExamplePart, val: ExamplePart) -> Iterator[tuple[str, str, Fit]]:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    def fit() -> Float[np.ndarray, "n classes"]:
        rows = _spread(train)
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=N_ITERATIONS, C=0.01))
        return _fitted(model, train.plain()[rows], train.labels[rows], val.plain(), len(train.classes))

    yield "logistic_regression", "logistic regression on the numbers of a picture", fit
    known, new = np.asarray(train.plain()), np.asarray(val.plain())
    if known.size <= MOST_NUMBERS and np.bincount(train.labels).min() >= N_FOLDS:
        model = CalibratedClassifierCV(SVC(C=10.0), ensemble=False, cv=N_FOLDS)  # makes probabilities of its scores
        yield (
            "support_vectors",
            "support vector machine on the numbers of a picture",
            lambda: _fitted(model, known / 255, train.labels, new / 255, len(train.classes)),
        )


def _of_windows(train: ExamplePart, val: ExamplePart) -> Iterator[tuple[str, str, Fit]]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier

    def fit(model: Any) -> Float[np.ndarray, "n classes"]:
        rows = _spread(train)
        return _fitted(model, train.plain()[rows], train.labels[rows], val.plain(), len(train.classes))

    nearest, regression = KNeighborsClassifier(n_neighbors=1), LogisticRegression(max_iter=2 * N_ITERATIONS)
    yield "nearest_neighbour", "nearest neighbour by Euclidean distance", lambda: fit(nearest)
    yield "logistic_regression", "logistic regression on the numbers of a window", lambda: fit(regression)


FITTED: Mapping[str, Callable[[ExamplePart, ExamplePart], Iterator[tuple[str, str, Fit]]]] = {
    "text": _of_texts,
    "images": _of_pictures,
    "series": _of_windows,
}
"""Key, name and fit of the models beside a classifier, by the sort of its examples."""


def _spread(part: ExamplePart) -> Int[np.ndarray, " some"]:
    """Examples spread evenly over a part, as many as a model is fitted on at most."""
    return np.unique(np.linspace(0, part.n_targets - 1, MOST_ROWS).round().astype(np.int64))


def _count(train: ExamplePart, val: ExamplePart, model: Any, *, n: int, binary: bool) -> Float[np.ndarray, "n classes"]:
    """Fit a model of the n-grams of words; those of a second text are told apart from those of the first."""
    from sklearn.feature_extraction.text import CountVectorizer

    counter = CountVectorizer(analyzer=partial(_ngrams, most=n), binary=binary)
    known = counter.fit_transform(zip(*train.plain(), strict=True))
    new = counter.transform(zip(*val.plain(), strict=True))
    return _fitted(model, known, train.labels, new, len(train.classes))


def _ngrams(sides: tuple[str, ...], most: int) -> list[str]:
    """Words, and up to so many of them in a row."""
    found = []
    for place, text in enumerate(sides):
        words = text.lower().split()
        for n in range(1, most + 1):
            found += [f"{place}:{' '.join(words[i : i + n])}" for i in range(len(words) - n + 1)]
    return found


def _fitted(model: Any, known: Any, labels: np.ndarray, new: Any, n_classes: int) -> Float[np.ndarray, "n classes"]:
    from sklearn.exceptions import ConvergenceWarning

    probabilities = np.zeros((new.shape[0], n_classes))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # what so many iterations reach is what is compared
        model.fit(known, labels)
    probabilities[:, model.classes_] = model.predict_proba(new)
    return probabilities


def _majority(train: ExamplePart, val: ExamplePart) -> Float[np.ndarray, "n classes"]:
    shares = np.bincount(train.labels, minlength=len(train.classes)) / len(train.labels)
    return np.tile(shares, (len(val.labels), 1))


def _scored(name: str, fit: Fit, part: ExamplePart) -> Scored:
    started = time.perf_counter()
    return Scored(name, *score_classes(fit(), part.labels, part.classes, started))
