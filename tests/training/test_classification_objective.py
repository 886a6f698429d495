"""The objective of classification, and the models of counts beside it."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB

from quatrain.data import Framing, TextExamples, Tokenizer, TokenizerConfig
from quatrain.errors import MissingExtra
from quatrain.models.text_classifiers import text_classifier
from quatrain.training.baselines.classifiers import counted_classifiers
from quatrain.training.baselines.deep_averaging import deep_averaging
from quatrain.training.evaluation import Scored
from quatrain.training.objectives import Classify, probabilities_of
from quatrain.training.scores.classes import glance
from quatrain.training.scores.probabilities import logits_of, sharpness

CLASSES = ("no", "yes", "perhaps")
WORDS = ["red", "green", "blue", "round", "square", "tall", "small"]


def part(n: int, seed: int, *, pairs: bool = False) -> TextExamples:
    """Texts whose label goes with one of their words."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    texts = [
        " ".join([WORDS[label], *generator.choice(WORDS, generator.integers(1, 6))])
        if generator.random() < 0.9
        else "red"
        for label in labels
    ]
    tokenizer = Tokenizer.train([" ".join(WORDS)] * 2, TokenizerConfig(name="word", framed=True))
    seconds = texts[::-1] if pairs else None
    return TextExamples(texts, seconds, labels.astype(np.int64), CLASSES, Framing(tokenizer))


@pytest.fixture
def model() -> Any:
    torch.manual_seed(0)
    config = text_classifier("transformer")(part(1, 0).framing.tokenizer.vocab_size, CLASSES, 8, 1, 2, 16)
    return config.build()


def test_the_loss_is_cross_entropy_summed_over_examples(model: Any) -> None:
    batch = part(9, 1).batches(seed=0, batch_size=9, seq_len=16).at(0)
    model.eval()
    ours = Classify().loss_sum(model, batch)
    expected = F.cross_entropy(model(*batch.inputs), batch.targets, reduction="sum")
    torch.testing.assert_close(ours, expected)


def test_smoothing_is_for_training_alone(model: Any) -> None:
    batch = part(9, 1).batches(seed=0, batch_size=9, seq_len=16).at(0)
    model.label_smoothing = 0.1
    smoothed = F.cross_entropy(model.eval()(*batch.inputs), batch.targets, reduction="sum", label_smoothing=0.1)
    plain = F.cross_entropy(model(*batch.inputs), batch.targets, reduction="sum")
    torch.testing.assert_close(Classify().loss_sum(model, batch), plain)
    assert plain.item() != pytest.approx(smoothed.item())
    dropping = [layer for layer in model.modules() if hasattr(layer, "p") or hasattr(layer, "token_dropout")]
    for layer in dropping:
        setattr(layer, "p" if hasattr(layer, "p") else "token_dropout", 0.0)
    torch.testing.assert_close(Classify().loss_sum(model.train(), batch), smoothed)


def test_micro_batches_give_the_gradient_of_the_batch(model: Any) -> None:
    batch = part(8, 2).batches(seed=0, batch_size=8, seq_len=16).at(0)
    model.eval()
    gradients = []
    for pieces in ([batch], batch.split(3)):
        model.zero_grad()
        for piece in pieces:
            Classify().loss_sum(model, piece).backward()
        gradients.append(model.head.weight.grad.clone())
    torch.testing.assert_close(*gradients)


def test_a_score_has_a_value_for_every_example_in_the_order_of_the_part(model: Any) -> None:
    some = part(23, 3)
    model.train()
    score, values = Classify().score(model, some)
    assert model.training
    model.eval()
    alone = [
        float(model(*some.framed.batch(np.array([row]), some.labels[[row]]).inputs).argmax() == some.labels[row])
        for row in range(23)
    ]
    assert values.tolist() == alone
    assert score.accuracy == pytest.approx(np.mean(alone))


def test_probabilities_of_some_examples_are_those_of_all(model: Any) -> None:
    some, rows = part(12, 4), np.array([7, 2, 9])
    np.testing.assert_allclose(probabilities_of(model, some, rows), probabilities_of(model, some)[rows], atol=1e-6)


def test_examples_longer_than_the_model_reads_are_cut(model: Any) -> None:
    long = replace(part(3, 5), texts=["red " * 50, "green", "blue " * 20])
    assert probabilities_of(model, long).shape == (3, 3)


def test_fewer_errors_are_better_and_of_equally_many_the_lower_loss() -> None:
    labels = np.array([0, 1, 2, 0])
    sure = np.eye(3)[labels] * 0.8 + 0.2 / 3
    unsure = np.eye(3)[labels] * 0.1 + 0.9 / 3
    one_wrong = sure[[0, 1, 2, 1]]
    faults = [Classify().fault(glance(found, labels, 0.0)) for found in (sure, unsure, one_wrong)]
    assert faults == sorted(faults)
    assert faults[2] - faults[0] > 0.1


@pytest.mark.parametrize("scale", [0.2, 1.0, 5.0])
def test_the_sharpness_is_that_of_the_least_loss(scale: float) -> None:
    generator = np.random.default_rng(0)
    truth = generator.normal(size=(400, 3))
    labels = np.array([generator.choice(3, p=row) for row in softmax(truth, axis=1)])
    logits = scale * truth
    doubt = np.where(np.eye(3)[labels] == 1, 1 - 1 / 402, 1 / 402 / 2)

    def loss(factor: float) -> float:
        return float(-(doubt * log_softmax(factor * logits, axis=1)).sum())

    best = minimize_scalar(loss, bounds=(0.05, 20), method="bounded", options={"xatol": 1e-9}).x
    assert sharpness(logits, labels) == pytest.approx(best, rel=1e-4)


def test_few_examples_told_right_make_no_model_certain() -> None:
    labels = np.array([0, 1, 2, 0])
    found = sharpness(np.eye(3)[labels], labels)
    assert softmax(found * np.eye(3)[labels], axis=1).max() == pytest.approx(1 - 1 / 6, abs=1e-4)


def test_completed_a_model_is_better_calibrated_and_tells_the_same(model: Any) -> None:
    some = part(200, 5)
    with torch.no_grad():
        model.head.weight.mul_(50)  # far too sure of what is right two times in three
    told = logits_of(model, some).argmax(axis=1)
    some = replace(some, labels=np.where(np.arange(200) % 3 > 0, told, (told + 1) % 3))
    data = type("Data", (), {"val": some})
    before, _ = Classify().score(model, some)
    Classify().complete(model, data)
    after, _ = Classify().score(model, some)
    assert after.accuracy == before.accuracy
    assert after.loss < before.loss
    assert sharpness(logits_of(model, some), some.labels) == pytest.approx(1.0, abs=1e-3)


def test_a_validation_takes_examples_from_all_over_the_part(model: Any) -> None:
    assert Classify().validate(model, part(40, 6), 10).n_targets == 10
    assert Classify().validate(model, part(40, 6), None).n_targets == 40


def test_models_of_counts_are_those_of_scikit_learn() -> None:
    train, val = part(120, 7), part(60, 8)
    found = {baseline.key: baseline.on(val) for baseline in counted_classifiers(train)}
    assert [*found] == ["naive_bayes", "logistic_regression", "dan", "majority"]
    for key, model, counter in (
        ("naive_bayes", MultinomialNB(), CountVectorizer(token_pattern=r"\S+")),
        (
            "logistic_regression",
            LogisticRegression(max_iter=200),
            CountVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), binary=True),
        ),
    ):
        model.fit(counter.fit_transform(train.texts), train.labels)
        theirs = model.predict(counter.transform(val.texts)) == val.labels
        assert found[key].score.to_dict()["accuracy"] == pytest.approx(theirs.mean(), abs=0.02)
    shares = np.bincount(train.labels) / 120
    loss = -np.log(shares[val.labels]).mean()
    assert found["majority"].score.to_dict()["loss"] == pytest.approx(loss)


def test_the_averaging_network_learns_words_and_leaves_the_generator_alone() -> None:
    train, val = part(200, 7), part(60, 8)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    found = probabilities_of(deep_averaging(train), val)
    assert torch.equal(torch.get_rng_state(), before)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)
    assert (found.argmax(axis=1) == val.labels).mean() > (val.labels == np.bincount(train.labels).argmax()).mean() + 0.1
    np.testing.assert_array_equal(probabilities_of(deep_averaging(train), val), found)


def test_the_best_of_them_is_the_baseline_and_the_others_stand_beside(model: Any) -> None:
    train, val, test = part(120, 9), part(60, 10), part(80, 11)
    data, said = type("Data", (), {"train": train}), list[str]()
    objective = Classify()
    baselines = objective.baselines(None, data, said.append)  # type: ignore[arg-type]
    found = objective.score_beside(baselines, {"val": val, "test": test}, said.append)
    accuracies = [scored.score.to_dict()["accuracy"] for scored in found["val"]]
    assert accuracies == sorted(accuracies, reverse=True)
    assert [one.key for one in found["val"]] == [one.key for one in found["test"]]
    assert [len(one.values) for one in found["test"]] == [80] * 4
    assert said[0].startswith(f"baseline: {found['val'][0].name}: accuracy {accuracies[0]:.1%}")
    assert [line.partition(":")[0] for line in said] == ["baseline", *["beside it"] * 3]

    ours = Scored("ours", *objective.score(model, test))
    told = objective.compared(ours, found["test"], test)
    assert told["accuracy"] == ours.score.to_dict()["accuracy"]
    assert [told["baseline"]["key"], *(other["key"] for other in told["beside"])] == [one.key for one in found["test"]]
    for gap, other in zip((told["difference"], *(o["difference"] for o in told["beside"])), found["test"], strict=True):
        assert gap["mean"] == pytest.approx(told["accuracy"] - other.score.to_dict()["accuracy"])
        assert gap["interval"][0] <= gap["mean"] <= gap["interval"][1]


def test_words_of_the_second_text_are_told_apart() -> None:
    train, val = part(60, 11, pairs=True), part(20, 12, pairs=True)
    counted = next(counted_classifiers(train))
    assert counted.on(val).score.to_dict()["n_targets"] == 20


def test_without_scikit_learn_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(MissingExtra, match=r"pip install 'quatrain\[classify\]'"):
        Classify().require()


def test_flops_are_of_an_example_of_mean_length(model: Any) -> None:
    data = type("Data", (), {"train": part(30, 13)})
    config = type("Config", (), {"train": type("Loop", (), {"seq_len": 16})})
    expected = 3 * model.flops(part(30, 13).mean_length)
    assert Classify().flops_per_target(model, config, data) == expected  # type: ignore[arg-type]
    assert math.isfinite(expected)
