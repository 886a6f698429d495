"""Jobs side by side: in order, with their share of the threads, and with their errors."""

from __future__ import annotations

import threading

import pytest
import torch

from quatrain.generate._side_by_side import side_by_side


@pytest.fixture
def four_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("n_workers", [1, 2, 5])
def test_results_come_in_the_order_of_the_jobs(n_workers):
    assert list(side_by_side(lambda n: n * n, range(7), n_workers)) == [n * n for n in range(7)]


def test_no_jobs_are_no_results():
    assert list(side_by_side(str, [], 3)) == []


@pytest.mark.parametrize(("n_workers", "share"), [(1, 4), (2, 2), (4, 1)])
def test_workers_share_the_threads(four_threads, n_workers, share):
    assert set(side_by_side(lambda _: torch.get_num_threads(), range(8), n_workers)) == {share}
    assert torch.get_num_threads() == 4


def test_a_thread_that_begins_later_has_all_of_them(four_threads):
    list(side_by_side(str, range(4), 2))
    seen = []
    later = threading.Thread(target=lambda: (torch.ones(9).sum(), seen.append(torch.get_num_threads())))
    later.start()
    later.join()
    assert seen == [4]


def test_one_job_has_all_threads(four_threads):
    assert list(side_by_side(lambda _: torch.get_num_threads(), [None], 3)) == [4]


def test_two_jobs_run_at_the_same_time():
    met = threading.Barrier(2, timeout=20)
    assert sorted(side_by_side(lambda _: met.wait(), range(2), 2)) == [0, 1]


def test_an_error_of_a_job_is_raised():
    def work(n):
        if n == 2:
            raise ValueError("two")
        return n

    results = side_by_side(work, range(4), 2)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(results)
