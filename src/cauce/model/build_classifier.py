"""The bundle of a model that classifies: averaged fold networks, operating point chosen on `tune`, reference distribution."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import ExperimentSpec, OperatingTarget, Task, Trial
from cauce.domain.model import OperatingPoint, StackCard
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.progress import Progress
from cauce.domain.split import Partition
from cauce.metrics.operating_point import at_threshold, threshold_for_sensitivity
from cauce.model.scoring import Images, Predict, ScoredRow, cases_of, partition_rows, score_rows
from cauce.model.selected import Selected
from cauce.predictor.bundle import BundleContent
from cauce.predictor.golden import GoldenCases, golden_pixels
from cauce.predictor.predictor import Floats, Prediction, predict_with
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import open_engine
from cauce.store.reference_distribution import reference_of
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn

    from cauce.predictor.export import Combine


def classifier_content(
    workspace: Workspace, selected: Selected, *, data_root: Path | None, progress: Progress
) -> BundleContent:
    """Export, predict `tune`, choose the operating point there.

    Raises:
        ConfigurationError: the task has no operating point.
        InputError: a fold was not trained; `tune` lacks a class.
        IntegrityError: an image was changed.
    """
    from cauce.predictor.export import Ensemble, export_ensemble, measure_parity

    spec, cohort = selected.search.spec, selected.cohort
    target, recipe = _target(spec), spec.preprocess
    groups = [_networks(workspace, selected, trial) for trial in selected.members or (selected.trial,)]
    networks = [network for group in groups for network in group]
    combine: Combine = Ensemble
    stack = None
    if selected.members:
        combine, stack = _stacked(workspace, selected, groups, data_root=data_root, progress=progress)
    onnx = export_ensemble(networks, recipe, combine=combine)
    engine = open_engine(onnx)

    def predict(pixels: Sequence[Floats]) -> list[Prediction]:
        return predict_with(engine, recipe, pixels)

    contract = selected.contract(partition_rows(workspace, cohort, selected.split, Partition.TRAIN))
    rows = partition_rows(workspace, cohort, selected.split, Partition.TUNE)
    images = Images.of(workspace, cohort, data_root)
    scored = score_rows(rows, cohort, predict, contract=contract, images=images, progress=progress)
    analysed = [each for each in scored if each.probability is not None]
    golden = golden_pixels()
    parity = measure_parity(networks, onnx, _prepared(recipe, golden), combine=combine)
    return BundleContent(
        model=onnx,
        contract=contract,
        operating_point=choose_operating_point(scored, sensitivity=target.sensitivity),
        reference=reference_of([each.row for each in analysed], [each.score for each in analysed], partition="tune"),
        golden=GoldenCases(golden, _probabilities(predict, list(golden))),
        card=selected.card(n_parameters=sum(map(_count, networks)), n_members=len(networks), parity=parity, stack=stack),
    )


def _networks(workspace: Workspace, selected: Selected, trial: Trial) -> "list[nn.Module]":
    from cauce.predictor.networks.weights import network_from

    return [network_from(trial.settings.network, weights) for weights in selected.weights(workspace, trial)]


def _stacked(
    workspace: Workspace, selected: Selected, groups: "list[list[nn.Module]]", *, data_root: Path | None, progress: Progress
) -> "tuple[Combine, StackCard]":
    from cauce.model.stack import fitted_head
    from cauce.predictor.export import StackedEnsemble

    head, card = fitted_head(workspace, selected, groups, data_root=data_root, progress=progress)
    sizes = [len(group) for group in groups]
    return lambda members: StackedEnsemble(members, sizes, head), card


def _target(spec: ExperimentSpec) -> OperatingTarget:
    if spec.operating_point is None:
        raise ConfigurationError(
            "this task has no operating point", where="experiment.yaml", expected=Task.BINARY_CLASSIFICATION.value,
            got=spec.task.value, remedy="Set task to binary_classification.",
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


def _probabilities(predict: Predict, pixels: Sequence[Floats]) -> Floats:
    return np.array([each.probability for each in predict(pixels)], dtype=np.float32)


def _prepared(recipe: PreprocessRecipe, pixels: Floats) -> Floats:
    return np.stack([apply(recipe, image) for image in pixels])[:, None]


def _count(network: "nn.Module") -> int:
    from cauce.predictor.networks import count_parameters

    return count_parameters(network)
