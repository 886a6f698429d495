"""Laws that hold for every task; a new one is one line in `references.py`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from quatrain.config import read_toml
from quatrain.data.tasks import PAD, TASKS
from quatrain.data.tasks._base import PAD_TEXT
from quatrain.models._base import IGNORE

from .references import REFERENCES, SMALL, allowed, oracle, small, words_of

MODELS = {
    "transformer",
    "lstm",
    "gru",
    "rnn",
    "conv",
    "hyena",
    "linear",
    "delta",
    "pool",
    "dan",
    "bengio",
    "mlp",
    "ngram",
}

every_task = pytest.mark.parametrize("word", TASKS)


def test_every_task_has_a_reference_and_a_small_form() -> None:
    assert set(REFERENCES) == set(SMALL) == set(TASKS)


@every_task
def test_what_is_right_follows_from_the_tokens_so_far(word: str) -> None:
    task = small(word)
    examples = task.draw(60, np.random.default_rng(1))
    for tokens, targets in zip(examples.tokens, examples.targets, strict=True):
        words = words_of(task, tokens)
        for t, target in enumerate(targets.tolist()):
            if target != IGNORE:
                assert task.vocabulary[target] in allowed(task, words[: t + 1]), (words, t)


@every_task
def test_nothing_that_can_be_known_is_left_unasked(word: str) -> None:
    task = small(word)
    examples = task.draw(60, np.random.default_rng(2))
    for tokens, targets in zip(examples.tokens, examples.targets, strict=True):
        words = words_of(task, tokens)
        known = sum(bool(allowed(task, words[: t + 1])) for t in range(len(words)))
        asked = int((targets != IGNORE).sum())
        if word == "mqar":  # noise may look like a key that is asked for
            assert asked == task.n_pairs <= known
        else:
            assert asked == known


@every_task
def test_rows_are_as_wide_as_said_and_padded_on_the_right(word: str) -> None:
    task = small(word)
    examples = task.draw(60, np.random.default_rng(3))
    assert examples.tokens.shape == examples.targets.shape == examples.graded.shape == (60, task.seq_len)
    assert examples.tokens.dtype == examples.targets.dtype == torch.int64
    assert examples.graded.dtype == torch.bool
    for tokens, targets in zip(examples.tokens, examples.targets, strict=True):
        assert (targets[len(words_of(task, tokens)) :] == IGNORE).all()


@every_task
def test_what_is_graded_is_learned_and_every_row_is_graded(word: str) -> None:
    examples = small(word).draw(60, np.random.default_rng(4))
    assert (examples.targets[examples.graded] != IGNORE).all()
    assert examples.graded.any(1).all()


@every_task
def test_whoever_knows_is_graded_one(word: str) -> None:
    task = small(word)
    examples = task.draw(60, np.random.default_rng(5))
    grades = task.grade(examples, oracle(task, examples))
    assert grades.shape == (60,)
    assert grades.tolist() == [1.0] * 60


@every_task
def test_whoever_says_padding_is_graded_zero(word: str) -> None:
    task = small(word)
    examples = task.draw(60, np.random.default_rng(6))
    padding = torch.zeros(*examples.tokens.shape, task.vocab_size)
    padding[..., PAD] = 30.0
    assert task.grade(examples, padding).tolist() == [0.0] * 60


@every_task
def test_the_best_guess_is_graded_about_chance(word: str) -> None:
    task, n = small(word), 2000
    examples = task.draw(n, np.random.default_rng(7))
    if word == "match":  # a random other student: the seats stand in no order, so the next one
        seats = examples.tokens[:, : task.n_students]
        said = examples.tokens.clone()
        said[:, task.n_students + 1 :] = seats.roll(1, dims=1)
        guesses = [torch.nn.functional.one_hot(said, task.vocab_size).float()]
    else:
        answers = examples.targets[examples.graded].bincount(minlength=task.vocab_size)
        constant = torch.nn.functional.one_hot(answers.argsort(descending=True)[:7], task.vocab_size) * 30.0  # (7, V)
        guesses = [guess.expand(*examples.tokens.shape, -1) for guess in constant]
    best = max(float(task.grade(examples, guess).mean()) for guess in guesses)
    chance = task.chance()
    assert best == pytest.approx(chance, abs=4 * (chance * (1 - chance) / n) ** 0.5)


@every_task
def test_the_same_seed_draws_the_same(word: str) -> None:
    first, again, other = (small(word).draw(20, np.random.default_rng(seed)) for seed in (8, 8, 9))
    assert first.tokens.equal(again.tokens)
    assert first.targets.equal(again.targets)
    assert not first.tokens.equal(other.tokens)


@every_task
def test_the_vocabulary_names_every_token_once(word: str) -> None:
    for task in (TASKS[word](), small(word)):
        assert task.vocabulary[PAD] == PAD_TEXT
        assert len(set(task.vocabulary)) == len(task.vocabulary) == task.vocab_size
        examples = task.draw(20, np.random.default_rng(10))
        assert 0 <= examples.tokens.min() <= examples.tokens.max() < task.vocab_size
        assert examples.targets.max() < task.vocab_size


@every_task
def test_the_task_explains_itself(word: str) -> None:
    kind = TASKS[word]
    assert kind.kind == word
    assert kind.title.endswith(".")
    assert kind.reason.endswith(".")
    assert kind.natural
    assert set(kind.natural) <= MODELS


@every_task
def test_settings_survive_json_and_toml(word: str, tmp_path: Path) -> None:
    task = small(word)
    (tmp_path / "task.toml").write_text(task.to_toml(), encoding="utf-8")
    for values in (json.loads(json.dumps(task.to_dict())), read_toml(tmp_path / "task.toml")):
        assert values.pop("kind") == word
        assert TASKS[word].from_dict(values) == task


@every_task
def test_an_example_is_shown_with_its_answers(word: str) -> None:
    task = small(word)
    examples = task.draw(1, np.random.default_rng(11))
    line = task.show(examples.tokens[0], examples.targets[0])
    assert line.count("→") == int((examples.targets != IGNORE).sum())
    assert "\n" not in line
