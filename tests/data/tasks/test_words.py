from __future__ import annotations

import pytest

from quatrain.data.tasks import Dyck, Recall, Weekday, task_of
from quatrain.errors import ConfigError


def test_a_word_is_a_task_with_its_defaults() -> None:
    assert task_of("recall") == Recall()


def test_settings_follow_a_colon() -> None:
    assert task_of("recall:vocab=30, length=1024") == Recall(vocab=30, length=1024)
    assert task_of("dyck:k=8,depth=10,max_len=700") == Dyck(k=8, depth=10, max_len=700)


def test_a_date_may_be_typed_as_it_is() -> None:
    assert task_of("weekday:after=2025-01-31") == Weekday(after="2025-01-31")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("recal", "no task is called 'recal'. Did you mean 'recall'?"),
        ("recall:vocab_size=30", "recall.vocab_size: no setting has this name. Did you mean 'vocab'?"),
        ("recall:n_examples=0", "recall.n_examples: input should be greater than 0, got 0"),
        ("recall:length", "'length' needs NAME=VALUE"),
        ("recall:length=long", "recall.length: input should be a valid integer, got 'long'"),
        ("recall:vocab=31", "vocab=31 must be even and at least 6"),
        ("recall:vocab=4", "Try vocab=6"),
        ("recall:length=7", "Try length=8"),
        ("recall:length=0", "Try length=2"),
        ("mqar:n_pairs=17", "68 in all, but length=64. Raise length, or lower n_pairs to 16"),
        ("mqar:vocab=8", "keys must differ, and vocab=8 has 3. Try vocab=18"),
        ("mqar:vocab=9", "Try vocab=10"),
        ("mqar:length=65", "Try length=66"),
        ("mqar:n_pairs=0", "at least one pair"),
        ("mqar:power=0.0", "power=0.0 must be more than 0"),
        ("dyck:k=0", "at least one type"),
        ("dyck:depth=0", "at least one bracket must be allowed"),
        ("dyck:min_len=0", "the empty string has nothing to close"),
        ("dyck:min_len=61", "min_len=61 is more than max_len=60"),
        ("dyck:min_len=5,max_len=5", "no even length lies between. Try max_len=6"),
        ("dyck:min_len=1,max_len=1", "Try max_len=2"),
        ("any_b:min_len=0", "at least one letter"),
        ("any_b:min_len=9,max_len=8", "min_len=9 is more than max_len=8"),
        ("parity:min_len=9,max_len=8", "min_len=9 is more than max_len=8"),
        ("copy:min_len=40", "min_len=40 is more than max_len=32"),
        ("copy:n_letters=27", "must lie between 2 and 26"),
        ("weekday:after=yesterday", "after='yesterday' is no date; write year-month-day"),
        ("weekday:after=2023-02-29", "is no date"),
        ("weekday:after=9990-01-01", "the calendar ends with the year 9999"),
        ("count:n_students=61", "n_students=61 must lie between 2 and 60"),
        ("latest:n_students=1", "n_students=1 must lie between 2 and 60"),
        ("apart:window=31", "window=31 must lie between 2 seats and the class of n_students=30"),
        ("apart:window=1", "window=1 must lie between"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_type(word: str, message: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        task_of(word)
    assert message in str(refusal.value)
