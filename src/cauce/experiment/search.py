"""Search: every configuration of the grid on every fold. What was finished once is never trained again."""

from pathlib import Path

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.experiment import ExperimentSpec, Precision, Run, Search, TrainingSettings, Trial
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment.grid import configurations, readable_name
from cauce.experiment.prepare import TrainImages, load_train_images
from cauce.experiment.recorder import Recorder, SearchInputs
from cauce.experiment.tracking import Tracking
from cauce.experiment.trial import summarise
from cauce.experiment.workers import Crew, Workers, crew_for, open_workers
from cauce.store.audit_gate import passed_audit
from cauce.store.workspace import Workspace

Runs = dict[tuple[TrainingSettings, int], Run]


def search(
    workspace: Workspace,
    *,
    name: str,
    cohort: Cohort,
    split: Split,
    spec: ExperimentSpec,
    data_root: Path | None = None,
    workers: int | None = None,
    retry_failed: bool = False,
    progress: Progress = silent,
) -> Search:
    """Train every configuration on every fold of train, and store the Search under `name`.

    An interrupted call goes on where it stopped: finished folds are taken from the store, a fold that was under way
    continues after its last whole epoch. The same call on the same machine gives the same weights.

    Args:
        workspace: where runs, weights and tracking go.
        name: of the search; also of the MLflow experiment.
        cohort, split: sealed; the split needs an audit that found nothing.
        spec: what is tried.
        data_root: where the cohort's images lie; None for where it was indexed.
        workers: processes that train; 0 for this process alone, None for one a core.
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
    settings, n_folds = configurations(spec), len(split.folds)
    epochs = sum(each.epochs for each in settings)
    tracking = Tracking.open(workspace, name)
    recorder = Recorder(workspace, SearchInputs(name, cohort, split, spec), tracking, _EpochCount(progress, epochs * n_folds))
    crew = crew_for(len(settings) * n_folds, epochs * len(images.positive) * (n_folds - 1), workers)
    runs = _all_runs(recorder, images, crew, retry_failed=retry_failed)
    result = Search(
        name=name, spec=spec, cohort=cohort.digest(), split=split.digest(), cauce_version=__version__,
        trials=tuple(_trial(recorder, each, runs) for each in settings), tracking_experiment_id=tracking.experiment_id,
    )
    workspace.records.put(result, name)
    return result


def _all_runs(recorder: Recorder, images: TrainImages, crew: Crew, *, retry_failed: bool) -> Runs:
    """Runs found in the store, and the others trained now."""
    inputs = recorder.inputs
    keys = [(settings, fold) for settings in configurations(inputs.spec) for fold in range(len(inputs.split.folds))]
    found = {key: recorder.finished(*key, retry_failed=retry_failed) for key in keys}
    runs: Runs = {key: run for key, run in found.items() if run is not None}
    missing = [key for key in keys if key not in runs]
    if not missing:
        return runs
    with open_workers(crew, images) as workers:
        precisions = _precisions([settings for settings, _ in missing], runs, workers)
        tasks = [recorder.task(settings, fold, precisions) for settings, fold in missing]
        for task, outcome in workers.train(tasks, recorder.heard):
            key = (task.settings, task.fold)
            runs[key] = recorder.keep(task, outcome)
            _finish_trial(recorder, task.settings, runs)
    return runs


def _precisions(wanted: list[TrainingSettings], runs: Runs, workers: Workers) -> dict[TrainingSettings, Precision]:
    """What each configuration's precision becomes; a choice that finished folds were trained with is kept."""
    chosen = {_cost(settings): Precision(run.precision) for (settings, _), run in runs.items()}
    for settings in wanted:
        if settings.precision is not Precision.AUTO:
            chosen[_cost(settings)] = settings.precision
        elif chosen.get(_cost(settings), Precision.AUTO) is Precision.AUTO:
            chosen[_cost(settings)] = workers.choose_precision(settings)
    return {settings: chosen[_cost(settings)] for settings in wanted}


def _cost(settings: TrainingSettings) -> tuple[object, ...]:
    """What the speed of a step depends on."""
    return settings.network, settings.batch_size, settings.precision


def _trial(recorder: Recorder, settings: TrainingSettings, runs: Runs) -> Trial:
    spec = recorder.inputs.spec
    mine = [runs[settings, fold] for fold in range(len(recorder.inputs.split.folds))]
    return summarise(readable_name(settings, spec), settings, mine, spec.selection)


def _finish_trial(recorder: Recorder, settings: TrainingSettings, runs: Runs) -> None:
    """Close a configuration's tracking run when its last fold has ended."""
    if all((settings, fold) in runs for fold in range(len(recorder.inputs.split.folds))):
        recorder.tracking.finish_trial(_trial(recorder, settings, runs))


class _EpochCount:
    """Progress over all epochs of all folds."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0
        progress("train folds, epochs", 0, total)

    def __call__(self, epochs: int) -> None:
        self._done += epochs
        self._progress("train folds, epochs", self._done, self._total)
