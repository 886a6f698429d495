from __future__ import annotations

import pytest
import torch

from quatrain.data.tasks import Parity, TaskBatches
from quatrain.errors import ConfigError

TASK = Parity(min_len=20, max_len=20)


def rows(batches: TaskBatches, steps: range) -> list[tuple[int, ...]]:
    return [tuple(row) for step in steps for row in batches.at(step).tokens.tolist()]


def test_a_batch_depends_on_seed_and_step_alone() -> None:
    here, there, other = (TaskBatches(TASK, seed=seed, batch_size=3) for seed in (1, 1, 2))
    here.at(0)  # what was asked before does not matter
    assert here.at(5).tokens.equal(there.at(5).tokens)
    assert here.at(5).targets.equal(there.at(5).targets)
    assert not here.at(5).tokens.equal(here.at(6).tokens)
    assert not here.at(5).tokens.equal(other.at(5).tokens)


def test_a_batch_has_rows_targets_and_no_documents() -> None:
    batch = TaskBatches(TASK, seed=1, batch_size=3).at(0)
    assert batch.tokens.shape == batch.targets.shape == (3, 20)
    assert batch.documents is None
    assert batch.n_targets == 60


def test_a_fixed_number_of_examples_is_visited_once_an_epoch_in_another_order() -> None:
    batches = TaskBatches(TASK, seed=1, batch_size=3, n_examples=6)
    first, second = rows(batches, range(2)), rows(batches, range(2, 4))
    assert len(set(first)) == 6
    assert sorted(first) == sorted(second)
    assert first != second
    assert [batches.epoch_of(step) for step in range(4)] == [0.0, 0.5, 1.0, 1.5]


def test_batches_run_on_from_one_epoch_into_the_next() -> None:
    batches = TaskBatches(TASK, seed=1, batch_size=8, n_examples=6)
    seen = rows(batches, range(3))
    assert sorted(seen[:6]) == sorted(seen[6:12]) == sorted(seen[18:24])


def test_a_fixed_set_is_the_same_wherever_it_is_asked_first() -> None:
    here, there = (TaskBatches(TASK, seed=1, batch_size=4, n_examples=10) for _ in range(2))
    here.at(9), here.at(2)
    assert here.at(7).tokens.equal(there.at(7).tokens)
    assert torch.equal(here.at(7).targets, there.at(7).targets)


def test_new_examples_at_every_step_know_no_epochs() -> None:
    assert TaskBatches(TASK, seed=1, batch_size=3).epoch_of(1000) == 0.0


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"batch_size": 2, "n_examples": 0}], ids=str)
def test_no_rows_and_no_examples_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="at least"):
        TaskBatches(TASK, seed=1, **wrong)
