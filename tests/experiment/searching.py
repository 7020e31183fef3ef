"""A process that searches on the workspace of a test: `python searching.py WORKSPACE READY ME OTHER KILL_AFTER_EPOCHS`.

With its first fold in hand it waits until the other process has one too; it kills itself, as a power cut would, after some
epochs of its own.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from cauce.domain.cohort import Cohort
from cauce.domain.split import Split
from cauce.experiment import recorder
from cauce.experiment.fold import FoldEvent, FoldStarted, FoldTask
from cauce.experiment.search import search
from cauce.store.workspace import Workspace
from experiment.spots import spec


def main(workspace: Path, ready: Path, names: tuple[str, str], kill_after: int) -> None:
    torch.set_num_threads(1)
    epochs, deadline = 0, time.monotonic() + 120
    mine, others = (ready / name for name in names)
    hear = recorder.Recorder.heard

    def counted(self: recorder.Recorder, task: FoldTask, event: FoldEvent) -> None:
        nonlocal epochs
        hear(self, task, event)
        mine.touch()
        while not others.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        epochs += not isinstance(event, FoldStarted)
        if epochs == kill_after:
            os.kill(os.getpid(), 9)

    recorder.Recorder.heard = counted  # type: ignore[method-assign]
    place = Workspace.open(workspace)
    cohort, split = place.records.latest(Cohort, "spots"), place.records.latest(Split, "spots")
    search(place, name="shared", cohort=cohort, split=split, spec=spec(), workers=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), (sys.argv[3], sys.argv[4]), int(sys.argv[5]))
