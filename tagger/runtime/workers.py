"""Threads that do jobs side by side; results are asked for in the order of the jobs.

Made when the first job comes, so that a short run starts none.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

T = TypeVar("T")


def available_cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Workers:
    """So many threads; with one, each job is done when its result is asked for.

        >>> with Workers(2) as workers:
        ...     results = [workers.submit(lambda n=n: n * n) for n in range(3)]
        ...     [result() for result in results]
        [0, 1, 4]

    Leaving the block drops jobs that have not begun.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def submit(self, job: Callable[[], T]) -> Callable[[], T]:
        """Takes a job; returns what waits for its result, or raises what the job raised."""
        if self._number < 2:
            return job
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(self._number, thread_name_prefix="tagger")
        return self._pool.submit(job).result
