"""A real, untrained model."""


import pytest

from cauce.clinical.chest_xray.analyse import Analyser
from cauce.predictor.bundle import open_bundle
from cauce.predictor.predictor import Predictor
from cauce.predictor.runtime import open_engine
from small_bundle import write_small_bundle


@pytest.fixture(scope="session")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    bundle = open_bundle(write_small_bundle(tmp_path_factory.mktemp("model") / "bundle"))
    return Predictor(bundle, open_engine(bundle.model, threads=1))


@pytest.fixture
def analyser(predictor: Predictor) -> Analyser:
    return Analyser(predictor, 7)
