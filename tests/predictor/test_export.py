import numpy as np
import onnx
import pytest
import torch

from cauce.domain.errors import InputError
from cauce.domain.preprocess import PreprocessRecipe
from cauce.predictor.export import PARITY_LIMIT, export_ensemble, measure_parity
from cauce.predictor.runtime import EngineKind, open_engine

RECIPE = PreprocessRecipe(size=(64, 64))


def images(n: int) -> np.ndarray:
    return np.random.default_rng(n).normal(size=(n, 1, 64, 64)).astype(np.float32)


def test_the_export_is_the_mean_of_the_members_probabilities(networks: list[torch.nn.Module], model: bytes) -> None:
    with torch.no_grad():
        expected = np.mean([torch.sigmoid(n.eval()(torch.from_numpy(images(5)))[0]).numpy() for n in networks], axis=0)
    logit, _ = open_engine(model).infer(images(5))
    assert np.abs(1 / (1 + np.exp(-logit)) - expected).max() < 1e-5


@pytest.mark.parametrize("kind", [EngineKind.OPENVINO, EngineKind.ONNXRUNTIME])
@pytest.mark.parametrize("n", [1, 3, 40])
def test_engines_agree_for_any_number_of_images(model: bytes, kind: EngineKind, n: int) -> None:
    logit, activation = open_engine(model, kind).infer(images(n))
    alone = [open_engine(model, kind).infer(images(n)[i : i + 1])[0][0] for i in range(min(n, 3))]
    assert logit.shape == (n,)
    assert activation.shape == (n, 4, 4)
    assert logit[: len(alone)] == pytest.approx(alone, abs=1e-5)


def test_parity_is_measured_and_small(networks: list[torch.nn.Module], model: bytes) -> None:
    assert 0 <= measure_parity(networks, model, images(4)) < PARITY_LIMIT


def test_parity_sees_another_network(networks: list[torch.nn.Module], model: bytes) -> None:
    assert measure_parity(networks[:1], model, images(4)) > PARITY_LIMIT


def test_the_same_networks_give_the_same_bytes(networks: list[torch.nn.Module], model: bytes) -> None:
    assert export_ensemble(networks, RECIPE) == model


def test_the_file_does_not_say_where_it_was_made(model: bytes) -> None:
    assert b".py" not in model
    assert not onnx.load_model_from_string(model).metadata_props


def test_confident_members_do_not_overflow() -> None:
    class Sure(torch.nn.Module):
        def __init__(self, logit: float) -> None:
            super().__init__()
            self.logit = torch.nn.Parameter(torch.tensor(logit))

        def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return image.mean((1, 2, 3)) * 0 + self.logit, image[:, 0]

    model = export_ensemble([Sure(150.0), Sure(150.0)], RECIPE)
    assert open_engine(model).infer(images(1))[0] == pytest.approx([150.0], abs=1e-3)


def test_no_network_is_refused() -> None:
    with pytest.raises(InputError):
        export_ensemble([], RECIPE)
