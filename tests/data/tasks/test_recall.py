from __future__ import annotations

import numpy as np
import pytest

from quatrain.data.tasks import MultiQueryRecall, Recall
from quatrain.models._base import IGNORE

from .references import words_of


def test_recall_is_pairs_then_a_separator_and_a_key_seen_before() -> None:
    task = Recall(vocab=8, length=10)
    examples = task.draw(200, np.random.default_rng(0))
    for tokens in examples.tokens:
        *pairs, separator, key = words_of(task, tokens)
        assert separator == "=>"
        assert {word[0] for word in pairs[0::2]} == {"k"}
        assert {word[0] for word in pairs[1::2]} == {"v"}
        assert key in pairs[0::2]
        assert len(set(zip(pairs[0::2], pairs[1::2], strict=True))) == len(set(pairs[0::2]))  # one value a key
    assert examples.graded.sum(0).tolist() == [0] * 11 + [200]


def test_every_key_seen_before_is_a_question_and_no_other() -> None:
    task = Recall(vocab=8, length=10)
    examples = task.draw(200, np.random.default_rng(1))
    for tokens, targets in zip(examples.tokens.tolist(), examples.targets.tolist(), strict=True):
        for t in range(10):
            seen = t % 2 == 0 and tokens[t] in tokens[:t:2]
            assert targets[t] == (tokens[t + 1] if seen else IGNORE)


def test_keys_shown_are_asked_for_equally_often_however_often_they_were_shown() -> None:
    task = Recall(vocab=6, length=6)  # two keys; often one of them is shown once, the other twice
    examples = task.draw(20_000, np.random.default_rng(2))
    keys, asked = examples.tokens[:, 0:6:2], examples.tokens[:, -1:]
    shown = (keys == 2).sum(1)
    uneven = (shown == 1) & (keys == 3).any(1)
    assert float((asked[uneven] == 2).double().mean()) == pytest.approx(0.5, abs=0.025)


@pytest.mark.parametrize(("vocab", "chance"), [(10, 0.25), (30, 0.0714)])
def test_chance_is_two_in_the_vocabulary_less_two(vocab: int, chance: float) -> None:
    assert Recall(vocab=vocab).chance() == pytest.approx(chance, abs=1e-4)


def test_every_key_comes_again_once_and_is_asked_for_there() -> None:
    task = MultiQueryRecall(vocab=20, length=28, n_pairs=4)
    examples = task.draw(200, np.random.default_rng(3))
    for tokens, targets in zip(examples.tokens.tolist(), examples.targets.tolist(), strict=True):
        value_of = dict(zip(tokens[0:8:2], tokens[1:8:2], strict=True))
        assert len(value_of) == len(set(value_of.values())) == 4
        assert set(value_of) <= set(range(1, 10))
        assert set(value_of.values()) <= set(range(10, 20))
        asked = [t for t in range(28) if targets[t] != IGNORE]
        assert sorted(tokens[t] for t in asked) == sorted(value_of)
        assert all(t >= 8 and t % 2 == 0 and targets[t] == value_of[tokens[t]] for t in asked)
    assert examples.graded.equal(examples.targets != IGNORE)


def test_without_noise_there_is_padding_between_the_questions() -> None:
    task = MultiQueryRecall(vocab=20, length=28, n_pairs=4, noise=False)
    examples = task.draw(50, np.random.default_rng(4))
    between = ~examples.graded
    between[:, :8] = False
    assert (examples.tokens[between] == 0).all()
    assert (examples.tokens[~between] != 0).all()


@pytest.mark.parametrize("power", [0.01, 1.0])
def test_gaps_fall_off_as_a_power(power: float) -> None:
    task, n = MultiQueryRecall(vocab=20, length=20, n_pairs=1, power=power), 20_000
    examples = task.draw(n, np.random.default_rng(5))
    gaps = (examples.graded.int().argmax(1) - 2) // 2
    weights = np.arange(1, 10) ** (power - 1)
    np.testing.assert_allclose(np.bincount(gaps, minlength=9) / n, weights / weights.sum(), atol=0.015)


def test_keys_and_values_are_drawn_evenly_and_in_no_order() -> None:
    task, n = MultiQueryRecall(vocab=12, length=12, n_pairs=3), 20_000
    first_key = examples_column(task, n, 0)
    np.testing.assert_allclose(np.bincount(first_key)[1:] / n, [0.2] * 5, atol=0.015)
    first_value = examples_column(task, n, 1)
    np.testing.assert_allclose(np.bincount(first_value)[6:] / n, [1 / 6] * 6, atol=0.015)


def examples_column(task: MultiQueryRecall, n: int, column: int) -> np.ndarray:
    return task.draw(n, np.random.default_rng(6)).tokens[:, column].numpy()
