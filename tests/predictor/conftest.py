"""A small real bundle that the tests of this folder share."""

from pathlib import Path

import numpy as np
import pytest
import torch

from cauce import __version__
from cauce.domain.codes import Code
from cauce.domain.estimate import Estimate
from cauce.domain.experiment import Network, Task
from cauce.domain.model import BundleCard, ModelContract, OperatingPoint
from cauce.domain.monitoring import ReferenceDistribution
from cauce.domain.preprocess import PreprocessRecipe
from cauce.domain.reference import ReferenceStandard
from cauce.predictor.bundle import BundleContent, write_bundle
from cauce.predictor.export import export_ensemble
from cauce.predictor.golden import GoldenCases, golden_pixels
from cauce.predictor.networks import build_network
from cauce.predictor.predictor import predict_with
from cauce.predictor.runtime import open_engine

RECIPE = PreprocessRecipe(size=(64, 64))


@pytest.fixture(scope="session")
def networks() -> list[torch.nn.Module]:
    torch.manual_seed(0)
    return [build_network(Network.RESNET_TINY, dropout=0.1) for _ in range(2)]


@pytest.fixture(scope="session")
def model(networks: list[torch.nn.Module]) -> bytes:
    return export_ensemble(networks, RECIPE)


@pytest.fixture(scope="session")
def content(model: bytes) -> BundleContent:
    pixels = golden_pixels()
    probabilities = [prediction.probability for prediction in predict_with(open_engine(model), RECIPE, list(pixels))]
    reference = ReferenceStandard(
        positive=("1",), negative=("0",), finding=Code(scheme="DCM", value="1", meaning="Test"), source="test"
    )
    estimate = Estimate(name="x", value=0.9, lower=0.8, upper=0.95, method="test", n_patients=20, n_cases=20)
    return BundleContent(
        model=model,
        contract=ModelContract(
            task=Task.BINARY_CLASSIFICATION, modalities=("DX",), body_parts=("CHEST",), views=("PA",), preprocess=RECIPE,
            reference=reference,
        ),
        operating_point=OperatingPoint(threshold=0.5, target="test", sensitivity=estimate, specificity=estimate),
        reference=ReferenceDistribution(partition="tune", n_patients=1, acquisition={}, image={}, score=(0.5,)),
        golden=GoldenCases(pixels, np.array(probabilities, dtype=np.float32)),
        card=BundleCard(
            name="test", network=Network.RESNET_TINY, n_parameters=1, n_members=2, parity=0.0, intended_use="test",
            cohort="0" * 64, split="0" * 64, search="0" * 64, selection="0" * 64, cauce_version=__version__,
        ),
    )


@pytest.fixture
def bundle(tmp_path: Path, content: BundleContent) -> Path:
    write_bundle(tmp_path / "bundle", content)
    return tmp_path / "bundle"
