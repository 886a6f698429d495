from __future__ import annotations

import numpy as np
import pytest

from quatrain.data.tasks import Parity, TaskBatches
from quatrain.data.tasks.exam import COUNTED_STREAM, EXAM_STREAM, TaskData

TASK = Parity(min_len=40, max_len=40)


def test_an_exam_asks_nothing_that_was_trained_on() -> None:
    """2**40 strings of bits: were two equal, one stream would be the other."""
    exam = {tuple(row) for row in TaskData.of(TASK).val.examples.tokens.tolist()}
    assert len(exam) == 1000
    for seed in range(3):
        batches = TaskBatches(TASK, seed=seed, batch_size=4)
        assert not exam & {tuple(row) for step in range(300) for row in batches.at(step).tokens.tolist()}


@pytest.mark.parametrize("stream", [EXAM_STREAM, COUNTED_STREAM], ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**40])
def test_the_exams_stream_is_no_streams_of_a_training(stream: tuple[int, ...], seed: int) -> None:
    first = np.random.default_rng(stream).random()
    assert all(np.random.default_rng([seed, step]).random() != first for step in range(600))


def test_the_exam_is_the_same_for_every_model() -> None:
    one, other = (TaskData.of(TASK, n_examined=9).val for _ in range(2))
    assert one.examples.tokens.equal(other.examples.tokens)
    assert (one.n_examples, one.n_targets, one.first(2).n_targets) == (9, 360, 80)


def test_counted_examples_end_with_their_answer() -> None:
    counted = TaskData.of(TASK, n_examined=1).counted
    documents = np.split(counted.tokens, counted.document_starts[1:])
    assert len(documents) == 4000
    for document in documents[:50]:
        *bits, answer = (int(token) - 1 for token in document)
        assert len(bits) == 40
        assert answer == sum(bits) % 2
