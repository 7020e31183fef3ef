"""The bundle of a model that tells several classes apart: averaged fold networks, no operating point."""

from pathlib import Path

import numpy as np

from cauce.domain.errors import InputError
from cauce.domain.progress import Progress
from cauce.domain.split import Partition
from cauce.model.scoring import Images, answers, partition_rows
from cauce.model.selected import Selected
from cauce.predictor.bundle import BundleContent
from cauce.predictor.classes import OUTPUT, predict_classes
from cauce.predictor.golden import GoldenCases, golden_pixels
from cauce.predictor.predictor import Floats
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import open_engine
from cauce.store.reference_distribution import reference_of
from cauce.store.workspace import Workspace


def classes_content(workspace: Workspace, selected: Selected, *, data_root: Path | None, progress: Progress) -> BundleContent:
    """Export, and predict `tune`; the score of the reference distribution is the probability of the most probable class.

    Raises:
        InputError: a fold was not trained; no image of `tune` was answered.
        IntegrityError: an image was changed.
    """
    from cauce.predictor.export_classes import class_parity, export_classes
    from cauce.predictor.networks import count_parameters
    from cauce.predictor.networks.weights import network_from

    cohort, recipe = selected.cohort, selected.search.spec.preprocess
    kind = selected.trial.settings.network
    networks = [network_from(kind, weights) for weights in selected.weights(workspace)]
    onnx = export_classes(networks, recipe)
    engine = open_engine(onnx)

    def ask(pixels: Floats) -> float:
        return float(predict_classes(engine, recipe, [pixels]).max())

    train = partition_rows(workspace, cohort, selected.split, Partition.TRAIN)
    contract = selected.contract(train).model_copy(update={"output_name": OUTPUT, "map_name": ""})
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
        reference=reference_of([row for row, _ in known], [min(score, 1.0) for _, score in known], partition="tune"),
        golden=GoldenCases(golden, predict_classes(engine, recipe, list(golden)).astype(np.float32)),
        card=selected.card(
            n_parameters=sum(map(count_parameters, networks)), n_members=len(networks),
            parity=class_parity(networks, onnx, prepared),
        ),
    )
