"""Several calls at a time, each with its share of the cores."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import torch

Job = TypeVar("Job")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Job], Result], jobs: Sequence[Job], n_workers: int) -> Iterator[Result]:
    """What `work` makes of each job, in order; as many jobs at a time as there are workers.

    Each worker has an equal share of the threads that torch may use. Jobs that need not wait for one another at every
    operation take less time so than one after another with all threads, and far less on a machine that is busy.
    """
    n_workers = min(n_workers, len(jobs))
    if n_workers < 2:
        yield from map(work, jobs)
        return
    n_threads = torch.get_num_threads()
    share = max(n_threads // n_workers, 1)
    try:
        with ThreadPoolExecutor(n_workers, initializer=torch.set_num_threads, initargs=(share,)) as pool:
            yield from pool.map(work, jobs)
    finally:
        torch.set_num_threads(n_threads)  # a thread that begins later would have the share of a worker
