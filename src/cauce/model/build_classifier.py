"""The bundle of a model that classifies: averaged fold networks, operating point chosen on `tune`, reference distribution."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cauce.domain.errors import ConfigurationError
from cauce.domain.experiment import ExperimentSpec, OperatingTarget, Task
from cauce.domain.model import OperatingPoint
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


def classifier_content(
    workspace: Workspace, selected: Selected, *, data_root: Path | None, progress: Progress
) -> BundleContent:
    """Export, predict `tune`, choose the operating point there.

    Raises:
        ConfigurationError: the task has no operating point.
        InputError: a fold was not trained; `tune` lacks a class.
        IntegrityError: an image was changed.
    """
    from cauce.predictor.export import export_ensemble, measure_parity
    from cauce.predictor.networks.weights import network_from

    spec, cohort = selected.search.spec, selected.cohort
    target = _target(spec)
    recipe, kind = spec.preprocess, selected.trial.settings.network
    networks = [network_from(kind, weights) for weights in selected.weights(workspace)]
    onnx = export_ensemble(networks, recipe)
    engine = open_engine(onnx)

    def predict(pixels: Sequence[Floats]) -> list[Prediction]:
        return predict_with(engine, recipe, pixels)

    contract = selected.contract(partition_rows(workspace, cohort, selected.split, Partition.TRAIN))
    rows = partition_rows(workspace, cohort, selected.split, Partition.TUNE)
    images = Images.of(workspace, cohort, data_root)
    scored = score_rows(rows, cohort, predict, contract=contract, images=images, progress=progress)
    analysed = [each for each in scored if each.probability is not None]
    golden = golden_pixels()
    parity = measure_parity(networks, onnx, _prepared(recipe, golden))
    return BundleContent(
        model=onnx,
        contract=contract,
        operating_point=choose_operating_point(scored, sensitivity=target.sensitivity),
        reference=reference_of([each.row for each in analysed], [each.score for each in analysed], partition="tune"),
        golden=GoldenCases(golden, _probabilities(predict, list(golden))),
        card=selected.card(n_parameters=sum(map(_count, networks)), n_members=len(networks), parity=parity),
    )


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
