import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from multiprocessing import active_children
from pathlib import Path

import pytest

from cauce.domain.experiment import Search
from cauce.domain.progress import Progress, silent
from cauce.experiment.search import search
from cauce.experiment.workers import Crew, crew_for

from .spots import Place, build_place, spec


def run(place: Place, name: str, workers: int, progress: Progress = silent) -> Search:
    return search(
        place.workspace, name=name, cohort=place.cohort, split=place.split, spec=spec(), workers=workers, progress=progress
    )


def weights(result: Search) -> list[str | None]:
    return [each.weights for trial in result.trials for each in trial.runs]


@pytest.fixture(scope="module")
def in_this_process(shared_place: Place) -> Search:
    return run(shared_place, "here", 0)


def test_two_processes_give_the_weights_that_one_gives_even_when_a_worker_is_killed(
    in_this_process: Search, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill_one(step: str, done: int, total: int) -> None:
        if step.startswith("train") and done == 2 and not killed:
            killed.append(active_children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    place = build_place(tmp_path)
    told: list[tuple[int, int]] = []

    def watch(step: str, done: int, total: int) -> None:
        told.append((done, total))
        kill_one(step, done, total)

    assert weights(run(place, "x", 2, watch)) == weights(in_this_process)
    assert killed
    assert told[-1] == (12, 12)
    assert not active_children()


def test_an_interruption_leaves_no_process_behind_and_what_was_done_is_kept(in_this_process: Search, tmp_path: Path) -> None:
    place = build_place(tmp_path)

    def interrupt(step: str, done: int, total: int) -> None:
        if step.startswith("train") and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(place, "x", 2, interrupt)
    assert not active_children()
    epochs: list[int] = []
    resumed = run(place, "x", 0, lambda step, done, total: epochs.append(done) if step.startswith("train") else None)
    assert weights(resumed) == weights(in_this_process)
    assert 10 not in [after - before for before, after in pairwise(epochs)]


def test_workers_end_when_the_search_is_killed(tmp_path: Path) -> None:
    place = build_place(tmp_path)
    code = (
        "import sys, os, multiprocessing; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from experiment.spots import *\n"
        "from cauce.experiment.search import search\n"
        "def stop(step, done, total):\n"
        "    if step.startswith('train') and done == 2:\n"
        "        print(*[process.pid for process in multiprocessing.active_children()], flush=True)\n"
        "        os.kill(os.getpid(), 9)\n"
        "if __name__ == '__main__':\n"
        "    place = Workspace.open(Path(sys.argv[2]))\n"
        "    cohort, split = place.records.latest(Cohort, 'spots'), place.records.latest(Split, 'spots')\n"
        "    search(place, name='cut', cohort=cohort, split=split, spec=spec(), workers=2, progress=stop)\n"
    )
    script = tmp_path / "searching.py"
    script.write_text(code)
    arguments = [sys.executable, str(script), str(Path(__file__).parents[1]), str(place.workspace.root)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    started = [int(word) for word in done.stdout.split()]
    deadline = time.monotonic() + 20
    while any(is_alive(pid) for pid in started) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(started) == 2
    assert not [pid for pid in started if is_alive(pid)]


def is_alive(pid: int) -> bool:
    """Running, and no zombie that waits for somebody to ask."""
    path = Path(f"/proc/{pid}/stat")
    return path.exists() and path.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_little_work_is_done_without_processes() -> None:
    assert crew_for(12, 100, None) == Crew(0, 1)


def test_threads_depend_on_the_whole_search_and_not_on_what_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(2)))
    assert crew_for(12, 10**6, None) == Crew(2, 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)))
    assert crew_for(3, 10**6, None).threads == 21
