"""From a Selection to a registered ModelVersion: ensemble, operating point, bundle, registry."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cauce import __version__
from cauce.domain.cohort import Cohort
from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.experiment import ExperimentSpec, OperatingTarget, RunStatus, Search, Selection, Task, Trial
from cauce.domain.model import Alias, BundleCard, ModelContract, ModelVersion, OperatingPoint
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Partition, Split
from cauce.domain.study import InstanceRow
from cauce.metrics.operating_point import at_threshold, threshold_for_sensitivity
from cauce.model.gate import sealed_split
from cauce.model.registry import RegisteredVersion, bundle_folder, model_of, register
from cauce.model.scoring import Images, Predict, ScoredRow, cases_of, partition_rows, score_rows
from cauce.predictor.bundle import BundleContent, open_bundle, write_bundle
from cauce.predictor.golden import GoldenCases, golden_pixels
from cauce.predictor.predictor import Floats, Prediction, predict_with
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import open_engine
from cauce.store.audit_gate import passed_audit
from cauce.store.reference_distribution import reference_of
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class _Lineage:
    """The records that a version comes from."""

    name: str
    selection: Selection
    search: Search
    cohort: Cohort
    split: Split

    @property
    def trial(self) -> Trial:
        return self.search.trials[self.selection.trial]


def build_version(
    workspace: Workspace, selection_name: str, *, data_root: Path | None, progress: Progress = silent,
    alias: Alias | None = None,
) -> RegisteredVersion:
    """Build and register the version of a selection; one that was built before is found, not built again.

    Args:
        workspace: holds the selection and the weights of its folds.
        selection_name: also the name of the model.
        data_root: where the images are, if not where they were indexed.
        progress: told of the prediction of `tune`.
        alias: that the new version gets; default: champion for the first version of a name, then candidate.

    Raises:
        NotFoundError: no such selection, or the split was never audited.
        LeakageError, IntegrityError: the audit failed; a seal or digest is broken.
        InputError: a fold of the chosen configuration was not trained; `tune` lacks a class.
    """
    lineage = _lineage(workspace, selection_name)
    built = _built_before(workspace, lineage)
    if built is None:
        passed_audit(workspace, lineage.cohort, lineage.split)
        built = _build(workspace, lineage, data_root=data_root, progress=progress)
        workspace.records.put(built, name=built.name)
    return register(workspace, built, alias=alias)


def _lineage(workspace: Workspace, name: str) -> _Lineage:
    selection = workspace.records.latest(Selection, name)
    search = workspace.records.get(Search, selection.search)
    cohort = workspace.records.get(Cohort, search.cohort)
    return _Lineage(name, selection, search, cohort, sealed_split(workspace, cohort, search.split))


def _built_before(workspace: Workspace, lineage: _Lineage) -> ModelVersion | None:
    for digest in reversed(workspace.records.history(ModelVersion, lineage.name)):
        model = workspace.records.get(ModelVersion, digest)
        if model.selection == lineage.selection.digest() and bundle_folder(workspace, model.bundle).is_dir():
            return model
    return None


def _build(workspace: Workspace, lineage: _Lineage, *, data_root: Path | None, progress: Progress) -> ModelVersion:
    from cauce.predictor.export import export_ensemble, measure_parity

    spec, cohort = lineage.search.spec, lineage.cohort
    recipe = spec.preprocess
    networks = _networks(workspace, lineage.trial)
    onnx = export_ensemble(networks, recipe)
    engine = open_engine(onnx)

    def predict(pixels: Sequence[Floats]) -> list[Prediction]:
        return predict_with(engine, recipe, pixels)

    contract = _contract(lineage, partition_rows(workspace, cohort, lineage.split, Partition.TRAIN))
    rows = partition_rows(workspace, cohort, lineage.split, Partition.TUNE)
    images = Images.of(workspace, cohort, data_root)
    scored = score_rows(rows, cohort, predict, contract=contract, images=images, progress=progress)
    analysed = [each for each in scored if each.probability is not None]
    golden = golden_pixels()
    content = BundleContent(
        model=onnx,
        contract=contract,
        operating_point=choose_operating_point(scored, sensitivity=_target(spec).sensitivity),
        reference=reference_of([each.row for each in analysed], [each.score for each in analysed], partition="tune"),
        golden=GoldenCases(golden, _probabilities(predict, list(golden))),
        card=BundleCard(
            name=lineage.name, network=lineage.trial.settings.network, n_parameters=sum(map(_count, networks)),
            n_members=len(networks), parity=measure_parity(networks, onnx, _prepared(recipe, golden)),
            intended_use=spec.intended_use, cohort=lineage.search.cohort, split=lineage.search.split,
            search=lineage.selection.search, selection=lineage.selection.digest(), cauce_version=__version__,
        ),
    )
    partial = workspace.folder("models") / f".partial-{lineage.selection.digest()}"
    digest = write_bundle(partial, content)
    folder = bundle_folder(workspace, digest)
    if folder.exists():
        shutil.rmtree(partial)
    else:
        partial.replace(folder)
    return model_of(open_bundle(folder, expected=digest))


def _target(spec: ExperimentSpec) -> OperatingTarget:
    if spec.operating_point is None:
        raise ConfigurationError(
            "a model of this task cannot be built yet", where="experiment.yaml", expected=Task.BINARY_CLASSIFICATION.value,
            got=spec.task.value, remedy="Use `cauce experiment log` to read the search.",
        )
    return spec.operating_point


def choose_operating_point(scored: Sequence[ScoredRow], *, sensitivity: float) -> OperatingPoint:
    """The threshold of the best specificity on `tune` whose sensitivity reaches the target, and what it gives there."""
    cases = cases_of(scored)
    threshold = threshold_for_sensitivity(cases, sensitivity)
    found = {each.name: each for each in at_threshold(cases, threshold)}
    return OperatingPoint(
        threshold=threshold, target=f"sensitivity of at least {sensitivity:g} on tune",
        sensitivity=found["sensitivity"], specificity=found["specificity"],
    )


def _networks(workspace: Workspace, trial: Trial) -> list["nn.Module"]:
    from cauce.predictor.networks.weights import network_from

    networks: list[nn.Module] = []
    for run in trial.runs:
        if run.status is not RunStatus.FINISHED or run.weights is None:
            raise InputError(
                "a fold of the chosen configuration was not trained", where=f"{trial.name}, fold {run.fold}",
                remedy="Run `cauce experiment search` again; it continues where it stopped.",
            )
        networks.append(network_from(run.settings.network, workspace.arrays.read(run.weights)))
    return networks


def _contract(lineage: _Lineage, train: Sequence[InstanceRow]) -> ModelContract:
    """What the criteria of the cohort admit; where they say nothing, what the train partition shows."""
    criteria, spec = lineage.cohort.spec.include, lineage.search.spec

    def seen(name: str) -> tuple[str, ...]:
        return tuple(sorted({str(getattr(row.acquisition, name)) for row in train} - {"unknown"}))

    return ModelContract(
        task=spec.task,
        modalities=criteria.modalities or seen("modality"),
        body_parts=criteria.body_parts or seen("body_part"),
        views=criteria.views or seen("view"),
        minimum_age_years=criteria.minimum_age_years,
        maximum_age_years=criteria.maximum_age_years,
        minimum_rows=criteria.minimum_rows,
        preprocess=spec.preprocess,
        reference=lineage.cohort.spec.reference,
    )


def _probabilities(predict: Predict, pixels: Sequence[Floats]) -> Floats:
    return np.array([each.probability for each in predict(pixels)], dtype=np.float32)


def _prepared(recipe: PreprocessRecipe, pixels: Floats) -> Floats:
    return np.stack([apply(recipe, image) for image in pixels])[:, None]


def _count(network: "nn.Module") -> int:
    from cauce.predictor.networks import count_parameters

    return count_parameters(network)
