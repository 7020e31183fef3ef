"""What a search asks of those who train its folds, and what becomes of a fold whose process died."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from cauce.domain.experiment import Precision, TrainingSettings
from cauce.experiment.fold import FailedFold, FoldEvent, FoldOutcome, FoldTask
from cauce.experiment.memory import halves

Heard = Callable[[FoldTask, FoldEvent], None]
Take = Callable[[], FoldTask | None]
"""A fold to train now; None while there is none. What it gives may depend on the outcomes so far."""


class Workers(Protocol):
    """Something that trains.

    Contract: `train` gives exactly one outcome for each task that it took, in any order, and calls `take` and `heard` in the
    caller's thread; it ends when nothing is under way and `take` gives None. When its iterator is closed early, nothing goes on
    training.
    """

    def choose_precision(self, settings: TrainingSettings) -> Precision:
        """What the settings' precision becomes where the folds are trained."""
        ...

    def train(self, take: Take, heard: Heard) -> Iterator[tuple[FoldTask, FoldOutcome]]:
        """Train what `take` gives."""
        ...


Ended = tuple[FoldTask, FoldOutcome | None]
"""A task and its outcome; None when its process died."""

Run = Callable[[Take, int, Heard], Iterator[Ended]]
"""Trains what `take` gives, at most so many at once, until there is none."""


def train_all(run: Run, take: Take, count: int, heard: Heard) -> Iterator[tuple[FoldTask, FoldOutcome]]:
    """`count` side by side; what died is then trained again, alone."""
    lost: list[FoldTask] = []
    for task, outcome in run(take, count, heard):
        if outcome is None:
            lost.append(task)
        else:
            yield task, outcome
    for task in lost:
        yield task, _alone(run, task, heard) or FailedFold("the training process died, perhaps for lack of memory")


def _alone(run: Run, task: FoldTask, heard: Heard) -> FoldOutcome | None:
    """Once more, with the whole memory for itself; then with ever fewer cases at once. None when its process always dies."""
    micro_batch = task.micro_batch or task.settings.micro_batch or task.settings.batch_size
    for attempt in (task, *(replace(task, micro_batch=size) for size in halves(micro_batch))):
        for _, outcome in run(_once(attempt), 1, heard):
            if outcome is not None:
                return outcome
    return None


def _once(task: FoldTask) -> Take:
    tasks = [task]
    return lambda: tasks.pop() if tasks else None
