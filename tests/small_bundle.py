"""A small real bundle: an untrained network of the real kind, exported and sealed as a trained one is."""

from pathlib import Path

import numpy as np

from cauce import __version__
from cauce.domain.codes import Code
from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Network, Task
from cauce.domain.model import BundleCard, EvaluationReport, ModelContract, ModelVersion, OperatingPoint, TestOpening
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.reference import ReferenceStandard
from cauce.predictor.bundle import BundleContent, open_bundle, write_bundle
from cauce.predictor.export import export_ensemble
from cauce.predictor.golden import GoldenCases, golden_pixels
from cauce.predictor.networks import build_network
from cauce.predictor.predictor import predict_with
from cauce.predictor.runtime import open_engine

RECIPE = PreprocessRecipe(size=(64, 64))
_NONE = "0" * 64
ESTIMATE = Estimate(name="sensitivity", value=0.9, lower=0.8, upper=0.95, method="test", n_patients=20, n_cases=20)


def write_small_bundle(folder: Path, *, seed: int = 0, threshold: float = 0.5) -> Path:
    """A bundle for PA and AP chest radiographs; the same seed gives the same model."""
    import torch

    torch.manual_seed(seed)
    model = export_ensemble([build_network(Network.RESNET_TINY, dropout=0.0) for _ in range(2)], RECIPE)
    pixels = golden_pixels()
    probabilities = [item.probability for item in predict_with(open_engine(model, threads=1), RECIPE, list(pixels))]
    finding = Code(scheme="DCM", value="130591", meaning="Focal abnormality")
    write_bundle(folder, BundleContent(
        model=model,
        contract=ModelContract(
            task=Task.BINARY_CLASSIFICATION, modalities=("DX", "CR"), body_parts=("CHEST",), views=("PA", "AP"),
            preprocess=RECIPE,
            reference=ReferenceStandard(positive=("abnormal",), negative=("normal",), finding=finding, source="test"),
        ),
        operating_point=OperatingPoint(threshold=threshold, target="test", sensitivity=ESTIMATE, specificity=ESTIMATE),
        reference=ReferenceDistribution(partition="tune", n_patients=1, acquisition={}, image={}, score=(0.5,)),
        golden=GoldenCases(pixels, np.array(probabilities, dtype=np.float32)),
        card=BundleCard(
            name="small-chest", network=Network.RESNET_TINY, n_parameters=1, n_members=2, parity=0.0,
            intended_use="Tests only.", cohort=_NONE, split=_NONE, search=_NONE, selection=_NONE, cauce_version=__version__,
        ),
    ))
    return folder


def evidence_for(bundle: Path) -> tuple[ModelVersion, EvaluationReport]:
    """Records of a model and its evaluation that belong to a bundle."""
    opened = open_bundle(bundle)
    card = opened.card
    model = ModelVersion(
        name=card.name, bundle=opened.digest, contract=opened.contract, operating_point=opened.operating_point,
        network=card.network, n_parameters=1, n_members=2, parity=0.0, cohort=_NONE, split=_NONE, search=_NONE,
        selection=_NONE, intended_use=card.intended_use, cauce_version=__version__,
    )
    opening = TestOpening(
        number=1, at="2026-01-01T00:00:00+00:00", who="test", why="test", split=_NONE, model=opened.digest, previous=_NONE
    )
    report = EvaluationReport(
        name=card.name, model=opened.digest, cohort=_NONE, split=_NONE, audit=_NONE, opening=opening, n_patients=20,
        n_instances=20, n_positive=10, missing=0, metrics=(ESTIMATE,), subgroups=(), predictions_sha256=_NONE,
        cauce_version=__version__,
    )
    return model, report
