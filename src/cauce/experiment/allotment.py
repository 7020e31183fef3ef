"""Folds for one process: those that are wanted, that nobody has trained, and that nobody else trains now."""

import time

from cauce.domain.experiment import Precision, Run, TrainingSettings
from cauce.experiment.agenda import Agenda
from cauce.experiment.fold import FoldOutcome, FoldTask
from cauce.experiment.recorder import Recorder
from cauce.experiment.team import Workers

LOOK_AGAIN_S = 2.0  # how often it is looked for what other processes finished


class Allotment:
    """Between the agenda of a search, the records that its processes share, and the workers of this one."""

    def __init__(self, agenda: Agenda, recorder: Recorder, workers: Workers, *, retry_failed: bool) -> None:
        self.agenda, self._recorder, self._workers = agenda, recorder, workers
        self._retry_failed = retry_failed
        self._taken: set[str] = set()
        self._precisions: dict[tuple[object, ...], Precision] = {}
        self._looked = float("-inf")

    def take(self) -> FoldTask | None:
        """Claim a fold; None while others train all that is left, or nothing is left."""
        if time.monotonic() - self._looked > LOOK_AGAIN_S:
            self._look()
        for settings, fold in self.agenda.wanted():
            identity = self._recorder.inputs.identity(settings, fold)
            if identity in self._taken or not self._recorder.claims.take(identity):
                continue
            run = self._recorder.finished(settings, fold, retry_failed=self._retry_failed)
            if run is not None:  # between the last look and the claim
                self._recorder.claims.release(identity, finished=True)
                self._put(settings, fold, run)
                return self.take()
            self._taken.add(identity)
            return self._recorder.task(settings, fold, self._precision(settings))
        return None

    def keep(self, task: FoldTask, outcome: FoldOutcome) -> None:
        """Record what became of a fold."""
        self._put(task.settings, task.fold, self._recorder.keep(task, outcome))

    def _look(self) -> None:
        """Put in the runs that are stored: of an earlier call, and of other processes."""
        self._looked = time.monotonic()
        while self._put_stored():
            pass

    def _put_stored(self) -> bool:
        """Whether there were any: a trial that is over by them may begin others."""
        found = False
        for settings, fold in self.agenda.wanted():
            if self._recorder.inputs.identity(settings, fold) not in self._taken:
                run = self._recorder.finished(settings, fold, retry_failed=self._retry_failed)
                if run is not None:
                    self._put(settings, fold, run)
                    found = True
        return found

    def _put(self, settings: TrainingSettings, fold: int, run: Run) -> None:
        self._precisions.setdefault(_cost(settings), Precision(run.precision))
        trial = self.agenda.put(settings, fold, run)
        skipped = 0
        if trial is not None:
            self._recorder.tracking.finish_trial(trial)
            skipped = self._recorder.skip(settings, self.agenda.n_folds) if trial.pruned else 0
        self._recorder.standing.fold_ended(self.agenda.ended, skipped=skipped)

    def _precision(self, settings: TrainingSettings) -> Precision:
        """What a configuration's precision becomes: the same in all processes, and in all calls of a search."""
        if settings.precision is not Precision.AUTO:
            return settings.precision
        cost, inputs = _cost(settings), self._recorder.inputs
        if cost not in self._precisions:
            recipe = (inputs.spec.volume or inputs.spec.preprocess).digest()[:16]
            key = f"{inputs.name} precision {recipe} {settings.network.value} {settings.batch_size}"
            agreed = self._recorder.claims.agree(key, lambda: self._workers.choose_precision(settings).value)
            self._precisions[cost] = Precision(agreed)
        return self._precisions[cost]


def _cost(settings: TrainingSettings) -> tuple[object, ...]:
    """What the speed of a step depends on."""
    return settings.network, settings.batch_size, settings.precision
