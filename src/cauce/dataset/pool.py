"""Work on all cores that survives a process which dies: the task it died of is found, and only that one is lost."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_MAXIMUM_WORKERS = 16


def run_all(function: Callable[[Task], Result], tasks: Sequence[Task], *, inline: bool) -> Iterator[tuple[Task, Result | None]]:
    """Each task with its result, in the order in which they finish; None where the process died of it.

    Args:
        function: of a module, so that other processes find it.
        tasks: what it is called with.
        inline: work here; for so little that starting processes would take longer.
    """
    workers = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, _MAXIMUM_WORKERS)
    if inline or workers == 1:
        yield from ((task, function(task)) for task in tasks)
        return
    lost: list[Task] = []
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(function, task): task for task in tasks}
        try:
            for future in as_completed(futures):
                try:
                    yield futures[future], future.result()
                except BrokenProcessPool:
                    lost.append(futures[future])
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    yield from ((task, _alone(function, task)) for task in lost)


def run_chunks(
    function: Callable[[Task], list[Result]], tasks: Sequence[Task], *, split: Callable[[Task], list[Task]],
    lost: Callable[[Task], Result], inline: bool,
) -> Iterator[list[Result]]:
    """Results of each task, as they finish; a task that kills its process is taken apart, so that little is lost.

    Args:
        function, tasks, inline: as `run_all`.
        split: a task in parts that give one result each.
        lost: the result of a part that kills its process.
    """
    for task, found in run_all(function, tasks, inline=inline):
        if found is not None:
            yield found
            continue
        for part, single in run_all(function, split(task), inline=False):
            yield [lost(part)] if single is None else single


def _alone(function: Callable[[Task], Result], task: Task) -> Result | None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(function, task).result()
        except BrokenProcessPool:
            return None
