"""Folds as records: which are finished, which are still to be trained, and what is kept of each."""

from dataclasses import dataclass, field
from pathlib import Path

from cauce.domain.cohort import Cohort
from cauce.domain.experiment import ExperimentSpec, Precision, Run, RunStatus, TrainingSettings
from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.split import Split
from cauce.experiment.claims import Claims
from cauce.experiment.fold import FailedFold, FoldEvent, FoldOutcome, FoldStarted, FoldTask
from cauce.experiment.grid import fold_seed, readable_name
from cauce.experiment.standing import Standing
from cauce.experiment.start import Start, Starts
from cauce.experiment.tracking import Tracking
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace

_TRAINING_VERSION = 1  # raised whenever the training code changes its numbers: folds of older code do not count


@dataclass(frozen=True, eq=False)
class SearchInputs:
    """What a search is made of; `starts` are the weights to begin with, by `start_from` and fold."""

    name: str
    cohort: Cohort
    split: Split
    spec: ExperimentSpec
    starts: Starts = field(default_factory=dict)

    def start(self, settings: TrainingSettings, fold: int) -> Start | None:
        """The weights that a fold begins with; None for new ones."""
        return self.starts[settings.start_from, fold] if settings.start_from else None

    def identity(self, settings: TrainingSettings, fold: int) -> str:
        """Digest of everything that decides the training of one fold."""
        parts = [
            _TRAINING_VERSION, self.name, self.cohort.table_sha256, self.split.digest(), self._input(),
            settings.digest(), fold, fold_seed(self.spec.seed, settings, fold),
        ]
        start = self.start(settings, fold)
        if start is not None:
            parts.append(start.record.weights)
        return sha256_hex(canonical_json(parts))

    def _input(self) -> str:
        """Digest of how images and their reference reach the network; the labels of images stand in the cohort's table."""
        volume = self.spec.volume
        if volume is None:
            return self.spec.preprocess.digest()
        return sha256_hex(canonical_json([volume.digest(), self.cohort.spec.reference.digest()]))


@dataclass(frozen=True, eq=False)
class Recorder:
    """Reads and writes the runs of one search.

    Attributes:
        counted: epochs told so far of each fold, by identity; a fold that lost its process tells its last epoch twice.
    """

    workspace: Workspace
    inputs: SearchInputs
    tracking: Tracking
    claims: Claims
    standing: Standing
    counted: dict[str, int] = field(default_factory=dict)

    def finished(self, settings: TrainingSettings, fold: int, *, retry_failed: bool) -> Run | None:
        """The stored run of a fold, its weights checked; None when it is still to be trained."""
        identity = self.inputs.identity(settings, fold)
        if not self.workspace.records.history(Run, identity):
            return None
        run = self.workspace.records.latest(Run, identity)
        if run.status is RunStatus.FAILED and retry_failed:
            return None
        if run.weights is not None:
            self.workspace.arrays.path(run.weights)
        self._count(identity, settings.epochs, trained=False)
        return run

    def task(self, settings: TrainingSettings, fold: int, precision: Precision) -> FoldTask:
        """What a worker needs to train a fold."""
        identity = self.inputs.identity(settings, fold)
        return FoldTask(
            identity=identity, settings=settings, fold=fold, seed=fold_seed(self.inputs.spec.seed, settings, fold),
            precision=precision, checkpoint=self._unfinished(identity, "safetensors"),
            start=self.inputs.start(settings, fold),
        )

    def heard(self, task: FoldTask, event: FoldEvent) -> None:
        """Track what a worker tells.

        Raises:
            BusyError: another process took the fold over.
        """
        self.claims.require(task.identity)
        if isinstance(event, FoldStarted):
            self._tracking_run(task)
            self._count(task.identity, event.epochs_done, trained=False)
        else:
            self.tracking.log_epoch(self._tracking_run(task), event)
            self._count(task.identity, event.epoch + 1, trained=True)

    def keep(self, task: FoldTask, outcome: FoldOutcome) -> Run:
        """Store a fold's weights and run; from here on it is never trained again.

        Raises:
            BusyError: another process took the fold over, and keeps it.
        """
        self.claims.require(task.identity)
        common = {
            "trial": task.settings.digest(), "fold": task.fold, "seed": task.seed, "settings": task.settings,
            "tracking_run_id": self._tracking_run(task), "metric": self.inputs.spec.task.metric,
        }
        if isinstance(outcome, FailedFold):
            run = Run.model_validate({
                **common, "status": RunStatus.FAILED, "weights": None, "score": None, "best_epoch": None, "curve": (),
                "n_train": 0, "n_validation": 0, "n_parameters": 0, "precision": task.precision.value, "seconds": 0.0,
                "error": outcome.error,
            })
        else:
            run = Run.model_validate({
                **common, "status": RunStatus.FINISHED, "weights": self.workspace.arrays.put_bytes(outcome.weights),
                "score": outcome.best.score, "best_epoch": outcome.best.epoch, "curve": outcome.curve,
                "n_train": outcome.n_train, "n_validation": outcome.n_validation, "n_parameters": outcome.n_parameters,
                "precision": outcome.precision.value, "device": outcome.device, "start": outcome.start,
                "micro_batch": outcome.micro_batch, "gflops": outcome.gflops,
                "frozen": outcome.frozen,
                "seconds": sum(record.seconds for record in outcome.curve),
            })
        self.workspace.records.put(run, task.identity)
        for kind in ("safetensors", "run"):
            self._unfinished(task.identity, kind).unlink(missing_ok=True)
        self.claims.release(task.identity, finished=run.status is RunStatus.FINISHED)
        self.tracking.finish_run(run)
        self._count(task.identity, task.settings.epochs, trained=False)
        return run

    def skip(self, settings: TrainingSettings, n_folds: int) -> int:
        """Count the folds of a pruned trial that nobody need train; how many they are."""
        identities = [self.inputs.identity(settings, fold) for fold in range(n_folds)]
        skipped = [identity for identity in identities if identity not in self.counted]
        for identity in skipped:
            self._count(identity, settings.epochs, trained=False)
        return len(skipped)

    def _count(self, identity: str, epochs: int, *, trained: bool) -> None:
        more = epochs - self.counted.get(identity, 0)
        if more > 0:
            self.counted[identity] = epochs
            (self.standing.trained if trained else self.standing.found)(more)

    def _tracking_run(self, task: FoldTask) -> str:
        """Tracking run of a fold, begun once; its id outlives an interruption in a note beside the checkpoint."""
        note = self._unfinished(task.identity, "run")
        if note.exists():
            return note.read_text(encoding="utf-8")
        inputs, settings = self.inputs, task.settings
        tags = {"cauce.split": inputs.split.digest(), "cauce.cohort": inputs.cohort.digest()}
        with self.claims.alone(f"{inputs.name} tracking"):
            parent = self.tracking.parent(settings, readable_name(settings, inputs.spec), tags)
        run_id = self.tracking.child(parent, task, tags)
        write_bytes(note, run_id.encode())
        return run_id

    def _unfinished(self, identity: str, kind: str) -> Path:
        return self.workspace.folder("unfinished") / f"{identity}.{kind}"
