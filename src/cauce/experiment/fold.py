"""One fold of one configuration: found in the store, or trained, recorded and tracked."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cauce.domain.cohort import Cohort
from cauce.domain.errors import CauceError
from cauce.domain.experiment import EpochRecord, ExperimentSpec, Run, RunStatus, TrainingSettings
from cauce.domain.record import canonical_json, sha256_hex
from cauce.domain.split import Split
from cauce.experiment.grid import fold_seed, readable_name
from cauce.experiment.lightning_adapter import FoldData
from cauce.experiment.prepare import TrainImages
from cauce.experiment.tracking import Tracking
from cauce.experiment.train import FoldTask, TrainedFold, train_fold
from cauce.store.workspace import Workspace

_TRAINING_VERSION = 1  # raised whenever the training code changes its numbers: folds of older code do not count


@dataclass(frozen=True, eq=False)
class SearchInputs:
    """What a search is made of."""

    name: str
    cohort: Cohort
    split: Split
    spec: ExperimentSpec


@dataclass(eq=False)
class ParentRun:
    """Tracking run of a configuration, begun when a fold of it is really trained: a finished search does not wait for it."""

    begin: Callable[[], str]
    id: str = ""

    @property
    def was_used(self) -> bool:
        """Whether a fold was trained under it in this call."""
        return bool(self.id)

    def use(self) -> str:
        """Its id."""
        self.id = self.id or self.begin()
        return self.id


@dataclass(frozen=True, eq=False)
class FoldRunner:
    """Runs folds of one search.

    Attributes:
        epochs_done: told of epochs as they end; more than one at a time when a fold is found in the store.
    """

    workspace: Workspace
    inputs: SearchInputs
    images: TrainImages
    tracking: Tracking
    epochs_done: Callable[[int], None]
    retry_failed: bool

    def parent_run(self, settings: TrainingSettings) -> ParentRun:
        """Tracking run of a configuration."""

        def begin() -> str:
            inputs = self.inputs
            tags = {"cauce.split": inputs.split.digest(), "cauce.cohort": inputs.cohort.digest()}
            run_id = self.tracking.parent(settings.digest(), readable_name(settings, inputs.spec), tags)
            self.tracking.log_parameters(run_id, settings.model_dump(mode="json"))
            return run_id

        return ParentRun(begin)

    def run(self, settings: TrainingSettings, fold: int, parent: ParentRun) -> Run:
        """The finished run of one fold; a training that fails is recorded as failed, and the search goes on."""
        identity = self._identity(settings, fold)
        known = self._known(identity)
        if known is not None:
            self.epochs_done(settings.epochs)
            return known
        task = self._task(settings, fold, identity, parent)
        data = self._data(fold)
        seen = _Counter()
        try:
            trained = train_fold(task, data, after_epoch=self._after_epoch(seen))
        except Exception as error:
            run = self._failed(task, fold, data, error)
        else:
            run = self._finished(task, fold, data, trained)
        if seen.value < settings.epochs:
            self.epochs_done(settings.epochs - seen.value)
        self.workspace.records.put(run, identity)
        task.checkpoint.unlink(missing_ok=True)
        self.tracking.finish_run(run)
        return run

    def _known(self, identity: str) -> Run | None:
        if not self.workspace.records.history(Run, identity):
            return None
        run = self.workspace.records.latest(Run, identity)
        if run.status is RunStatus.FAILED:
            return None if self.retry_failed else run
        self.workspace.arrays.path(run.weights or "")
        return run

    def _identity(self, settings: TrainingSettings, fold: int) -> str:
        """Digest of everything that decides the training."""
        inputs = self.inputs
        parts = [
            _TRAINING_VERSION, inputs.name, inputs.cohort.table_sha256, inputs.split.digest(), inputs.spec.preprocess.digest(),
            settings.digest(), fold, fold_seed(inputs.spec.seed, settings, fold),
        ]
        return sha256_hex(canonical_json(parts))

    def _task(self, settings: TrainingSettings, fold: int, identity: str, parent: ParentRun) -> FoldTask:
        def begin() -> str:
            tags = {"cauce.fold": str(fold), "cauce.seed": str(seed)}
            run_id = self.tracking.child(parent.use(), f"fold {fold}", tags)
            self.tracking.log_parameters(run_id, {**settings.model_dump(mode="json"), "fold": fold, "seed": seed})
            return run_id

        seed = fold_seed(self.inputs.spec.seed, settings, fold)
        return FoldTask(identity, settings, seed, self._checkpoint(identity), begin)

    def _checkpoint(self, identity: str) -> Path:
        return self.workspace.folder("unfinished") / f"{identity}.safetensors"

    def _data(self, fold: int) -> FoldData:
        held_out = self.images.fold == fold
        return FoldData(self.images, np.flatnonzero(~held_out), np.flatnonzero(held_out))

    def _after_epoch(self, counter: "_Counter") -> Callable[[str, EpochRecord], None]:
        def after(tracking_run_id: str, record: EpochRecord) -> None:
            self.tracking.log_epoch(tracking_run_id, record)
            counter.value += 1
            self.epochs_done(1)

        return after

    def _finished(self, task: FoldTask, fold: int, data: FoldData, trained: TrainedFold) -> Run:
        return Run(
            trial=task.settings.digest(), fold=fold, seed=task.seed, status=RunStatus.FINISHED, settings=task.settings,
            weights=self.workspace.arrays.put_bytes(trained.weights), validation_auc=trained.best.validation_auc,
            best_epoch=trained.best.epoch, curve=trained.curve, n_train=len(data.train), n_validation=len(data.validation),
            n_parameters=trained.n_parameters, precision=trained.precision.value, device=trained.device,
            seconds=trained.seconds, tracking_run_id=trained.tracking_run_id,
        )

    def _failed(self, task: FoldTask, fold: int, data: FoldData, error: Exception) -> Run:
        reason = error.line() if isinstance(error, CauceError) else f"{type(error).__name__}: {error}".splitlines()[0]
        return Run(
            trial=task.settings.digest(), fold=fold, seed=task.seed, status=RunStatus.FAILED, settings=task.settings,
            weights=None, validation_auc=None, best_epoch=None, curve=(), n_train=len(data.train),
            n_validation=len(data.validation), n_parameters=0, precision=task.settings.precision.value, seconds=0.0,
            tracking_run_id=task.start_tracking(), error=reason,
        )


@dataclass
class _Counter:
    value: int = 0
