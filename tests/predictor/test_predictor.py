import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from cauce.domain.errors import CauceError, IntegrityError
from cauce.predictor.bundle import open_bundle
from cauce.predictor.predictor import Predictor, verify_golden
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import EngineKind, open_engine


def images(n: int) -> list[np.ndarray]:
    rng = np.random.default_rng(1)
    return [rng.random((80 + i, 120 - i), dtype=np.float32) for i in range(n)]


def test_it_says_what_the_trained_networks_say(bundle: Path, networks: list[torch.nn.Module]) -> None:
    opened = open_bundle(bundle)
    prepared = np.stack([apply(opened.contract.preprocess, image) for image in images(4)])[:, None]
    with torch.no_grad():
        expected = np.mean([torch.sigmoid(n.eval()(torch.from_numpy(prepared))[0]).numpy() for n in networks], axis=0)
    found = [p.probability for p in Predictor(opened, open_engine(opened.model)).predict(images(4))]
    assert found == pytest.approx(expected, abs=1e-5)


def test_neighbours_in_a_batch_do_not_change_a_probability(bundle: Path) -> None:
    opened = open_bundle(bundle)
    predictor = Predictor(opened, open_engine(opened.model))
    together = [p.probability for p in predictor.predict(images(35))]
    assert together == pytest.approx([predictor.predict([image])[0].probability for image in images(35)], abs=1e-6)


def test_no_image_no_prediction(bundle: Path) -> None:
    opened = open_bundle(bundle)
    assert Predictor(opened, open_engine(opened.model)).predict([]) == []


@pytest.mark.parametrize("kind", list(EngineKind))
def test_golden_cases_hold_on_every_engine(bundle: Path, kind: EngineKind) -> None:
    opened = open_bundle(bundle)
    assert verify_golden(opened, open_engine(opened.model, kind)) < 1e-5


def test_other_golden_answers_stop_the_model(bundle: Path) -> None:
    opened = open_bundle(bundle)
    moved = dataclasses.replace(opened.golden, probabilities=opened.golden.probabilities + np.float32(0.01))
    with pytest.raises(IntegrityError, match="golden"):
        verify_golden(dataclasses.replace(opened, golden=moved), open_engine(opened.model))


def test_an_answer_that_is_no_number_is_an_error(bundle: Path) -> None:
    class Broken:
        description = "broken"

        def infer(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return np.full(len(batch), np.nan, np.float32), np.zeros((len(batch), 1, 1), np.float32)

    with pytest.raises(CauceError, match="no number"):
        Predictor(open_bundle(bundle), Broken()).predict(images(1))


def test_prediction_loads_neither_torch_nor_telemetry(bundle: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cauce.predictor.bundle import open_bundle\n"
        "from cauce.predictor.predictor import Predictor, verify_golden; from cauce.predictor.runtime import open_engine\n"
        "import cauce.predictor.preprocess\n"
        f"bundle = open_bundle(Path({str(bundle)!r})); verify_golden(bundle, open_engine(bundle.model))\n"
        "loaded = [name for name in ('torch', 'monai', 'mlflow', 'onnx', 'openvino_telemetry.main') if name in sys.modules]\n"
        "raise SystemExit(', '.join(loaded) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
