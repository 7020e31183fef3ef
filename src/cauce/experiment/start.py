"""Where the weights come from that trainings begin with, and whether they may: no torch, no registry.

A model that learnt from a patient must not be judged on that patient. So each fold begins only with weights that were trained
on none of the patients that this fold, `tune` or a test set holds out; of a model of the same split that is its member of the
same fold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cauce.domain.errors import ConfigurationError, LeakageError, NotFoundError
from cauce.domain.experiment import ExperimentSpec, Run, Search, Selection, StartRecord, TrainedFor
from cauce.domain.model import ModelVersion
from cauce.domain.search_plan import Range
from cauce.domain.split import Partition, Split
from cauce.store.blobs import file_sha256
from cauce.store.workspace import Workspace

FindModel = Callable[[str], ModelVersion]
"""`name@alias` or `name:version` → the registered model; the command line brings it, for stages do not import one another."""


@dataclass(frozen=True)
class Start:
    """A file of weights for one fold, and what is known of it.

    Attributes:
        record: without what the network takes of it.
        mean, standard_deviation: of the recipe of images.
    """

    path: Path
    record: StartRecord
    mean: float
    standard_deviation: float


Starts = Mapping[tuple[str, int], Start]
"""(start_from, fold) → weights."""


def find_starts(
    workspace: Workspace, spec: ExperimentSpec, split: Split, *, n_folds: int, find_model: FindModel | None
) -> dict[tuple[str, int], Start]:
    """The weights of every `start_from` of the experiment, for every fold. A relative path starts at the current folder.

    Raises:
        NotFoundError: no such file, model or record.
        LeakageError: a model learnt from patients that a fold is judged on.
    """
    found = {}
    for source in _sources(spec):
        path = Path(source).expanduser()
        if path.is_file():
            file_record = StartRecord(source=source, weights=file_sha256(path))
            folds = [(path.absolute(), file_record)] * n_folds
        else:
            folds = _members(workspace, source, split, n_folds, find_model)
        for fold, (place, record) in enumerate(folds):
            recipe = spec.preprocess
            found[source, fold] = Start(place, record, recipe.mean, recipe.standard_deviation)
    return found


def _sources(spec: ExperimentSpec) -> list[str]:
    varied = spec.space.get("start_from", (spec.training.start_from,))
    if isinstance(varied, Range):
        raise ConfigurationError("start_from has no range", where="search.space", remedy="List the values to try.")
    return [str(source) for source in varied if source]


def _members(
    workspace: Workspace, source: str, split: Split, n_folds: int, find_model: FindModel | None
) -> list[tuple[Path, StartRecord]]:
    if find_model is None or not ("@" in source or ":" in source) or "/" in source:
        raise NotFoundError(
            "no such file of weights", where=source,
            expected="a .safetensors, .npz, .pt or .pth file, NAME@ALIAS or NAME:VERSION",
            remedy="A relative path starts at the current folder.",
        )
    model = find_model(source)
    runs = _runs(workspace, model)
    return [_member(workspace, source, model, runs, split, fold) for fold in range(n_folds)]


def _runs(workspace: Workspace, model: ModelVersion) -> dict[int, Run]:
    """The trainings that a model is made of, by fold."""
    search = workspace.records.get(Search, model.search)
    trial = search.trials[workspace.records.get(Selection, model.selection).trial]
    return {run.fold: run for run in trial.runs if run.weights}


def _member(
    workspace: Workspace, source: str, model: ModelVersion, runs: Mapping[int, Run], split: Split, fold: int
) -> tuple[Path, StartRecord]:
    """Of the same split the member of the same fold; of another one any that learnt from nobody who is held out."""
    same = model.split == split.digest()
    run = runs.get(fold) if same else runs[sorted(runs)[fold % len(runs)]]
    if run is None or run.weights is None:
        raise NotFoundError(
            f"the model has no member of fold {fold}", where=source, expected="a member that did not learn from this fold",
            remedy="Train so many folds as the model has (train_folds).",
        )
    before = run.start.trained_for if run.start else ()
    trained_for = (TrainedFor(split=model.split, fold=run.fold), *before)
    for each in trained_for:
        _check_apart(workspace, source, each, split, fold)
    record = StartRecord(source=source, weights=run.weights, model=model.bundle, trained_for=trained_for)
    return workspace.arrays.path(run.weights), record


def _check_apart(workspace: Workspace, source: str, learnt: TrainedFor, split: Split, fold: int) -> None:
    theirs = workspace.records.get(Split, learnt.split)
    known = set(theirs.train) - set(theirs.folds[learnt.fold])
    held_out = set(split.folds[fold]).union(*(split.patients(each) for each in Partition if each is not Partition.TRAIN))
    shared = known & held_out
    if shared:
        raise LeakageError(
            f"the weights learnt from {len(shared)} patients that fold {fold} holds out", where=source,
            expected="weights that saw none of its held-out, tune and test patients",
            remedy="Start from a model of this split, of which each fold takes its own member, or from one of other patients.",
        )
