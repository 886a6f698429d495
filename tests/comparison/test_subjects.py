"""A task as a subject: every update of about as many tokens, whatever the examples."""

from __future__ import annotations

import pytest

from quatrain.comparison.subjects import TaskSubject
from quatrain.comparison.subjects.task import TOKENS
from quatrain.data import Task, TaskData
from quatrain.data.tasks import AnyB, Latest, MultiQueryRecall
from quatrain.training.growth import stages


@pytest.mark.parametrize(
    ("task", "grow"),
    [
        (AnyB(max_len=1000), 8),
        (AnyB(min_len=300, max_len=1000), 2),
        (AnyB(min_len=900, max_len=1000), 1),
        (MultiQueryRecall(length=512, n_pairs=100), 1),
        (Latest(), 1),
    ],
    ids=str,
)
def test_an_update_keeps_its_tokens_where_a_task_has_no_shorter_examples(task: Task, grow: int) -> None:
    subject = TaskSubject(task, TaskData.of(task, n_examined=2))
    assert subject.grow == grow
    for _, n in stages(grow):
        batches = subject.data.batches(seed=0, batch_size=subject.batch_size * n, seq_len=subject.seq_len // n)
        assert batches.at(0).tokens.numel() == pytest.approx(TOKENS, rel=0.1)


@pytest.mark.parametrize("word", ["transformer", "attention", "attention:n_layers=4", "conv+attention"])
def test_a_model_is_natural_under_each_of_its_names(word: str) -> None:
    task = AnyB(max_len=8)
    subject = TaskSubject(task, TaskData.of(task, n_examined=2))
    assert subject.natural(word)
    assert subject.predicted(word, None) is True
    assert not subject.natural("conv")
