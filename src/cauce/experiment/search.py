"""Search: trials on folds, by one process or several. What was finished once is never trained again."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.experiment import BegunSearch, ExperimentSpec, Search
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment.agenda import Agenda
from cauce.experiment.allotment import LOOK_AGAIN_S, Allotment
from cauce.experiment.claims import open_claims
from cauce.experiment.ray_adapter import open_cluster
from cauce.experiment.recorder import Recorder, SearchInputs
from cauce.experiment.requirements import check_requirements
from cauce.experiment.standing import Standing
from cauce.experiment.start import FindModel, find_starts
from cauce.experiment.team import Workers
from cauce.experiment.tracking import Tracking
from cauce.experiment.train_data import TrainData, load_train_data
from cauce.experiment.workers import crew_for, open_workers
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
    workers: int | None = None,
    cluster: str = "",
    retry_failed: bool = False,
    find_model: FindModel | None = None,
    progress: Progress = silent,
) -> Search:
    """Train the trials of a search on the folds of train, and store the Search under `name`.

    An interrupted call goes on where it stopped: finished folds are taken from the store, a fold that was under way
    continues after its last whole epoch. The same call on the same machine gives the same weights. The same call in several
    processes, also of several machines that share the workspace's folder and database, shares the folds among them.

    Args:
        workspace: where runs, weights and tracking go.
        name: of the search; also of the MLflow experiment.
        cohort, split: sealed; the split needs an audit that found nothing.
        spec: what is tried.
        data_root: where the cohort's images lie; None for where it was indexed.
        workers: processes that train; 0 for this process alone, None for one a core.
        cluster: train folds as Ray tasks instead: `local`, `auto`, or the address of a cluster.
        retry_failed: train folds again whose training failed; otherwise they stay as they are.
        find_model: the registry, for `start_from` a registered model.
        progress: told of every epoch, with folds done, the best trial so far and the time left in the step's name.

    Raises:
        ConfigurationError: the experiment asks for what its task or its split cannot give.
        BusyError: this process stood still, and another took its folds over.
        NotFoundError, LeakageError: the split was never audited, or the audit found a leak.
        LeakageError: weights to start from learnt from patients that a fold holds out.
        IntegrityError: split, images or stored weights were changed.
    """
    check_requirements(spec, split)
    passed_audit(workspace, cohort, split)
    n_folds = spec.train_folds or len(split.folds)
    starts = find_starts(workspace, spec, split, n_folds=n_folds, find_model=find_model)
    inputs = SearchInputs(name, cohort, split, spec, starts)
    workspace.records.put(BegunSearch(name=name, spec=spec, cohort=cohort.digest(), split=split.digest()), name)
    with open_claims(workspace) as claims:
        with claims.alone(f"{name} preparation"):
            data = load_train_data(workspace, cohort=cohort, split=split, spec=spec, data_root=data_root, progress=progress)
            tracking = Tracking.open(workspace, name)
        agenda = Agenda(spec, n_folds)
        standing = Standing(progress, n_folds=agenda.n_trials * agenda.n_folds, n_epochs=agenda.n_epochs)
        recorder = Recorder(workspace, inputs, tracking, claims, standing)
        with _team(agenda, recorder, data, workers=workers, cluster=cluster) as team:
            _train(Allotment(agenda, recorder, team, retry_failed=retry_failed), team, recorder)
        standing.over()
    result = Search(
        name=name, spec=spec, cohort=cohort.digest(), split=split.digest(), cauce_version=__version__,
        trials=agenda.ended, tracking_experiment_id=tracking.experiment_id,
    )
    workspace.records.put(result, name)
    return result


@contextmanager
def _team(
    agenda: Agenda, recorder: Recorder, data: TrainData, *, workers: int | None, cluster: str
) -> Iterator[Workers]:
    """Who trains: a cluster, or processes of this machine."""
    if cluster:
        with open_cluster(cluster, data) as team:
            yield team
        return
    n_folds = len(recorder.inputs.split.folds)
    n_images = agenda.n_epochs * data.images_per_epoch(recorder.inputs.spec.training) * (n_folds - 1) // n_folds
    with open_workers(crew_for(agenda.n_trials * agenda.n_folds, n_images, workers), data) as team:
        yield team


def _train(allotment: Allotment, team: Workers, recorder: Recorder) -> None:
    """Train until every trial is over, waiting for the folds that other processes have in hand."""
    while True:
        for task, outcome in team.train(allotment.take, recorder.heard):
            allotment.keep(task, outcome)
        if allotment.agenda.is_finished:
            return
        time.sleep(LOOK_AGAIN_S)
