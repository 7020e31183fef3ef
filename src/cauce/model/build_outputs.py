"""The bundle of a model for several classes or findings, or for a number: averaged fold networks, no operating point."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from cauce.domain.errors import InputError
from cauce.domain.experiment import Task
from cauce.domain.labelled import number_of
from cauce.domain.progress import Progress
from cauce.domain.split import Partition
from cauce.domain.study import InstanceRow
from cauce.model.scoring import Images, answers, partition_rows
from cauce.model.selected import Selected
from cauce.predictor.bundle import BundleContent
from cauce.predictor.golden import GoldenCases, golden_pixels
from cauce.predictor.number_scale import NumberScale, scale_of
from cauce.predictor.outputs import NUMBER, PROBABILITY, predict_outputs
from cauce.predictor.predictor import Floats
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import open_engine
from cauce.store.reference_distribution import reference_of
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from torch import nn


def outputs_content(workspace: Workspace, selected: Selected, *, data_root: Path | None, progress: Progress) -> BundleContent:
    """Export, and predict `tune`. The score of the reference distribution is the highest probability; of a number, the share
    of the train partition that lies below it if that is normally distributed.

    Raises:
        InputError: a fold was not trained; no image of `tune` was answered.
        IntegrityError: an image was changed.
    """
    from cauce.predictor.export_outputs import export_outputs, output_parity
    from cauce.predictor.networks import count_parameters
    from cauce.predictor.networks.weights import network_from

    cohort, recipe = selected.cohort, selected.search.spec.preprocess
    train = partition_rows(workspace, cohort, selected.split, Partition.TRAIN)
    is_number = selected.search.spec.task is Task.REGRESSION
    whole = scale_of(_numbers(train)) if is_number else None
    size = abs(whole.mean) + whole.deviation if whole else 1.0
    name = NUMBER if is_number else PROBABILITY
    networks = [network_from(selected.trial.settings.network, weights) for weights in selected.weights(workspace)]
    last = _last(selected, train)
    onnx = export_outputs(networks, last, recipe, name=name, size=size)
    engine = open_engine(onnx)
    contract = selected.contract(train).model_copy(update={"output_name": name, "map_name": ""})

    def ask(pixels: Floats) -> float:
        return _score(predict_outputs(engine, contract, [pixels])[0], whole)

    tune = partition_rows(workspace, cohort, selected.split, Partition.TUNE)
    images = Images.of(workspace, cohort, data_root)
    answered = list(answers(tune, ask, contract=contract, images=images, progress=progress))
    known = [(row, score) for row, score, _ in answered if score is not None]
    if not known:
        raise InputError("no image of tune was answered", where=cohort.name, expected="labelled images that the model accepts",
                         got=f"{len(tune)} images", remedy="Check the labels and the inclusion criteria of the cohort.")
    golden = golden_pixels()
    prepared = np.stack([apply(recipe, image) for image in golden])[:, None]
    return BundleContent(
        model=onnx, contract=contract, operating_point=None,
        reference=reference_of([row for row, _ in known], [score for _, score in known], partition="tune"),
        golden=GoldenCases(golden, predict_outputs(engine, contract, list(golden)).astype(np.float32)),
        card=selected.card(
            n_parameters=sum(map(count_parameters, networks)), n_members=len(networks),
            parity=output_parity(networks, last, onnx, prepared, name=name) / size,
        ),
    )


def _score(output: NDArray[np.float64], scale: NumberScale | None) -> float:
    return min(float(output.max()), 1.0) if scale is None else float(ndtr(scale.standard(output)[0]))


def _last(selected: Selected, train: Sequence[InstanceRow]) -> "list[nn.Module]":
    """What follows each fold's network; a number is brought back by the scale that its own training had."""
    from torch import nn

    from cauce.predictor.export_outputs import Rescaled

    runs = selected.trial.runs
    if selected.search.spec.task is Task.MULTI_CLASS:
        return [nn.Softmax(1) for _ in runs]
    if selected.search.spec.task is Task.MULTI_LABEL:
        return [nn.Sigmoid() for _ in runs]
    fold = selected.split.fold_of()
    seen = [[row for row in train if fold[row.patient_key] != run.fold] for run in runs]
    return [Rescaled(scale_of(_numbers(rows))) for rows in seen]


def _numbers(rows: Sequence[InstanceRow]) -> NDArray[np.float64]:
    return np.array([number_of(row) for row in rows], dtype=np.float64)
