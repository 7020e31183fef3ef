"""A real Ray cluster of this machine."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import RunStatus, Search
from cauce.domain.progress import Progress, silent
from cauce.experiment.search import search

from .spots import Place, build_place, spec


def run(place: Place, name: str, progress: Progress = silent, **more: object) -> Search:
    return search(place.workspace, name=name, cohort=place.cohort, split=place.split, spec=spec(), progress=progress, **more)


def weights(result: Search) -> list[str | None]:
    return [each.weights for trial in result.trials for each in trial.runs]


def our_tasks() -> Iterator[int]:
    """Processes below this one that train a fold for Ray."""
    parents, tasks = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if b"ray::_train" in (folder / "cmdline").read_bytes():
                tasks.append(int(folder.name))
        except (OSError, IndexError):  # it has just ended
            continue
    for task in tasks:
        above = task
        while above not in (0, os.getpid()):
            above = parents.get(above, 0)
        if above:
            yield task


def test_a_cluster_gives_the_weights_that_this_process_gives_even_when_a_task_is_killed(
    shared_place: Place, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_one(step: str, done: int, total: int) -> None:
        if step.startswith("train") and 2 <= done < 6 and not killed:
            for task in our_tasks():
                killed.append(task)
                os.kill(task, signal.SIGKILL)
                return

    here = run(shared_place, "without", workers=0)
    there = run(build_place(tmp_path), "x", kill_one, cluster="local")
    assert weights(there) == weights(here)
    assert killed
    assert all(each.status is RunStatus.FINISHED for trial in there.trials for each in trial.runs)
    assert not list(our_tasks())


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "auto"])
def test_a_cluster_that_does_not_answer_is_told_before_anything_is_trained(shared_place: Place, address: str) -> None:
    with pytest.raises(ConfigurationError, match="no Ray cluster answers"):
        run(shared_place, "nowhere", cluster=address)
