"""Search: every configuration of the grid on every fold. What was finished once is never trained again."""

from pathlib import Path

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.experiment import ExperimentSpec, Search, TrainingSettings, Trial
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment.fold import FoldRunner, SearchInputs
from cauce.experiment.grid import configurations, readable_name
from cauce.experiment.prepare import load_train_images
from cauce.experiment.tracking import Tracking
from cauce.experiment.trial import summarise
from cauce.store.audit_gate import passed_audit
from cauce.store.workspace import Workspace


def search(
    workspace: Workspace,
    *,
    name: str,
    cohort: Cohort,
    split: Split,
    spec: ExperimentSpec,
    data_root: Path | None = None,
    retry_failed: bool = False,
    progress: Progress = silent,
) -> Search:
    """Train every configuration on every fold of train, and store the Search under `name`.

    An interrupted call goes on where it stopped: finished folds are taken from the store, the fold that was under way
    continues after its last whole epoch. The same call on the same machine gives the same weights.

    Args:
        workspace: where runs, weights and tracking go.
        name: of the search; also of the MLflow experiment.
        cohort, split: sealed; the split needs an audit that found nothing.
        spec: what is tried.
        data_root: where the cohort's images lie; None for where it was indexed.
        retry_failed: train folds again whose training failed; otherwise they stay as they are.
        progress: told of every epoch.

    Raises:
        NotFoundError, LeakageError: the split was never audited, or the audit found a leak.
        IntegrityError: split, images or stored weights were changed.
    """
    passed_audit(workspace, cohort, split)
    images = load_train_images(
        workspace, cohort=cohort, split=split, recipe=spec.preprocess, data_root=data_root, progress=progress
    )
    settings = configurations(spec)
    tracking = Tracking.open(workspace, name)
    runner = FoldRunner(
        workspace, SearchInputs(name, cohort, split, spec), images, tracking,
        _EpochCount(progress, sum(each.epochs for each in settings) * len(split.folds)), retry_failed,
    )
    result = Search(
        name=name, spec=spec, cohort=cohort.digest(), split=split.digest(), cauce_version=__version__,
        trials=tuple(_run_trial(runner, each) for each in settings), tracking_experiment_id=tracking.experiment_id,
    )
    workspace.records.put(result, name)
    return result


def _run_trial(runner: FoldRunner, settings: TrainingSettings) -> Trial:
    spec = runner.inputs.spec
    parent = runner.parent_run(settings)
    runs = tuple(runner.run(settings, fold, parent) for fold in range(len(runner.inputs.split.folds)))
    trial = summarise(readable_name(settings, spec), settings, runs, spec.selection)
    if parent.was_used:
        runner.tracking.finish_trial(parent.id, trial)
    return trial


class _EpochCount:
    """Progress over all epochs of all folds."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0
        progress("train folds, epochs", 0, total)

    def __call__(self, epochs: int) -> None:
        self._done += epochs
        self._progress("train folds, epochs", self._done, self._total)
