"""Processes that train folds side by side, one thread each.

Folds need nothing of one another, so that two processes of one thread do twice the work of one; two threads in one process
wait for each other at every layer, and on a machine that does other work as well they were seen 20 times slower. One thread
each also means the same weights on any number of cores.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from threading import Thread

from cauce.domain.experiment import EpochRecord, Precision, TrainingSettings
from cauce.experiment.fold import FoldOutcome, FoldStarted, FoldTask
from cauce.experiment.team import Ended, Heard, Take, Workers, train_all
from cauce.experiment.train_data import TrainData

_MOST = 8  # each holds torch and Lightning: about 0.7 GB
_INLINE = 20_000  # images to train on, over all epochs, below which starting processes would take longer

_ASKED_AGAIN_S = 2.0  # how often a process without work asks whether there is some

@dataclass(frozen=True)
class Crew:
    """How many processes, of how many threads; `processes` 0 trains in the calling process."""

    processes: int
    threads: int


def crew_for(n_folds: int, n_images: int, workers: int | None) -> Crew:
    """Crew for a whole search. Does not depend on what is already done: a resumed search has the same threads.

    Args:
        n_folds: trainings of the search.
        n_images: images to train on, over all epochs of all folds.
        workers: what the user asks for; None for one process a core, or none where there is little to do.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if workers is not None:
        return Crew(workers, max(1, cores // max(workers, n_folds)))
    if _has_accelerator():
        return Crew(0, cores)
    processes = min(cores, n_folds, _MOST)
    return Crew(0 if n_images < _INLINE or processes == 1 else processes, max(1, cores // n_folds))


@contextmanager
def open_workers(crew: Crew, data: TrainData) -> Iterator[Workers]:
    """Start a crew, and stop it at the end of the block, whatever it is doing: a fold goes on from its last epoch."""
    if crew.processes == 0:
        yield _Here(data, crew.threads)
        return
    team = _Team(data, crew)
    try:
        yield team
    finally:
        team.stop()


class _Here:
    """Trains in this process."""

    def __init__(self, data: TrainData, threads: int) -> None:
        self._data, self._threads = data, threads

    def choose_precision(self, settings: TrainingSettings) -> Precision:
        from cauce.experiment.train import precision_for

        with _threads(self._threads):
            return precision_for(settings, self._data)

    def train(self, take: Take, heard: Heard) -> Iterator[tuple[FoldTask, FoldOutcome]]:
        from cauce.experiment.train import train_fold

        while (task := take()) is not None:
            with _threads(self._threads):
                outcome = train_fold(task, self._data, tell=lambda event, task=task: heard(task, event))  # type: ignore[misc]
            yield task, outcome


@contextmanager
def _threads(count: int) -> Iterator[None]:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@dataclass(frozen=True, eq=False)
class _Worker:
    process: SpawnProcess
    link: Connection


class _Team:
    """Processes with a pipe each. A pipe that ends tells either side that the other is gone."""

    def __init__(self, data: TrainData, crew: Crew) -> None:
        self._data, self._crew = data, crew
        self._idle: list[_Worker] = []
        self._busy: dict[Connection, tuple[_Worker, FoldTask]] = {}

    def choose_precision(self, settings: TrainingSettings) -> Precision:
        worker = self._hire()
        worker.link.send(settings)
        answer = worker.link.recv()
        self._idle.append(worker)
        return Precision(answer)

    def train(self, take: Take, heard: Heard) -> Iterator[tuple[FoldTask, FoldOutcome]]:
        return train_all(self._run, take, self._crew.processes, heard)

    def stop(self) -> None:
        for worker in [*self._idle, *(worker for worker, _ in self._busy.values())]:
            worker.process.kill()
            worker.process.join()
            worker.link.close()
        self._idle, self._busy = [], {}

    def _run(self, take: Take, count: int, heard: Heard) -> Iterator[Ended]:
        """Outcome of each task; None when its process died."""
        while True:
            while len(self._busy) < count and (task := take()) is not None:
                worker = self._hire()
                worker.link.send(task)
                self._busy[worker.link] = (worker, task)
            if not self._busy:
                return
            for link in wait(list(self._busy), timeout=None if len(self._busy) == count else _ASKED_AGAIN_S):
                yield from self._hear(link, heard)  # type: ignore[arg-type]

    def _hear(self, link: Connection, heard: Heard) -> Iterator[Ended]:
        worker, task = self._busy[link]
        try:
            message = link.recv()
        except (EOFError, OSError):
            del self._busy[link]
            worker.process.join()
            yield task, None
            return
        if isinstance(message, FoldStarted | EpochRecord):
            heard(task, message)
            return
        del self._busy[link]
        self._idle.append(worker)
        yield task, message

    def _hire(self) -> _Worker:
        if self._idle:
            return self._idle.pop()
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, self._data, self._crew.threads), daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours)


def _work(link: Connection, data: TrainData, threads: int) -> None:
    """Life of a worker: answer until the pipe ends, which is when the search is over."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the search is interrupted, and then stops its workers
    Thread(target=_end_with_parent, daemon=True).start()
    import torch

    from cauce.experiment.train import precision_for, train_fold

    torch.set_num_threads(threads)
    try:
        while True:
            asked = link.recv()
            if isinstance(asked, TrainingSettings):
                link.send(precision_for(asked, data))
            else:
                link.send(train_fold(asked, data, tell=link.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _end_with_parent() -> None:
    """End at once when the search is killed: another process may take this fold over, and must not find it trained here."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _has_accelerator() -> bool:
    import torch

    return bool(torch.cuda.is_available())
